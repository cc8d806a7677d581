// swift-tools-version: 6.2

import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// The folders of Sources, from the bottom up. Every target has deeper in its name, because no two targets of a program
/// that links it may have the same name.
enum Group: String {
    case systemLibraries = "SystemLibraries"
    case kernels = "Kernels"
    case graphs = "Graphs"
    case formats = "Formats"
    case engine = "Engine"
    case networks = "Networks"
    case serving = "Serving"
    case interfaces = "Interfaces"

    func path(_ target: String) -> String { "Sources/\(rawValue)/\(target)" }
}

/// A Swift target, which may import only the targets that are listed.
func module(_ name: String, in group: Group, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .target(
        name: name, dependencies: dependencies, path: group.path(name), exclude: exclude, swiftSettings: strict)
}

/// A system library, with its names in pkg-config and Debian.
func system(_ name: String, _ pkgConfig: String?, apt package: String) -> Target {
    .systemLibrary(
        name: name, path: Group.systemLibraries.path(name), pkgConfig: pkgConfig, providers: [.apt([package])])
}

func suite(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["DeeperTestSupport"], exclude: exclude, swiftSettings: strict)
}

/// A system library that is linked only with the trait PictureFormats.
func format(_ name: String) -> Target.Dependency {
    .target(name: name, condition: .when(traits: ["PictureFormats"]))
}

/// A product that is linked only with the trait Server.
func server(_ name: String, _ package: String) -> Target.Dependency {
    .product(name: name, package: package, condition: .when(traits: ["Server"]))
}

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: ["CommandLine"]))

