/// The version of deeper.
public enum DeeperVersion {
    /// The same text as in deeper.h.
    public static let text = "0.1.0"
}
