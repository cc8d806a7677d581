import DeeperTensors
import Glibc

/// One entry of a folder, and the kind of file that it is after links are followed.
struct FolderEntry {
    enum Kind: Equatable {
        /// The name starts with a dot. Nothing else is known about it.
        case hidden
        /// The name is not UTF-8, so the entry cannot be opened by a name that is a `String`.
        case unnameable
        case folder(Identity, isLink: Bool)
        /// Anything else. Reading it fails unless it is a regular file.
        case file
        /// The system does not say what it is.
        case unreadable(String)
    }

    /// The identity of a folder, which is the same for all paths to it.
    struct Identity: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    /// The folder's path and the name.
    let path: String
    let name: String
    let kind: Kind

    /// The entries of a folder in the order of their names' bytes.
    ///
    /// - Throws: `fileNotFound` if the folder cannot be listed.
    static func list(_ folder: String) throws -> [FolderEntry] {
        guard let stream = opendir(folder) else {
            throw DeeperError(
                .fileNotFound, "the folder cannot be listed: \(String(cString: strerror(errno)))"
            ).within(folder)
        }
        defer { closedir(stream) }
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        var entries: [FolderEntry] = []
        errno = 0
        while let entry = readdir(stream) {
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if bytes != [0x2E], bytes != [0x2E, 0x2E] { entries.append(FolderEntry(bytes, in: prefix)) }
            errno = 0
        }
        guard errno == 0 else {
            throw DeeperError(
                .fileNotFound, "the folder cannot be listed to its end: \(String(cString: strerror(errno)))"
            ).within(folder)
        }
        return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private init(_ bytes: [UInt8], in prefix: String) {
        name = String(decoding: bytes, as: UTF8.self)
        path = prefix + name
        kind =
            if bytes.first == 0x2E {
                .hidden
            } else if String(validating: bytes, as: UTF8.self) == nil {
                .unnameable
            } else {
                FolderEntry.kind(of: path)
            }
    }

    private static func kind(of path: String) -> Kind {
        var status = stat()
        guard stat(path, &status) == 0 else {
            // A dangling link counts as a file that cannot be read.
            if errno == ENOENT { return .file }
            return .unreadable(String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return .file }
        let identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        var own = stat()
        return .folder(identity, isLink: lstat(path, &own) == 0 && own.st_mode & S_IFMT == S_IFLNK)
    }

    /// The identity of the folder at a path; nil if there is no folder.
    static func identity(of folder: String) -> Identity? {
        guard case .folder(let identity, _) = kind(of: folder) else { return nil }
        return identity
    }
}
