import Foundation
import JumpCloudClient

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The fake JumpCloud that `cargo xtask test swift` starts.
struct Fake {
    /// Where it is; `nil` when nobody started one.
    static let url = ProcessInfo.processInfo.environment["JUMPCLOUD_FAKE"]

    let url: String
    let access: JSONValue

    init() async throws {
        url = Self.url ?? ""
        access = try JSONValue(parsing: await Self.ask(url, "GET", "access"))
    }

    var baseURLs: BaseURLs { BaseURLs(url) }
    var client: JumpCloud { client() }

    func client(options: CallOptions = CallOptions()) -> JumpCloud {
        JumpCloud(apiKey: access["api_key"]?.string ?? "", baseURLs: baseURLs, options: options)
    }

    @discardableResult
    func control(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> Data {
        try await Self.ask(url, method, path, body)
    }

    /// What was sent since the last time it was forgotten, as method and target.
    func requests() async throws -> [String] {
        let requests = try JSONValue(parsing: await control("GET", "requests")).array ?? []
        return requests.map { "\($0["method"]?.string ?? "") \($0["target"]?.string ?? "")" }
    }

    private static func ask(_ url: String, _ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> Data {
        var request = URLRequest(url: URL(string: "\(url)/__fake/\(path)")!)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.bytes) }
        return try await URLSession.shared.data(for: request).0
    }
}
