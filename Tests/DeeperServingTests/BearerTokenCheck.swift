#if Server
@testable import DeeperServing

/// Asks whether a header contains the token.
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
