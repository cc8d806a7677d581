#if Server
@testable import DeeperServing

/// A token as a question.
struct BearerTokenCheck {
    private let token: BearerToken

    init(_ text: String) { token = BearerToken(text) }

    func accepts(_ header: String?) -> Bool {
        do {
            try token.check(header)
            return true
        } catch {
            return false
        }
    }
}
#endif