let package = Package(
    name: "deeper",
    products: [
        .library(name: "Deeper", targets: ["Deeper"]),
        .library(name: "DeeperZoo", targets: ["DeeperZoo"]),
        .library(name: "DeeperTraining", targets: ["DeeperTraining"]),
        .library(name: "DeeperBuiltinModel", targets: ["DeeperBuiltinModel"]),
        .library(name: "DeeperServing", targets: ["DeeperServing"]),
        .library(name: "DeeperC", type: .dynamic, targets: ["DeeperC"]),
        .executable(name: "deeper", targets: ["DeeperCommand"]),
        .executable(name: "deeper-server", targets: ["DeeperServerCommand"]),
    ],
    traits: [
        .trait(
            name: "CommandLine",
            description: "Builds the commands deeper and deeper-server (needs swift-argument-parser)."),
        .trait(
            name: "PictureFormats",
            description: "Reads WebP, HEIC, AVIF, GIF and TIFF too (needs libwebp, libheif, giflib and libtiff)."),
        .trait(
            name: "Server",
            description: "Builds DeeperServing and deeper-server (needs Hummingbird, grpc-swift and what they need)."),
        .default(enabledTraits: ["CommandLine", "PictureFormats", "Server"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0", traits: []),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        // Dependencies of the server, resolved only for the trait Server.
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.9.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.32.0"),
        .package(url: "https://github.com/apple/swift-nio-http2.git", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.6.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0", traits: []),
        .package(url: "https://github.com/grpc/grpc-swift-2.git", from: "2.4.0"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport.git", from: "2.9.0"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf.git", from: "2.4.0"),
    ],
    targets: [
        system("CDeeperOpenBLAS", "openblas", apt: "libopenblas-dev"),
        system("CDeeperLAPACKE", "lapacke", apt: "liblapacke-dev"),
        system("CDeeperTurboJPEG", "libturbojpeg", apt: "libturbojpeg0-dev"),
        system("CDeeperPNG", "libpng", apt: "libpng-dev"),
        // Only with the trait PictureFormats.
        system("CDeeperWebP", "libwebpdemux", apt: "libwebp-dev"),
        // Only for its headers: the library is loaded when a picture needs it.
        system("CDeeperHEIF", nil, apt: "libheif-dev"),
        system("CDeeperGIF", "libgif", apt: "libgif-dev"),
        system("CDeeperTIFF", "libtiff-4", apt: "libtiff-dev"),
        system("CDeeperZlib", "zlib", apt: "zlib1g-dev"),
        .target(name: "CDeeperKernels", path: Group.kernels.path("CDeeperKernels")),
        .target(
            name: "CDeeperImaging",
            dependencies: [
                "CDeeperPNG", format("CDeeperWebP"), format("CDeeperHEIF"), format("CDeeperGIF"), format("CDeeperTIFF"),
            ],
            path: Group.formats.path("CDeeperImaging"),
            cSettings: [.define("DEEPER_PICTURE_FORMATS", .when(traits: ["PictureFormats"]))]),
        .target(
            name: "CDeeperImageNetClasses", path: Group.engine.path("CDeeperImageNetClasses"),
            exclude: ["classes.txt", "LICENSE-WordNet.txt"]),

        .target(name: "CDeeperThreads", path: Group.kernels.path("CDeeperThreads")),
        module("DeeperTensors", in: .kernels, []),
        module("DeeperThreads", in: .kernels, ["CDeeperThreads", "DeeperTensors"]),
        module("DeeperJSON", in: .formats, ["DeeperTensors"]),
        module("DeeperKernels", in: .kernels, ["DeeperTensors", "DeeperThreads", "CDeeperKernels", "CDeeperOpenBLAS"]),
        module("DeeperGraphs", in: .graphs, ["DeeperKernels", "DeeperTensors"]),
        module("DeeperPasses", in: .graphs, ["DeeperGraphs", "DeeperKernels", "DeeperTensors"]),
        module(
            "DeeperImport", in: .formats,
            ["DeeperGraphs", "DeeperJSON", "DeeperTensors", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
        module("DeeperZoo", in: .graphs, ["DeeperGraphs", "DeeperTensors"]),
        module("DeeperCounting", in: .networks, ["DeeperGraphs", "DeeperZoo", "DeeperTensors"]),
        module(
            "DeeperExecution", in: .graphs,
            ["CDeeperThreads", "DeeperGraphs", "DeeperKernels", "DeeperTensors", "DeeperThreads"]),
        module("DeeperImaging", in: .formats, ["DeeperTensors", "CDeeperTurboJPEG", "CDeeperImaging", "CDeeperZlib"]),
        module(
            "Deeper", in: .engine,
            [
                "CDeeperImageNetClasses", "DeeperExecution", "DeeperPasses", "DeeperGraphs", "DeeperImaging",
                "DeeperJSON", "DeeperKernels", "DeeperImport", "DeeperTensors", "DeeperThreads",
            ]),
        .target(
            name: "CDeeperBuiltinModel", path: Group.networks.path("CDeeperBuiltinModel"),
            exclude: ["inception-cifar10.safetensors", "inception-cifar10-int8.onnx"]),
        module(
            "DeeperBuiltinModel", in: .networks,
            ["Deeper", "DeeperImaging", "DeeperImport", "DeeperZoo", "DeeperTensors", "CDeeperBuiltinModel"]),
        module(
            "DeeperTraining", in: .networks,
            [
                "Deeper", "DeeperExecution", "DeeperPasses", "DeeperGraphs", "DeeperImaging", "DeeperKernels",
                "DeeperImport", "DeeperZoo", "DeeperTensors", "DeeperThreads",
            ]),
        .target(name: "CDeeper", path: Group.interfaces.path("CDeeper")),
        module(
            "DeeperC", in: .interfaces,
            [
                "CDeeper", "Deeper", "DeeperBuiltinModel", "DeeperCounting", "DeeperGraphs", "DeeperImaging",
                "DeeperKernels", "DeeperTensors",
            ]),
        module("DeeperInferenceProtocol", in: .serving, ["DeeperJSON", "DeeperTensors"]),
        module("DeeperMetrics", in: .serving, [server("CoreMetrics", "swift-metrics")]),
        module(
            "DeeperModelServing", in: .serving,
            [
                "Deeper", "DeeperGraphs", "DeeperImaging", "DeeperInferenceProtocol", "DeeperTensors", "DeeperThreads",
                server("Logging", "swift-log"), server("Metrics", "swift-metrics"),
                server("Tracing", "swift-distributed-tracing"),
            ]),
        module(
            "DeeperServing", in: .serving,
            [
                "Deeper", "DeeperImaging", "DeeperInferenceProtocol", "DeeperJSON", "DeeperModelServing",
                "DeeperMetrics", "DeeperTensors", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                server("CoreMetrics", "swift-metrics"), server("DequeModule", "swift-collections"),
                server("GRPCCore", "grpc-swift-2"), server("GRPCNIOTransportHTTP2Posix", "grpc-swift-nio-transport"),
                server("GRPCProtobuf", "grpc-swift-protobuf"), server("HTTPTypes", "swift-http-types"),
                server("Hummingbird", "hummingbird"), server("HummingbirdCore", "hummingbird"),
                server("HummingbirdTLS", "hummingbird"), server("Logging", "swift-log"),
                server("Metrics", "swift-metrics"), server("NIOCore", "swift-nio"),
                server("NIOCertificateReloading", "swift-nio-extras"), server("NIOHPACK", "swift-nio-http2"),
                server("NIOHTTP1", "swift-nio"), server("NIOHTTP2", "swift-nio-http2"),
                server("NIOHTTPTypes", "swift-nio-extras"), server("NIOHTTPTypesHTTP1", "swift-nio-extras"),
                server("NIOSSL", "swift-nio-ssl"), server("ServiceLifecycle", "swift-service-lifecycle"),
                server("Tracing", "swift-distributed-tracing"), server("UnixSignals", "swift-service-lifecycle"),
            ],
            exclude: ["GRPC/inference.proto", "GRPC/health.proto", "GRPC/reflection.proto"]),
        module(
            "DeeperAlgebra", in: .networks, ["DeeperKernels", "DeeperTensors", "DeeperThreads", "CDeeperLAPACKE"]),
        module("DeeperReduction", in: .networks, ["Deeper", "DeeperAlgebra", "DeeperGraphs", "DeeperTensors"]),
        module(
            "DeeperQuantization", in: .networks,
            ["Deeper", "DeeperAlgebra", "DeeperGraphs", "DeeperKernels", "DeeperPasses", "DeeperTensors"]),
        module(
            "DeeperCommandSupport", in: .interfaces,
            [
                "DeeperBuiltinModel", "Deeper", "DeeperGraphs", "DeeperKernels", "DeeperImport", "DeeperZoo",
                "DeeperTensors", "DeeperThreads", argumentParser,
            ]),
        .executableTarget(
            name: "DeeperCommand",
            dependencies: [
                "DeeperBuiltinModel", "DeeperCommandSupport", "DeeperCounting", "Deeper", "DeeperExecution",
                "DeeperPasses", "DeeperGraphs", "DeeperImaging", "DeeperKernels", "DeeperImport", "DeeperZoo",
                "DeeperQuantization", "DeeperReduction", "DeeperTensors", "DeeperThreads", "DeeperTraining",
                argumentParser,
            ],
            path: "Sources/Interfaces/DeeperCommand",
            swiftSettings: strict),
        .executableTarget(
            name: "DeeperServerCommand",
            dependencies: [
                "DeeperCommandSupport", "Deeper", "DeeperServing", "DeeperImaging", "DeeperModelServing",
                "DeeperTensors", "DeeperThreads", server("Logging", "swift-log"), argumentParser,
            ],
            path: "Sources/Interfaces/DeeperServerCommand",
            swiftSettings: strict),

        .target(
            name: "DeeperTestSupport", dependencies: ["DeeperTensors"], path: "Tests/TestSupport", swiftSettings: strict
        ),
        .target(name: "CDeeperTestSupport", dependencies: ["CDeeperKernels"], path: "Tests/CTestSupport"),
        suite("TensorsTests", ["DeeperTensors"]),
        suite("KernelsTests", ["CDeeperKernels", "CDeeperTestSupport", "DeeperKernels", "DeeperTensors"]),
        suite(
            "ExecutionTests",
            ["CDeeperKernels", "DeeperExecution", "DeeperKernels", "DeeperTensors", "DeeperThreads"]),
        suite(
            "GraphsTests", ["Deeper", "DeeperGraphs", "DeeperKernels", "DeeperImport", "DeeperTensors"],
            exclude: ["skipped-cases.txt"]),
        suite(
            "GraphPassesTests",
            [
                "Deeper", "DeeperExecution", "DeeperPasses", "DeeperGraphs", "DeeperKernels", "DeeperImport",
                "DeeperTensors",
            ]),
        suite("ModelImportTests", ["DeeperGraphs", "DeeperImport", "DeeperTensors"]),
        suite(
            "ModelZooTests",
            ["DeeperGraphs", "DeeperKernels", "DeeperImport", "DeeperZoo", "DeeperTensors"]),
        suite(
            "CountingTests",
            ["DeeperCounting", "DeeperGraphs", "DeeperImport", "DeeperZoo", "DeeperTensors"],
            exclude: ["counters.json"]),
        suite("ImagingTests", ["DeeperImaging", "DeeperTensors"]),
        suite(
            "DeeperTests",
            [
                "CDeeperTestSupport", "Deeper", "DeeperExecution", "DeeperGraphs", "DeeperImaging", "DeeperKernels",
                "DeeperImport", "DeeperZoo", "DeeperTensors",
            ]),
        suite(
            "ReductionTests",
            [
                "Deeper", "DeeperGraphs", "DeeperKernels", "DeeperImport", "DeeperZoo", "DeeperReduction",
                "DeeperTensors",
            ]),
        suite(
            "QuantizationTests",
            [
                "Deeper", "DeeperGraphs", "DeeperImport", "DeeperKernels", "DeeperPasses", "DeeperQuantization",
                "DeeperTensors",
            ]),
        suite(
            "TrainingTests",
            [
                "Deeper", "DeeperExecution", "DeeperGraphs", "DeeperImaging", "DeeperKernels", "DeeperImport",
                "DeeperZoo", "DeeperTensors", "DeeperTraining",
            ],
            exclude: ["pytorch.json"]),
        suite("JSONTextTests", ["DeeperJSON", "DeeperTensors"]),
        suite("InferenceProtocolTests", ["DeeperInferenceProtocol", "DeeperTensors"]),
        suite("PrometheusMetricsTests", ["DeeperMetrics", server("Metrics", "swift-metrics")]),
        suite(
            "ModelServingTests",
            [
                "Deeper", "DeeperGraphs", "DeeperImaging", "DeeperInferenceProtocol", "DeeperModelServing", "DeeperZoo",
                "DeeperTensors", server("InMemoryTracing", "swift-distributed-tracing"), server("Logging", "swift-log"),
                server("Metrics", "swift-metrics"), server("Tracing", "swift-distributed-tracing"),
            ]),
        suite(
            "DeeperServingTests",
            [
                "Deeper", "DeeperServing", "DeeperImaging", "DeeperInferenceProtocol", "DeeperModelServing",
                "DeeperTensors", server("Hummingbird", "hummingbird"), server("HTTPTypes", "swift-http-types"),
                server("NIOCore", "swift-nio"), server("NIOEmbedded", "swift-nio"), server("NIOHTTP1", "swift-nio"),
                server("NIOHTTP2", "swift-nio-http2"), server("NIOHTTPTypes", "swift-nio-extras"),
            ]),
        suite("BuiltinModelTests", ["DeeperBuiltinModel", "Deeper", "DeeperImaging", "DeeperTensors"]),
        suite(
            "CommandTests",
            ["Deeper", "DeeperCommand", "DeeperCommandSupport", "DeeperServerCommand", "DeeperImaging"]),
    ]
        // Needs libFuzzer to link: scripts/fuzz.sh.
        + (Context.environment["DEEPER_FUZZING"] != nil
            ? [
                .target(name: "CFuzzingDriver", path: "Tests/Fuzzing/Driver"),
                .executableTarget(
                    name: "Fuzzing",
                    dependencies: [
                        "CFuzzingDriver", "DeeperGraphs", "DeeperImaging", "DeeperInferenceProtocol", "DeeperKernels",
                        "DeeperImport", "DeeperTensors",
                    ],
                    path: "Tests/Fuzzing/Fuzzing", swiftSettings: strict),
            ] : [])
)
