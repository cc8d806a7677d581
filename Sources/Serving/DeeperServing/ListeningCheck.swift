#if Server
internal import DeeperTensors
internal import Glibc
internal import NIOCore

/// Checks whether the server can listen on an address, before models are read, which takes longer.
enum ListeningCheck {
    /// - Parameter name: the address in a message.
    /// - Throws: `invalidInput` if the address is taken or does not belong to this machine.
    static func check(_ host: String, _ port: Int, name: String) throws {
        let address = try address(host, port)
        let descriptor = socket(address.protocol.rawValue, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw failure(name, errno) }
        defer { close(descriptor) }
        // As the transports do, so that connections that have ended do not occupy the address.
        var isOn: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout<Int32>.size))
        guard address.withSockAddr({ bind(descriptor, $0, socklen_t($1)) }) == 0 else { throw failure(name, errno) }
    }

    /// Removes a socket on which nobody listens any more.
    ///
    /// - Throws: `invalidInput` if somebody listens, or the path is something other than a socket.
    static func check(socketPath path: String) throws {
        guard let address = try? SocketAddress(unixDomainSocketPath: path) else {
            throw DeeperError(.invalidInput, "the path is too long for a socket").within(path)
        }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { if descriptor >= 0 { close(descriptor) } }
        let isSocket = status.st_mode & S_IFMT == S_IFSOCK
        let isAlone = isSocket && address.withSockAddr { connect(descriptor, $0, socklen_t($1)) } != 0
        guard isAlone, unlink(path) == 0 else {
            throw failure("unix:\(path)", EADDRINUSE)
        }
    }

    /// - Throws: `invalidInput` for a host that has no address.
    static func address(_ host: String, _ port: Int) throws -> SocketAddress {
        do {
            return try SocketAddress.makeAddressResolvingHost(host, port: port)
        } catch {
            throw DeeperError(.invalidInput, "the host \"\(host)\" has no address")
        }
    }

    static func failure(_ name: String, _ number: Int32) -> DeeperError {
        DeeperError(.invalidInput, "\(name) cannot be listened on: \(String(cString: strerror(number)))")
    }
}
#endif
