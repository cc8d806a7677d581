#if Server
internal import DeeperTensors
internal import NIOCertificateReloading
internal import NIOSSL
internal import Synchronization

/// The server's certificate and its key, which may be reloaded while connections are being made.
final class Certificates: CertificateReloader {
    private let chainPath: String
    private let keyPath: String
    private let current: Mutex<NIOSSLContextConfigurationOverride>

    /// - Throws: `invalidInput` for files that are not certificates and a key, or do not belong together.
    init(chain chainPath: String, key keyPath: String) throws {
        self.chainPath = chainPath
        self.keyPath = keyPath
        current = Mutex(try Self.read(chainPath, keyPath))
    }

    var sslContextConfigurationOverride: NIOSSLContextConfigurationOverride { current.withLock { $0 } }

    /// Reads the files again, for future connections.
    ///
    /// - Throws: as the initialiser; the old certificate stays.
    func reload() throws {
        let fresh = try Self.read(chainPath, keyPath)
        current.withLock { $0 = fresh }
    }

    private static func read(_ chainPath: String, _ keyPath: String) throws -> NIOSSLContextConfigurationOverride {
        let chain = try read(chainPath, "certificates") { try NIOSSLCertificate.fromPEMFile($0) }
        let key = try read(keyPath, "private key") { try NIOSSLPrivateKey(file: $0, format: .pem) }
        var result = NIOSSLContextConfigurationOverride()
        result.certificateChain = chain.map { .certificate($0) }
        result.privateKey = .privateKey(key)
        do {
            _ = try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)))
        } catch {
            throw DeeperError(
                .invalidInput, "the private key in \(keyPath) does not belong to the certificate in \(chainPath)")
        }
        return result
    }

    private static func read<Content>(
        _ path: String, _ what: String, _ body: (String) throws -> Content
    ) throws -> Content {
        do {
            return try body(path)
        } catch {
            throw DeeperError(.invalidInput, "cannot be read as PEM (\(what)): \(error)").within(path)
        }
    }
}

extension ServingConfiguration {
    /// The certificates by which clients' certificates must be signed; nil if clients need none.
    ///
    /// - Throws: `invalidInput` for a file without certificates.
    func clientRoots() throws -> [NIOSSLCertificate]? {
        guard let clientCertificates else { return nil }
        let roots = (try? NIOSSLCertificate.fromPEMFile(clientCertificates)) ?? []
        guard !roots.isEmpty else {
            throw DeeperError(.invalidInput, "the file holds no PEM certificates").within(clientCertificates)
        }
        return roots
    }
}
#endif
