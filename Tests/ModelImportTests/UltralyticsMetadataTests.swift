import DeeperImport
import Testing

@Suite struct UltralyticsMetadataTests {
    private func names(_ text: String) -> [String]? {
        UltralyticsMetadata(["task": "classify", "names": text])?.names
    }

    @Test("names are dictionaries or lists of Python's strings")
    func names() {
        #expect(names("{0: 'person', 1: 'bicycle'}") == ["person", "bicycle"])
        #expect(
            names(#"{0: "jack-o'-lantern", 1: 'a\'b"c', 2: 'x\\y\x1f\u00e9\U0001f41f'}"#) == [
                "jack-o'-lantern", "a'b\"c", "x\\y\u{1F}\u{E9}\u{1F41F}",
            ])
        #expect(names("['a', 'b',]") == ["a", "b"])
        #expect(names("{}") == [])
    }

    @Test(
        "other texts are ignored with a note that names the key",
        arguments: [
            "", "{", "{0}", "{0: person}", "{0: 'a', 2: 'b'}", "{1: 'a'}", "{0: 'a' 1: 'b'}", "{0: 'a'} x", "{0: 'a",
            "['a', 'b'", "{-1: 'a'}", "{0: 'a\\", "{0: '\\q'}", "{0: '\\x+1'}", "{0: '\\ud800'}", "{0: '\\U00110000'}",
        ])
    func brokenNames(text: String) throws {
        let metadata = try #require(UltralyticsMetadata(["task": "classify", "names": text]))
        #expect(metadata.names == nil && metadata.notes.count == 1)
        #expect(metadata.notes.first?.contains("metadata \"names\"") == true)
    }

    /// Not an argument, since each is printed.
    @Test("so is a text of many megabytes that is open to the end")
    func longNames() throws { try brokenNames(text: String(repeating: "[", count: 5 << 20)) }

    @Test(
        "extents are height and width",
        arguments: [("[480, 640]", 480, 640), ("(32, 64)", 32, 64), ("224", 224, 224), (" [ 1 ,2 ] ", 1, 2)])
    func extents(text: String, height: Int, width: Int) throws {
        let extent = try #require(UltralyticsMetadata(["task": "detect", "imgsz": text])?.extent)
        #expect(extent == (height, width))
    }

    @Test(
        "extents that make no sense are ignored", arguments: ["[0, 1]", "[1]", "[1, 2, 3]", "[99999, 1]", "640.0"])
    func brokenExtents(text: String) throws {
        let metadata = try #require(UltralyticsMetadata(["task": "detect", "imgsz": text]))
        #expect(metadata.extent == nil && metadata.notes.count == 1)
    }

    @Test("metadata of other programs is not taken for Ultralytics'")
    func others() {
        #expect(UltralyticsMetadata([:]) == nil)
        #expect(UltralyticsMetadata(["names": "{0: 'a'}", "stride": "32"]) == nil)
        #expect(UltralyticsMetadata(["task": "classify"]) == nil)
    }
}
