#if Server
internal import FoundationEssentials
internal import GRPCCore
internal import GRPCProtobuf
internal import SwiftProtobuf

/// gRPC's server reflection: lets grpcurl and other tools call the server without its .proto files.
struct ReflectionService: RegistrableRPCService {
    static let services = ["grpc.reflection.v1", "grpc.reflection.v1alpha"].map {
        ServiceDescriptor(package: $0, service: "ServerReflection")
    }
    static let method = "ServerReflectionInfo"

    private let files: [String: [UInt8]]
    /// The file that declares a service, method, message, enumeration or field, by its full name.
    private let symbols: [String: String]
    private let serviceNames: [String]

    init() {
        var files: [String: [UInt8]] = [:]
        var symbols: [String: String] = [:]
        var names: [String] = []
        let data = Data(base64Encoded: GeneratedDescriptors.base64) ?? Data()
        for file in (try? Google_Protobuf_FileDescriptorSet(serializedBytes: data))?.file ?? [] {
            files[file.name] = try? file.serializedBytes()
            for service in file.service {
                names.append("\(file.package).\(service.name)")
                symbols["\(file.package).\(service.name)"] = file.name
                for method in service.method { symbols["\(file.package).\(service.name).\(method.name)"] = file.name }
            }
            for value in file.enumType { symbols["\(file.package).\(value.name)"] = file.name }
            for message in file.messageType { Self.add(message, file.package, file.name, to: &symbols) }
        }
        self.files = files
        self.symbols = symbols
        self.serviceNames = names.sorted()
    }

    private static func add(
        _ message: Google_Protobuf_DescriptorProto, _ scope: String, _ file: String, to symbols: inout [String: String]
    ) {
        let name = "\(scope).\(message.name)"
        symbols[name] = file
        for field in message.field { symbols["\(name).\(field.name)"] = file }
        for value in message.enumType { symbols["\(name).\(value.name)"] = file }
        for nested in message.nestedType { add(nested, name, file, to: &symbols) }
    }

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        for service in Self.services {
            router.registerHandler(
                forMethod: MethodDescriptor(service: service, method: Self.method),
                deserializer: SmallMessage.Deserializer<Grpc_Reflection_V1_ServerReflectionRequest>(),
                serializer: ProtobufSerializer<Grpc_Reflection_V1_ServerReflectionResponse>()
            ) { request, _ in
                StreamingServerResponse { writer in
                    for try await message in request.messages { try await writer.write(answer(to: message)) }
                    return [:]
                }
            }
        }
    }

    func answer(
        to request: Grpc_Reflection_V1_ServerReflectionRequest
    ) -> Grpc_Reflection_V1_ServerReflectionResponse {
        .with { response in
            response.validHost = request.host
            response.originalRequest = request
            switch request.messageRequest {
            case .listServices:
                response.listServicesResponse.service = serviceNames.map { name in .with { $0.name = name } }
            case .fileByFilename(let name): fill(&response, name, named: name)
            case .fileContainingSymbol(let symbol): fill(&response, symbols[symbol] ?? "", named: symbol)
            case .allExtensionNumbersOfType(let name) where symbols[name] != nil:
                // No message here has extensions.
                response.allExtensionNumbersResponse.baseTypeName = name
            case .allExtensionNumbersOfType(let name): fill(&response, "", named: name)
            case .fileContainingExtension(let request): fill(&response, "", named: request.containingType)
            case nil: fail(&response, .invalidArgument, "the request asks for nothing")
            }
        }
    }

    private func fill(
        _ response: inout Grpc_Reflection_V1_ServerReflectionResponse, _ file: String, named name: String
    ) {
        guard let bytes = files[file] else { return fail(&response, .notFound, "there is no \"\(name)\" here") }
        response.fileDescriptorResponse.fileDescriptorProto = [Data(bytes)]
    }

    private func fail(
        _ response: inout Grpc_Reflection_V1_ServerReflectionResponse, _ code: RPCError.Code, _ message: String
    ) {
        response.errorResponse.errorCode = Int32(code.rawValue)
        response.errorResponse.errorMessage = message
    }
}
#endif
