import Foundation
import JumpCloudClient

/// A vector's exchange as a transport, a clock and a signer that follow it. What goes another way is kept as deviation.
final class Script: HTTPTransport, TimeSource, Signer, @unchecked Sendable {
    // All of it is behind the lock.
    private let lock = NSLock()
    private var entries: [JSONValue] = []
    private var milliseconds: UInt64
    private var concurrent = false
    private var found: [String] = []
    private let credential: HTTPHeader?
    private let program: String?

    init(now: UInt64, client: JSONValue?) {
        milliseconds = now
        program = client?["userAgent"]?.string
        let key = client?["serviceAccount"] == nil && client?["systemContext"] == nil && client?["credentials"] == nil
        credential = key ? HTTPHeader(name: "x-api-key", value: client?["apiKey"]?.string ?? "test-key") : nil
    }

    func begin(_ exchange: [JSONValue], concurrent: Bool) {
        lock.withLock {
            entries = exchange
            self.concurrent = concurrent
        }
    }

    /// What went another way, entries that nobody asked for included.
    func deviations() async -> [String] {
        // Of requests that are in flight together one may fail before another one gets here.
        for _ in 0..<1000 where lock.withLock({ concurrent && found.isEmpty && !entries.isEmpty }) {
            try? await Task.sleep(for: .milliseconds(2))
        }
        return lock.withLock { found + entries.map { "the script goes on with \($0.text)" } }
    }

    func now() -> UInt64 { lock.withLock { milliseconds } }

    func sleep(milliseconds: UInt64, answersMayCome: Bool) async throws {
        // Answers come at once in a script: they end the wait, and the client asks again.
        if answersMayCome { return try await Task.sleep(for: .seconds(3600)) }
        lock.withLock {
            let expected = entries.first?["wait"]?.int
            if expected == Int(milliseconds) {
                entries.removeFirst()
            } else {
                found.append("waits \(milliseconds) ms, expected \(entries.first?.text ?? "the end")")
            }
            self.milliseconds += milliseconds
        }
    }

    func identify() throws -> Credential {
        try lock.withLock {
            guard let entry = entries.first, let identity = entry["identify"] else {
                found.append("asks who calls, expected \(entries.first?.text ?? "the end")")
                throw Refusal(description: "the script is over")
            }
            entries.removeFirst()
            let life = identity["expiresIn"]?.int.map { Duration.milliseconds($0) }
            if let key = identity["apiKey"]?.string { return .apiKey(key, expiresIn: life) }
            guard let account = identity["serviceAccount"] else { throw Refusal(description: "no vault") }
            return .serviceAccount(
                account["id"]?.string ?? "", secret: account["secret"]?.string ?? "", expiresIn: life)
        }
    }

    func sign(_ message: Data) async throws -> Data {
        try lock.withLock {
            let text = String(decoding: message, as: UTF8.self)
            guard let entry = entries.first, entry["sign"]?.string == text else {
                found.append("signs \(text), expected \(entries.first?.text ?? "the end")")
                throw Refusal(description: "the script is over")
            }
            entries.removeFirst()
            if let why = entry["failure"]?.string { throw Refusal(description: why) }
            return Data(base64Encoded: entry["signature"]?.string ?? "") ?? Data()
        }
    }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        try lock.withLock {
            let sent = describe(request)
            // Requests that are in flight together may get here in any order; else it is the script's.
            let upcoming = entries.prefix { $0["request"] != nil }.prefix(concurrent ? .max : 1)
            guard let index = upcoming.firstIndex(where: { expected($0["request"] ?? nil) == sent }) else {
                let next = entries.first.map { $0["request"].map { expected($0).text } ?? $0.text } ?? "the end"
                found.append("sends \(sent.text)\n    expected \(next)")
                throw HTTPFailure.refused("the script goes another way")
            }
            let entry = entries.remove(at: index)
            if let why = entry["failure"]?["notSent"]?.string { throw HTTPFailure.notSent(why) }
            if let why = entry["failure"]?["noAnswer"]?.string { throw HTTPFailure.noAnswer(why) }
            return response(entry["response"] ?? [:])
        }
    }

    private func describe(_ request: HTTPRequest) -> JSONValue {
        var headers = JSONObject()
        for header in request.headers where header.name != "user-agent" || !isOwn(header.value) {
            let value = JSONValue.string(header.value)
            // A header that is sent several times is an array in the script.
            headers[header.name] =
                switch headers[header.name] {
                case nil: value
                case .array(let values): .array(values + [value])
                case let first?: [first, value]
                }
        }
        let body = request.body.map { JSONValue.string(String(decoding: $0, as: UTF8.self)) } ?? .null
        return [
            "method": .string(request.method), "url": .string(request.url.absoluteString), "headers": .object(headers),
            "body": body,
        ]
    }

    /// Whether a user agent is Swift's own, which no vector says.
    private func isOwn(_ agent: String) -> Bool {
        agent.wholeMatch(of: /jumpcloud-client\/\d+\.\d+\.\d+ \(Swift\)(?: (.+))?/).map { $0.1.map(String.init) == program } ?? false
    }

    private func expected(_ request: JSONValue) -> JSONValue {
        var headers = request["headers"]?.object
        if headers == nil {
            headers = ["accept": "application/json"]
            if let credential { headers?[credential.name] = .string(credential.value) }
            if request["body"]?.string != nil { headers?["content-type"] = "application/json" }
        }
        // The content of an attachment: see `Vector.parameters`.
        let body = request["body"]?.string?.replacing("{attachment}", with: Script.attachment(length: attachmentLength))
        return [
            "method": request["method"] ?? "GET", "url": request["url"] ?? nil, "headers": .object(headers ?? [:]),
            "body": body.map { .string($0) } ?? .null,
        ]
    }

    /// How long the call's attachment is.
    var attachmentLength = 0

    static func attachment(length: Int) -> String { String(repeating: "a", count: length) }

    private func response(_ described: JSONValue) -> HTTPResponse {
        var headers = (described["headers"]?.object ?? [:]).map {
            HTTPHeader(name: $0.key, value: $0.value.string ?? $0.value.text)
        }
        var body = Data()
        if let text = described["body"]?.string {
            body = Data(text.utf8)
        } else if let bytes = described["bodyBase64"]?.string {
            body = Data(base64Encoded: bytes) ?? Data()
        } else if let json = described["json"] {
            body = Data(json.bytes)
            if !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
                headers.append(HTTPHeader(name: "content-type", value: "application/json; charset=utf-8"))
            }
        }
        return HTTPResponse(status: described["status"]?.int ?? 200, headers: headers, body: body)
    }
}

struct Refusal: LocalizedError {
    let description: String
    var errorDescription: String? { description }
}

/// What a call throws, which must be one of the client's own errors.
func failure(_ call: () async throws -> Void) async throws -> JumpCloudError? {
    do { try await call() } catch let error as JumpCloudError { return error }
    throw Refusal(description: "nothing was thrown")
}
