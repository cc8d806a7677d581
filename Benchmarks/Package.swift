// swift-tools-version: 6.2

import PackageDescription

/// Benchmarks of deeper, apart from it so that nobody who links deeper builds the benchmark library.
///
///     swift package --package-path Benchmarks benchmark
let package = Package(
    name: "deeper-benchmarks",
    dependencies: [
        .package(name: "deeper", path: "..", traits: []),
        // Without its default traits: they replace malloc and the reference counting to count their calls.
        .package(url: "https://github.com/ordo-one/benchmark.git", from: "1.38.1", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "EngineBenchmarks",
            dependencies: [
                .product(name: "Deeper", package: "deeper"),
                .product(name: "DeeperZoo", package: "deeper"),
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/EngineBenchmarks",
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .treatAllWarnings(as: .error),
            ],
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
    ]
)
