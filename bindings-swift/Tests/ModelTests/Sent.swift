import Foundation
import JumpCloudClient

/// Takes the requests of typed calls, answers none, and holds them against those of calls by name.
final class Sent: HTTPTransport, @unchecked Sendable {
    // All of it is behind the lock.
    private let lock = NSLock()
    private var requests: [HTTPRequest] = []
    private var called: [String] = []
    private var found: [String] = []
    /// A client whose requests come here.
    var client: JumpCloud { JumpCloud(apiKey: "test-key", organization: "5f0c1e2d3b4a59687766554a", options: CallOptions(seed: 1), transport: self) }

    /// The names that were called.
    var names: [String] { lock.withLock { called } }
    /// What was sent otherwise than by name.
    var deviations: [String] { lock.withLock { found } }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        lock.withLock { requests.append(request) }
        throw HTTPFailure.refused("only the request matters")
    }

    private func taken() -> [HTTPRequest] {
        lock.withLock {
            defer { requests = [] }
            return requests
        }
    }

    /// What was sent must be what a call by name with these parameters sends. A list adds what pages it.
    func expect(_ name: String, _ parameters: String, list: Bool = false) {
        let sent = taken()
        let expected: HTTPRequest
        do {
            expected = try client.prepare(name, Parameters(json: parameters, attachment: Data("x".utf8)))
        } catch {
            // A token is asked for with other credentials than an API key: typed or not, it is refused before it is sent.
            let token = sent.isEmpty && "\(error)".contains("only a service account's id and secret get a token")
            return note(name, token ? [] : ["prepare: \(error)"])
        }
        guard sent.count == 1, let sent = sent.first else { return note(name, ["sends \(sent.count) requests"]) }
        var different: [String] = []
        func same(_ what: String, _ one: String, _ other: String) {
            if one != other { different.append("\(what) \(one), expected \(other)") }
        }
        same("method", sent.method, expected.method)
        if list {
            same("path", sent.url.path, expected.url.path)
            let items = query(sent)
            for item in query(expected) where !items.contains(where: { $0.hasPrefix(item) }) { different.append("no \(item) in the query \(items)") }
            let body = json(sent)
            for (key, value) in json(expected) where body[key] != value { different.append("no \(key) in the body \(body)") }
        } else {
            same("URL", sent.url.absoluteString, expected.url.absoluteString)
            same("body", text(sent), text(expected))
        }
        note(name, different)
    }

    /// What was sent, and what came of it, must be as when the playbook is called by name.
    func expect<Given: Model>(playbook name: String, _ parameters: String, _ call: () async throws -> Given) async {
        let one = await outcome { try await call().jsonValue }
        let other = await outcome { try await client.playbook(name, Parameters(json: parameters)) }
        note(name, one == other ? [] : ["\(one), expected \(other)"])
    }

    private func outcome(_ call: () async throws -> JSONValue) async -> [String] {
        var outcome: String
        do { outcome = try await call().text } catch { outcome = "\(error)" }
        return taken().map { "\($0.method) \($0.url)" } + [outcome]
    }

    private func note(_ name: String, _ different: [String]) {
        lock.withLock {
            called.append(name)
            found += different.map { "\(name): \($0)" }
        }
    }

    private func query(_ request: HTTPRequest) -> [String] {
        (URLComponents(url: request.url, resolvingAgainstBaseURL: false)?.percentEncodedQuery ?? "")
            .split(separator: "&").map(String.init)
    }

    private func text(_ request: HTTPRequest) -> String { String(decoding: request.body ?? Data(), as: UTF8.self) }
    private func json(_ request: HTTPRequest) -> JSONObject { (try? JSONValue(parsing: request.body ?? Data()))?.object ?? [:] }
}
