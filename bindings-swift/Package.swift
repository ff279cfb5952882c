// swift-tools-version: 6.0
import Foundation
import PackageDescription

// The Rust library comes from one of these places:
// 1. In a clone of the repository, the folder `library`, where `cargo xtask swift-library` puts it; or the folder that
//    JUMPCLOUD_LIBRARY names.
let here = Context.packageDirectory
let isClone = FileManager.default.fileExists(atPath: "\(here)/../core/Cargo.toml")
let folder = Context.environment["JUMPCLOUD_LIBRARY"] ?? (isClone ? "\(here)/library" : nil)
// 2. On Apple's platforms, the XCFramework of the release. `cargo xtask swift-release` writes this line.
let released: (url: String, checksum: String)? = nil
// 3. Else the linker finds it where it finds others: /usr/local/lib, or a folder in LIBRARY_PATH.

var ffi = Target.systemLibrary(name: "JumpCloudFFI", path: "Sources/JumpCloudFFI")
var link: [LinkerSetting] = [.linkedLibrary("jumpcloud_swift")]
if let folder {
    // Only here: a package with unsafe flags can be a dependency by its path, but not by its version.
    link.append(.unsafeFlags(["-L\(folder)"]))
}
#if os(macOS)
if let released, folder == nil {
    ffi = .binaryTarget(name: "JumpCloudFFI", url: released.url, checksum: released.checksum)
    link = []
}
#endif

let package = Package(
    name: "JumpCloudClient",
    platforms: [.macOS(.v13), .iOS(.v16)],
    products: [
        .library(name: "JumpCloudClient", targets: ["JumpCloudClient"])
    ],
    targets: [
        ffi,
        // Written by UniFFI, whose code is not made for Swift 6's checks yet.
        .target(
            name: "JumpCloudCore", dependencies: ["JumpCloudFFI"], swiftSettings: [.swiftLanguageMode(.v5)],
            linkerSettings: link),
        .target(name: "JumpCloudModels"),
        .target(name: "JumpCloudClient", dependencies: ["JumpCloudCore", "JumpCloudModels"]),
        .executableTarget(name: "jumpcloud-admin", dependencies: ["JumpCloudClient"], path: "Examples/jumpcloud-admin"),
        .executableTarget(name: "UserBrowser", dependencies: ["JumpCloudClient"], path: "Examples/UserBrowser"),
        .executableTarget(name: "figures", dependencies: ["JumpCloudClient", "JumpCloudCore"], path: "Benchmarks/figures"),
        .executableTarget(name: "empty", path: "Benchmarks/empty"),
        .executableTarget(name: "endings", dependencies: ["JumpCloudClient"], path: "Tests/Endings", exclude: ["suppressed.txt"]),
        .testTarget(name: "ClientTests", dependencies: ["JumpCloudClient"]),
        .testTarget(name: "ModelTests", dependencies: ["JumpCloudClient"]),
    ]
)
