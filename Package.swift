// swift-tools-version: 6.2

import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// A Swift target, which may import only the targets that it names.
func module(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

func suite(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

/// A system library that only a build with the trait PictureFormats links.
func format(_ name: String) -> Target.Dependency {
    .target(name: name, condition: .when(traits: ["PictureFormats"]))
}

/// What only a build with the trait Server links.
func server(_ name: String, _ package: String) -> Target.Dependency {
    .product(name: name, package: package, condition: .when(traits: ["Server"]))
}

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: ["CommandLine"]))

let package = Package(
    name: "deeper",
    products: [
        .library(name: "Deeper", targets: ["Deeper"]),
        .library(name: "DeeperZoo", targets: ["ModelZoo"]),
        .library(name: "DeeperTraining", targets: ["Training"]),
        .library(name: "DeeperBuiltinModel", targets: ["BuiltinModel"]),
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
        // What the server needs: resolved for the trait Server only.
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
    ]
        // Only `make docs` needs the documentation plugin; those who link the library should not fetch it.
        + (Context.environment["DEEPER_DOCS"] != nil
            ? [.package(url: "https://github.com/swiftlang/swift-docc-plugin.git", from: "1.5.0")] : []),
    targets: [
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CLAPACKE", pkgConfig: "lapacke", providers: [.apt(["liblapacke-dev"])]),
        .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        // Only with the trait PictureFormats.
        .systemLibrary(name: "CWebP", pkgConfig: "libwebpdemux", providers: [.apt(["libwebp-dev"])]),
        .systemLibrary(name: "CHEIF", pkgConfig: "libheif", providers: [.apt(["libheif-dev"])]),
        .systemLibrary(name: "CGIF", pkgConfig: "libgif", providers: [.apt(["libgif-dev"])]),
        .systemLibrary(name: "CTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CKernels"),
        .target(
            name: "CImaging",
            dependencies: ["CPNG", format("CWebP"), format("CHEIF"), format("CGIF"), format("CTIFF")],
            cSettings: [.define("DEEPER_PICTURE_FORMATS", .when(traits: ["PictureFormats"]))]),
        .target(name: "CImageNetClasses", exclude: ["classes.txt", "LICENSE-WordNet.txt"]),

        module("Tensors", []),
        module("JSONText", ["Tensors"]),
        module("Kernels", ["Tensors", "CKernels", "COpenBLAS"]),
        module("Graphs", ["Kernels", "Tensors"]),
        module("GraphPasses", ["Graphs", "Kernels", "Tensors"]),
        module(
            "ModelImport",
            ["Graphs", "JSONText", "Tensors", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
        module("ModelZoo", ["Graphs", "Tensors"]),
        module("Counting", ["Graphs", "Kernels", "ModelZoo", "Tensors"]),
        module("Execution", ["CKernels", "Graphs", "Kernels", "Tensors"]),
        module("Imaging", ["Tensors", "CTurboJPEG", "CImaging", "CZlib"]),
        module(
            "Deeper",
            [
                "CImageNetClasses", "Execution", "GraphPasses", "Graphs", "Imaging", "JSONText", "Kernels",
                "ModelImport",
                "ModelZoo", "Tensors",
            ]),
        .target(name: "CBuiltinModel", exclude: ["inception-cifar10.safetensors"]),
        module("BuiltinModel", ["Deeper", "Imaging", "ModelImport", "ModelZoo", "Tensors", "CBuiltinModel"]),
        module(
            "Training",
            [
                "Deeper", "Execution", "GraphPasses", "Graphs", "Imaging", "Kernels", "ModelImport", "ModelZoo",
                "Tensors",
            ]),
        .target(name: "CDeeper"),
        module("DeeperC", ["CDeeper", "Deeper", "Graphs", "Imaging", "Kernels", "Tensors"]),
        module("InferenceProtocol", ["Deeper", "Graphs", "JSONText", "Tensors"]),
        module("PrometheusMetrics", [server("CoreMetrics", "swift-metrics")]),
        module(
            "ModelServing",
            [
                "Deeper", "Execution", "Graphs", "Imaging", "InferenceProtocol", "Kernels", "Tensors",
                server("Logging", "swift-log"), server("Metrics", "swift-metrics"),
                server("Tracing", "swift-distributed-tracing"),
            ]),
        module(
            "DeeperServing",
            [
                "Deeper", "Imaging", "InferenceProtocol", "JSONText", "ModelServing", "PrometheusMetrics", "Tensors",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                server("CoreMetrics", "swift-metrics"), server("DequeModule", "swift-collections"),
                server("GRPCCore", "grpc-swift-2"), server("GRPCNIOTransportHTTP2Posix", "grpc-swift-nio-transport"),
                server("GRPCProtobuf", "grpc-swift-protobuf"), server("HTTPTypes", "swift-http-types"),
                server("Hummingbird", "hummingbird"), server("HummingbirdCore", "hummingbird"),
                server("HummingbirdTLS", "hummingbird"),
                server("Logging", "swift-log"), server("Metrics", "swift-metrics"), server("NIOCore", "swift-nio"),
                server("NIOCertificateReloading", "swift-nio-extras"),
                server("NIOHPACK", "swift-nio-http2"), server("NIOHTTP1", "swift-nio"),
                server("NIOHTTP2", "swift-nio-http2"), server("NIOHTTPTypes", "swift-nio-extras"),
                server("NIOHTTPTypesHTTP1", "swift-nio-extras"), server("NIOSSL", "swift-nio-ssl"),
                server("ServiceLifecycle", "swift-service-lifecycle"),
                server("Tracing", "swift-distributed-tracing"), server("UnixSignals", "swift-service-lifecycle"),
            ],
            exclude: ["GRPC/inference.proto"]),
        module("Reduction", ["Deeper", "Graphs", "Kernels", "Tensors", "CLAPACKE"]),
        module(
            "CommandSupport",
            ["BuiltinModel", "Deeper", "Execution", "Kernels", "ModelImport", "ModelZoo", "Tensors", argumentParser]),
        .executableTarget(
            name: "DeeperCommand",
            dependencies: [
                "BuiltinModel", "CommandSupport", "Counting", "Deeper", "Execution", "GraphPasses", "Graphs", "Imaging",
                "Kernels", "ModelImport", "ModelZoo", "Reduction", "Tensors", "Training", argumentParser,
            ],
            path: "Sources/deeper",
            swiftSettings: strict),
        .executableTarget(
            name: "DeeperServerCommand",
            dependencies: [
                "CommandSupport", "Deeper", "DeeperServing", "Imaging", "Kernels", "ModelServing", "Tensors",
                server("Logging", "swift-log"), argumentParser,
            ],
            path: "Sources/deeper-server",
            swiftSettings: strict),

        .target(name: "TestSupport", dependencies: ["Tensors"], path: "Tests/TestSupport", swiftSettings: strict),
        .target(name: "CTestSupport", dependencies: ["CKernels"], path: "Tests/CTestSupport"),
        suite("TensorsTests", ["Tensors", "TestSupport"]),
        suite("KernelsTests", ["CKernels", "CTestSupport", "Kernels", "Tensors", "TestSupport"]),
        suite("ExecutionTests", ["CKernels", "Execution", "Kernels", "Tensors", "TestSupport"]),
        suite("GraphsTests", ["Deeper", "Graphs", "Kernels", "ModelImport", "Tensors", "TestSupport"]),
        suite(
            "GraphPassesTests",
            ["Deeper", "Execution", "GraphPasses", "Graphs", "Kernels", "ModelImport", "Tensors", "TestSupport"]),
        suite("ModelImportTests", ["Graphs", "ModelImport", "Tensors", "TestSupport"]),
        suite("ModelZooTests", ["Graphs", "Kernels", "ModelImport", "ModelZoo", "Tensors", "TestSupport"]),
        suite(
            "CountingTests", ["Counting", "Graphs", "ModelImport", "ModelZoo", "Tensors", "TestSupport"],
            exclude: ["counters.json"]),
        suite("ImagingTests", ["Imaging", "Tensors", "TestSupport"]),
        suite(
            "DeeperTests",
            [
                "CTestSupport", "Deeper", "Execution", "Graphs", "Imaging", "Kernels", "ModelImport", "ModelZoo",
                "Tensors", "TestSupport",
            ]),
        suite(
            "ReductionTests",
            ["Deeper", "Graphs", "Kernels", "ModelImport", "ModelZoo", "Reduction", "Tensors", "TestSupport"]),
        suite(
            "TrainingTests",
            [
                "Deeper", "Execution", "Graphs", "Imaging", "Kernels", "ModelImport", "ModelZoo", "Tensors",
                "TestSupport",
                "Training",
            ],
            exclude: ["pytorch.json"]),
        suite("JSONTextTests", ["JSONText", "Tensors", "TestSupport"]),
        suite("InferenceProtocolTests", ["InferenceProtocol", "Tensors", "TestSupport"]),
        suite("PrometheusMetricsTests", ["PrometheusMetrics", server("Metrics", "swift-metrics")]),
        suite(
            "ModelServingTests",
            [
                "Deeper", "Graphs", "Imaging", "InferenceProtocol", "ModelServing", "ModelZoo", "Tensors",
                "TestSupport",
                server("InMemoryTracing", "swift-distributed-tracing"), server("Logging", "swift-log"),
                server("Metrics", "swift-metrics"), server("Tracing", "swift-distributed-tracing"),
            ]),
        suite(
            "DeeperServingTests",
            [
                "DeeperServing", "Imaging", "InferenceProtocol", "ModelServing", "Tensors", "TestSupport",
                server("Hummingbird", "hummingbird"), server("HTTPTypes", "swift-http-types"),
                server("NIOCore", "swift-nio"), server("NIOEmbedded", "swift-nio"), server("NIOHTTP1", "swift-nio"),
                server("NIOHTTP2", "swift-nio-http2"), server("NIOHTTPTypes", "swift-nio-extras"),
            ]),
        suite("BuiltinModelTests", ["BuiltinModel", "Deeper", "Imaging", "Tensors", "TestSupport"]),
        suite("CommandTests", ["Deeper", "DeeperCommand", "DeeperServerCommand", "Imaging", "TestSupport"]),
    ]
        // Needs libFuzzer to link: scripts/fuzz.sh.
        + (Context.environment["DEEPER_FUZZING"] != nil
            ? [
                .target(name: "CFuzzingDriver", path: "Tests/Fuzzing/Driver"),
                .executableTarget(
                    name: "Fuzzing",
                    dependencies: [
                        "CFuzzingDriver", "Graphs", "Imaging", "InferenceProtocol", "Kernels", "ModelImport", "Tensors",
                    ],
                    path: "Tests/Fuzzing/Fuzzing", swiftSettings: strict),
            ] : [])
)
