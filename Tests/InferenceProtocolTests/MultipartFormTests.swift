import DeeperInferenceProtocol
import Testing

/// Forms as curl -F and browsers send them.
struct MultipartFormTests {
    private let form = """
        --XX\r
        Content-Disposition: form-data; name="note"\r
        \r
        hello\r
        --XX\r
        Content-Disposition: form-data; name="f"; filename="a.jpg"\r
        Content-Type: image/jpeg\r
        \r
        \u{1}--X\r
        --Y\r
        --XX--\r

        """

    @Test("the first part with a file is found, whatever is in it")
    func file() throws {
        let bytes = [UInt8](form.utf8)
        let range = try MultipartForm.file(in: bytes, boundary: "XX")
        #expect(String(decoding: bytes[range], as: UTF8.self) == "\u{1}--X\r\n--Y")
    }

    @Test("without a file the first part is taken")
    func plain() throws {
        let bytes = [UInt8]("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nabc\r\n--b--".utf8)
        #expect(String(decoding: bytes[try MultipartForm.file(in: bytes, boundary: "b")], as: UTF8.self) == "abc")
    }

    @Test("a boundary of dashes, and one that the preamble nearly has")
    func nearly() throws {
        for (text, boundary) in [
            ("------\r\n\r\nabc\r\n--------", "----"), ("-b\r\n--b\r\n\r\nabc\r\n--b--", "b"),
        ] {
            let bytes = [UInt8](text.utf8)
            let range = try MultipartForm.file(in: bytes, boundary: boundary)
            #expect(String(decoding: bytes[range], as: UTF8.self) == "abc")
        }
    }

    @Test("every cut of a form is an error or a part within it")
    func cuts() throws {
        let bytes = [UInt8](form.utf8)
        var refused = 0
        for count in 0..<bytes.count {
            let cut = Array(bytes.prefix(count))
            do {
                let range = try MultipartForm.file(in: cut, boundary: "XX")
                #expect(range.upperBound <= count)
            } catch is ServingError { refused += 1 }
        }
        #expect(refused > bytes.count / 2)
    }

    @Test("headers and parts that no form needs are refused") func limits() {
        let headers = "--b\r\n" + String(repeating: "a: b\r\n", count: 4000) + "\r\nx\r\n--b--"
        let parts = String(repeating: "--b\r\n\r\n\r\n", count: 1001) + "--b--"
        for (form, text) in [(headers, "bytes of headers"), (parts, "parts")] {
            let error = #expect(throws: ServingError.self) {
                try MultipartForm.file(in: [UInt8](form.utf8), boundary: "b")
            }
            #expect(error?.message.contains(text) == true)
        }
    }

    @Test("the boundary is read from the header")
    func boundary() {
        #expect(MultipartForm.boundary(ofContentType: "multipart/form-data; boundary=ab") == "ab")
        #expect(MultipartForm.boundary(ofContentType: "Multipart/Form-Data; charset=x; boundary=\"a b\"") == "a b")
        for other in [
            "image/jpeg", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=a",
        ] {
            #expect(MultipartForm.boundary(ofContentType: other) == nil)
        }
    }
}
