// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "app",
    dependencies: [
        .package(name: "deeper", path: "../..", traits: []),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "App",
            dependencies: [
                .product(name: "Deeper", package: "deeper"), .product(name: "Hummingbird", package: "hummingbird"),
            ])
    ])
