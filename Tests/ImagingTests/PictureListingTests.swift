import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

struct PictureListingTests {
    /// Makes empty files with their folders.
    private func make(_ files: [String], in folder: String) throws {
        for file in files {
            let url = URL(filePath: "\(folder)/\(file)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: url)
        }
    }

    @Test("all pictures below a folder, in the order of their paths' bytes, as find and sort list them")
    func order() throws {
        try withTemporaryFolder { folder in
            try make(
                [
                    "b.png", "B.JPG", "a/z.jpeg", "a/1/x.PNG", "a.png", "a-b/y.jpg", "é/ü.png", "a/notes.txt",
                    ".hidden/h.png", "a/.h.png", "jpg", "a.png.txt", "x.png/inner.jpg",
                ], in: folder)
            let list = "\(folder)/.list"
            let find = Process()
            find.executableURL = URL(filePath: "/bin/sh")
            find.arguments = [
                "-c",
                """
                find "$0" -type f -not -path '*/.*' '(' -iname '*.jpg' -o -iname '*.jpeg' -o -iname '*.png' ')' |
                    LC_ALL=C sort >"$1"
                """, folder, list,
            ]
            try find.run()
            find.waitUntilExit()
            let expected = try String(contentsOfFile: list, encoding: .utf8).split(separator: "\n").map(String.init)
            let listing = try PictureListing(contentsOf: folder)
            #expect(listing.files == expected)
            #expect(expected.count == 8)
            #expect(
                listing.skipped.map { "\($0.path.dropFirst(folder.count + 1)) \($0.kind)" } == [
                    ".hidden hidden", ".list hidden", "a.png.txt ending", "a/.h.png hidden", "a/notes.txt ending",
                    "jpg ending",
                ])
            #expect(try PictureListing(contentsOf: folder + "/").files == expected)
        }
    }

    @Test("links are followed; each folder is listed once, at its real path, and loops end")
    func links() throws {
        try withTemporaryFolder { folder in
            try make(["real/1.png", "real/deep/2.png", "other/3.png"], in: folder)
            let links = [
                ("a-link", "real"), ("real/deep/up", ".."), ("real/self", "self"), ("out", "\(folder)-out"),
                ("file.png", "real/1.png"), ("gone.png", "nowhere.png"), ("gone", "nowhere"),
            ]
            for (link, target) in links {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(folder)/\(link)", withDestinationPath: target)
            }
            try make(["4.png"], in: "\(folder)-out")
            defer { try? FileManager.default.removeItem(atPath: "\(folder)-out") }
            let listing = try PictureListing(contentsOf: folder)
            #expect(
                listing.files.map { $0.dropFirst(folder.count + 1) } == [
                    "file.png", "gone.png", "other/3.png", "out/4.png", "real/1.png", "real/deep/2.png",
                ])
            #expect(
                listing.skipped.map { "\($0.path.dropFirst(folder.count + 1)) \($0.kind)" } == [
                    "a-link repeated", "gone ending", "real/deep/up repeated", "real/self unreadable",
                ])
            #expect(listing.skipped[0].reason.contains("\(folder)/real,"))
        }
    }

    @Test("a missing folder is an error, one below that cannot be listed is reported")
    func unreadable() throws {
        expectError(.fileNotFound, containing: "/no/such/folder") { try PictureListing(contentsOf: "/no/such/folder") }
        // Those who may read everything cannot be refused.
        guard geteuid() != 0 else { return }
        try withTemporaryFolder { folder in
            try make(["locked/1.png", "2.png"], in: folder)
            chmod("\(folder)/locked", 0)
            defer { chmod("\(folder)/locked", 0o700) }
            let listing = try PictureListing(contentsOf: folder)
            #expect(listing.files.count == 1)
            #expect(listing.skipped.map(\.kind) == [.unreadable])
        }
    }

    @Test("a name that is not UTF-8 is reported")
    func names() throws {
        try withTemporaryFolder { folder in
            let bytes = Array("\(folder)/".utf8) + [0xFF] + Array(".png".utf8) + [0]
            let file = bytes.withUnsafeBufferPointer { buffer in
                buffer.withMemoryRebound(to: CChar.self) { open($0.baseAddress!, O_CREAT | O_WRONLY, 0o600) }
            }
            try #require(file >= 0)
            close(file)
            #expect(try PictureListing(contentsOf: folder).skipped.map(\.kind) == [.name])
        }
    }
}
