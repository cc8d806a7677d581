import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@Suite struct FileAccessTests {
    @Test("a stream is read to its end, and refused with the limit's number if it is longer")
    func stream() throws {
        let bytes = [UInt8](repeating: 3, count: 100_000)
        func read(_ limit: Int) throws -> [UInt8] {
            try withTemporaryFolder { folder in
                let path = folder + "/bytes"
                try Data(bytes).write(to: URL(filePath: path))
                let file = try FileHandle(forReadingFrom: URL(filePath: path))
                return try FileAccess.read(from: file.fileDescriptor, maxByteCount: limit)
            }
        }
        #expect(try read(100_000) == bytes)
        expectError(.limitExceeded, containing: "the limit of 99999") { try read(99_999) }
    }
}
