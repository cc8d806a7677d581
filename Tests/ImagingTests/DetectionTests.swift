import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import Testing

/// Files that are not read are named, with what to do.
@Suite struct DetectionTests {
    private static let movie = "\0\0\0\u{18}ftyp"

    @Test(
        "what is no picture is told by its first bytes",
        arguments: [
            ("%PDF-1.7\n", "a PDF document"), ("8BPS\0\u{1}", "a Photoshop document"),
            ("<?xml version=\"1.0\"?>\n<!-- made by hand -->\n<svg xmlns=\"\">", "an SVG drawing"),
            ("\n <SVG>", "an SVG drawing"), ("<!DOCTYPE html><html>", "an HTML page"),
            ("\u{FEFF}<html lang=\"en\">", "an HTML page"), ("<?xml version=\"1.0\"?><note/>", "an XML document"),
            ("PK\u{3}\u{4}rest", "a ZIP archive"), ("\0\0\u{1}\0\u{1}\0", "an ICO file"),
            ("\0\0\0\u{C}JXL \r\n\r\n", "a JPEG XL picture"), ("\0\0\0\u{C}jP  \r\n\r\n", "a JPEG 2000 picture"),
            (movie + "isom\0\0\u{2}\0isomavc1", "an MP4 video"),
            (movie + "qt  \0\0\u{2}\0qt  \0\0\0\0", "a QuickTime video"),
            (movie + "crx \0\0\0\u{1}crx isom", "a raw picture of a Canon camera (CR3)"),
            ("II\u{2A}\0\u{10}\0\0\0CR\u{2}\0", "a raw picture of a Canon camera (CR2)"),
            ("FUJIFILMCCD-RAW 0201", "a raw picture of a Fujifilm camera"),
            ("IIRO\u{8}\0\0\0", "a raw picture of an Olympus camera"), ("P7\nWIDTH 2\n", "a PAM picture"),
        ])
    func otherKinds(start: String, name: String) {
        expectError(.invalidInput, containing: name) { try Picture(decoding: Array(start.utf8)) }
        expectError(.invalidInput, containing: "JPEG, PNG") { try Picture(decoding: Array(start.utf8)) }
    }

    @Test(
        "bytes that start a JPEG XL or JPEG 2000 stream are no text",
        arguments: [
            ([0xFF, 0x0A, 0, 0], "a JPEG XL picture"), ([0xFF, 0x4F, 0xFF, 0x51, 0], "a JPEG 2000 picture"),
        ] as [([UInt8], String)])
    func streams(start: [UInt8], name: String) {
        expectError(.invalidInput, containing: name) { try Picture(decoding: start) }
    }

    @Test(
        "every format is told by its first bytes, and reported by its name",
        arguments: [
            ("RIFF\u{10}\0\0\0WEBPVP8 ", "WebP", "libwebp-dev"), ("GIF89a\u{1}\0", "GIF", "libgif-dev"),
            ("II\u{2A}\0\u{8}\0\0\0", "TIFF", "libtiff-dev"), ("MM\0\u{2A}\0\0\0\u{8}", "TIFF", "libtiff-dev"),
            (movie + "heic\0\0\0\0mif1heic", "HEIC", "libheif-dev"),
            (movie + "mif1\0\0\0\0mif1avif", "AVIF", "libheif-dev"), ("BM\0\0\0", "BMP", ""), ("P6\n3", "PNM", ""),
        ])
    func formats(start: String, name: String, library: String) {
        expectError(.invalidInput, containing: name) { try Picture(decoding: Array(start.utf8)) }
        if !library.isEmpty, !PictureFormat.webp.isReadable {
            expectError(.invalidInput, containing: library) { try Picture(decoding: Array(start.utf8)) }
        }
    }

    @Test("names count by their ending, in upper and lower case")
    func endings() {
        for name in [
            "a.jpg", "a.JPEG", "b.Png", "c.webp", "IMG_1.HEIC", "d.avif", "e.gif", "f.bmp", "g.tif", "g.TIFF", "h.ppm",
        ] {
            #expect(PictureEndings.fit(name), "\(name)")
        }
        for name in ["a.txt", "jpg", "a.png.zip", "a.npy", ""] {
            #expect(!PictureEndings.fit(name), "\(name)")
        }
    }
}
