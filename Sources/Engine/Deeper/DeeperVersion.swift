/// Which deeper this is.
public enum DeeperVersion {
    /// As in deeper.h.
    public static let text = "0.1.0"
}
