// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "app",
    dependencies: [.package(name: "deeper", path: "../deeper", traits: [])],
    targets: [
        .executableTarget(
            name: "App",
            dependencies: [
                .product(name: "Deeper", package: "deeper"),
                .product(name: "DeeperBuiltinModel", package: "deeper"),
            ])
    ])
