internal import DeeperTensors

/// The choice that the caller's text names; nil for NULL.
///
/// - Throws: `invalidInput` for other texts.
func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ text: UnsafePointer<CChar>?, _ name: String
) throws -> Choice? {
    guard let text = text.map({ String(cString: $0) }) else { return nil }
    guard let choice = Choice(rawValue: text) else {
        throw DeeperError(
            .invalidInput,
            "\(name) is \"\(text)\", expected one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return choice
}
