#if Server
import Testing

@testable import DeeperModelServing

struct VersionPolicyTests {
    @Test(
        "a policy chooses among the versions that there are",
        arguments: [
            ("all", [1, 3, 7]), ("latest", [7]), ("latest:2", [3, 7]), ("latest:9", [1, 3, 7]),
            ("specific:3,1", [1, 3]),
            ("specific:2", []),
        ])
    func chosen(text: String, versions: [Int]) throws {
        #expect(try VersionPolicy(text).chosen(of: [1, 3, 7]) == versions)
    }

    @Test(
        "invalid policies are refused",
        arguments: [
            "", "al", "all:1", "latest:", "latest:0", "latest:1,2", "latest:-1", "specific", "specific:", "specific:a",
        ])
    func malformed(text: String) {
        #expect { try VersionPolicy(text) } throws: { "\($0)".contains("version policy") }
    }
}
#endif
