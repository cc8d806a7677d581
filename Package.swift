// swift-tools-version: 6.2

import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// A room of the house: a Swift target that may import only the rooms before it.
func room(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

func suite(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "deeper",
    products: [
        .library(name: "Deeper", targets: ["Deeper"]),
        .library(name: "DeeperZoo", targets: ["ModelZoo"]),
        .library(name: "DeeperTraining", targets: ["Training"]),
        .library(name: "DeeperBuiltinModel", targets: ["BuiltinModel"]),
        .library(name: "DeeperC", type: .dynamic, targets: ["DeeperC"]),
        .executable(name: "deeper", targets: ["DeeperCommand"]),
    ],
    traits: [
        .trait(name: "CommandLine", description: "Builds the deeper command (needs swift-argument-parser)."),
        .default(enabledTraits: ["CommandLine"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0", traits: []),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    ]
        // Only `make docs` needs the documentation plugin; those who link the library should not fetch it.
        + (Context.environment["DEEPER_DOCS"] != nil
            ? [.package(url: "https://github.com/swiftlang/swift-docc-plugin.git", from: "1.5.0")] : []),
    targets: [
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CLAPACKE", pkgConfig: "lapacke", providers: [.apt(["liblapacke-dev"])]),
        .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CKernels"),
        .target(name: "CImaging", dependencies: ["CPNG"]),

        room("Tensors", []),
        room("Kernels", ["Tensors", "CKernels", "COpenBLAS"]),
        room("Graphs", ["Kernels", "Tensors"]),
        room("GraphPasses", ["Graphs", "Kernels", "Tensors"]),
        room(
            "ModelImport",
            ["Graphs", "Tensors", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
        room("ModelZoo", ["Graphs", "Tensors"]),
        room("Counting", ["Graphs", "Kernels", "ModelZoo", "Tensors"]),
        room("Execution", ["CKernels", "Graphs", "Kernels", "Tensors"]),
        room("Imaging", ["Tensors", "CTurboJPEG", "CImaging", "CZlib"]),
        room(
            "Deeper",
            ["Execution", "GraphPasses", "Graphs", "Imaging", "Kernels", "ModelImport", "ModelZoo", "Tensors"]),
        .target(name: "CBuiltinModel", exclude: ["inception-cifar10.safetensors"]),
        room("BuiltinModel", ["Deeper", "Imaging", "ModelImport", "ModelZoo", "Tensors", "CBuiltinModel"]),
        room(
            "Training",
            [
                "Deeper", "Execution", "GraphPasses", "Graphs", "Imaging", "Kernels", "ModelImport", "ModelZoo",
                "Tensors",
            ]),
        .target(name: "CDeeper"),
        room("DeeperC", ["CDeeper", "Deeper", "Graphs", "Imaging", "Kernels", "Tensors"]),
        room("Reduction", ["Deeper", "Graphs", "Kernels", "Tensors", "CLAPACKE"]),
        .executableTarget(
            name: "DeeperCommand",
            dependencies: [
                "BuiltinModel", "Counting", "Deeper", "Execution", "GraphPasses", "Graphs", "Imaging", "Kernels",
                "ModelImport",
                "ModelZoo", "Reduction", "Tensors", "Training",
                .product(
                    name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: ["CommandLine"])),
            ],
            path: "Sources/deeper",
            swiftSettings: strict),

        .target(name: "TestSupport", dependencies: ["Tensors"], path: "Tests/TestSupport", swiftSettings: strict),
        .target(name: "CTestSupport", path: "Tests/CTestSupport"),
        suite("TensorsTests", ["Tensors", "TestSupport"]),
        suite("KernelsTests", ["Kernels", "Tensors", "TestSupport"]),
        suite("ExecutionTests", ["Execution", "Tensors", "TestSupport"]),
        suite("GraphsTests", ["Deeper", "Graphs", "Kernels", "ModelImport", "Tensors", "TestSupport"]),
        suite(
            "GraphPassesTests",
            ["Deeper", "Execution", "GraphPasses", "Graphs", "Kernels", "Tensors", "TestSupport"]),
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
        suite("BuiltinModelTests", ["BuiltinModel", "Deeper", "Imaging", "Tensors", "TestSupport"]),
        suite("CommandTests", ["DeeperCommand", "TestSupport"]),
    ]
)
