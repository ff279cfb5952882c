import Foundation
import JumpCloudClient
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

private let json = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"

/// A server that does not behave: what it says to a request.
struct Habit: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let answer: @Sendable (SocketServer.Connection) -> Void

    init(_ name: String, _ answer: @escaping @Sendable (SocketServer.Connection) -> Void) {
        (testDescription, self.answer) = (name, answer)
    }

    /// None of them ends by itself.
    static let slow = [
        Habit("says nothing") { $0.wait() },
        Habit("a byte of its headers at a time") { connection in
            connection.say(json + "x-slow: ")
            while connection.say("x") { Thread.sleep(forTimeInterval: 0.2) }
        },
        Habit("a byte of its body at a time") { connection in
            connection.say(json + "content-length: 1000000\r\n\r\n[")
            while connection.say(" ") { Thread.sleep(forTimeInterval: 0.2) }
        },
        Habit("a chunk of a byte at a time") { connection in
            connection.say(json + "transfer-encoding: chunked\r\n\r\n")
            while connection.say("1\r\n \r\n") { Thread.sleep(forTimeInterval: 0.2) }
        },
        Habit("goes on and on with 100 Continue") { connection in
            while connection.say("HTTP/1.1 100 Continue\r\n\r\n") { Thread.sleep(forTimeInterval: 0.01) }
        },
    ]

    /// None of them ends by itself, or before a hundred times what is asked for. Not as fast as the machine can: as long as
    /// more is there whenever it looks, Linux's libcurl (8.14) does not look up, and a task cannot be cancelled.
    static let large = [
        Habit("a body without an end") { connection in
            connection.say(json + "connection: close\r\n\r\n[")
            connection.goOn(with: [UInt8](repeating: 0x20, count: 65536))
        },
        Habit("chunks without an end") { connection in
            connection.say(json + "transfer-encoding: chunked\r\n\r\n")
            connection.goOn(with: Array("10000\r\n".utf8) + [UInt8](repeating: 0x20, count: 65536) + Array("\r\n".utf8))
        },
        Habit("a length that is too large") { connection in
            connection.say(json + "content-length: 1000000000\r\n\r\n[")
            connection.goOn(with: [UInt8](repeating: 0x20, count: 65536))
        },
        Habit("little that becomes very much") { connection in
            connection.say(json + "content-encoding: gzip\r\nconnection: close\r\n\r\n")
            connection.say(bomb.head)
            connection.goOn(with: bomb.tail)
        },
    ]

    /// A gzip stream of one letter again and again (RFC 1951, 3.2.6): how it begins, and what may follow it any number of times.
    private static let bomb: (head: [UInt8], tail: [UInt8]) = {
        func packed(_ bits: String) -> [UInt8] {
            stride(from: 0, to: bits.count, by: 8).map { start in
                let byte = bits.dropFirst(start).prefix(8)
                return byte.reversed().reduce(0) { $0 << 1 | ($1 == "1" ? 1 : 0) }
            }
        }
        // A last block of fixed codes; the letter 0; then "258 letters, which are the one before them".
        let (begin, again) = ("1" + "10" + "00110000", "11000101" + "00000")
        // Eleven bits and a repetition are three bytes; after that, eight repetitions are thirteen.
        let head = packed(begin + again)
        let tail = packed(String(repeating: again, count: 8))
        return ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + head, Array(repeatElement(tail, count: 100).joined()))
    }()
}

extension SocketServer.Connection {
    /// The same again and again, until the other side goes.
    fileprivate func goOn(with bytes: [UInt8]) {
        while say(bytes) { Thread.sleep(forTimeInterval: 0.01) }
    }
}

/// What a caller counts on when nothing can be counted on, over real sockets.
@Suite(.timeLimit(.minutes(2)))
struct BoundsTests {
    @Test(arguments: Habit.slow) func aDeadlineHoldsWhileReading(habit: Habit) async throws {
        let server = try SocketServer(habit.answer)
        defer { server.stop() }
        let jc = JumpCloud(apiKey: "k", baseURLs: BaseURLs(server.url), options: CallOptions(deadline: .seconds(1)))
        let calls: [() async throws -> Void] = [
            { _ = try await jc.v1.systemUsers.get(id: "5f1b") }, { _ = try await jc.v1.systemUsers.list().collect() },
        ]
        for call in calls {
            let begun = ContinuousClock.now
            let error = try await failure(call)
            #expect(error?.details.message.contains("the deadline of 1000 ms") == true, "\(error as Any)")
            #expect(ContinuousClock.now - begun < .seconds(10))
        }
        #expect(try await server.isLeft(), "a connection is open")
    }

    @Test(arguments: Habit.large) func aBodyIsReadUpToItsBound(habit: Habit) async throws {
        let bound = 1 << 20
        for ofTheCall in [false, true] {
            let server = try SocketServer(habit.answer)
            defer { server.stop() }
            let options = CallOptions(maxBody: bound)
            let jc = JumpCloud(apiKey: "k", baseURLs: BaseURLs(server.url), options: ofTheCall ? CallOptions() : options)
            let error = try await failure {
                _ = try await jc.v1.systemUsers.get(id: "5f1b", options: ofTheCall ? options : CallOptions())
            }
            #expect(error?.kind == "transport" && error?.details.message.contains("\(bound)") == true, "\(error as Any)")
            #expect(error?.details.isRetryable == false && error?.details.tries == 1)
            #expect(try await server.isLeft(), "a connection is open")
            // What the sockets hold, and what comes until the connection is closed.
            #expect(server.requests().count == 1 && server.bytesSent < 64 << 20, "\(server.bytesSent)")
        }
    }

    @Test func aBodyMayBeAsLongAsItsBound() async throws {
        let body = #"{"_id":"5f1b","username":"ada"}"#
        let server = try SocketServer(
            saying: json + "content-length: \(body.utf8.count)\r\nconnection: close\r\n\r\n" + body)
        defer { server.stop() }
        for (bound, fits) in [(body.utf8.count, true), (body.utf8.count - 1, false)] {
            let jc = JumpCloud(apiKey: "k", baseURLs: BaseURLs(server.url), options: CallOptions(maxBody: bound))
            let username = try? await jc.v1.systemUsers.get(id: "5f1b").username
            #expect(username == (fits ? "ada" : nil))
        }
        #expect(try JumpCloud(apiKey: "k").prepare("v2.userGroups.list").maxBody == 256 << 20)
    }

    @Test(arguments: [
        "", "www-authenticate: Basic realm=\"x\"\r\n", "www-authenticate: Bearer realm=\"x\", error=\"invalid_token\"\r\n",
    ])
    func a401IsAnAnswer(header: String) async throws {
        let body = #"{"message":"no such key"}"#
        let server = try SocketServer(
            saying: "HTTP/1.1 401 Unauthorized\r\n\(header)content-length: \(body.utf8.count)\r\nconnection: close\r\n\r\n\(body)")
        defer { server.stop() }
        let options = CallOptions(deadline: .seconds(20))
        let jc = JumpCloud(apiKey: "k", baseURLs: BaseURLs(server.url), options: options)
        let error = try await failure { _ = try await jc.v2.userGroups.get(id: "5f1b") }
        guard case .authentication(let details) = error else { throw Refusal(description: "\(error as Any)") }
        #expect(details.status == 401 && details.message.contains("no such key") && details.body == Data(body.utf8))
    }

    @Test func anErrorHasTheHeadersOfItsAnswer() async throws {
        let server = try SocketServer(
            saying: "HTTP/1.1 404 Not Found\r\nX-Hint: elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        defer { server.stop() }
        let jc = JumpCloud(apiKey: "k", baseURLs: BaseURLs(server.url))
        let error = try await failure { _ = try await jc.v2.userGroups.get(id: "5f1b") }
        #expect(error?.details.header("x-hint") == "elsewhere")
        var dumped = ""
        dump(error, to: &dumped)
        #expect(!"\(error as Any) \(dumped)".contains("elsewhere"))
    }

    @Test func aCallersConfigurationIsCopied() async throws {
        let body = "{}"
        let server = try SocketServer(
            saying: json + "set-cookie: a=b\r\ncontent-length: \(body.utf8.count)\r\nconnection: close\r\n\r\n" + body)
        defer { server.stop() }
        let configuration = URLSessionConfiguration.default
        configuration.httpAdditionalHeaders = ["x-ours": "1"]
        configuration.httpMaximumConnectionsPerHost = 3
        let policy = configuration.requestCachePolicy
        let transport = URLSessionTransport(configuration: configuration)
        #expect(configuration.httpShouldSetCookies && configuration.httpCookieStorage != nil)
        #expect(configuration.httpMaximumConnectionsPerHost == 3 && configuration.requestCachePolicy == policy)
        let jc = JumpCloud(apiKey: "k", baseURLs: BaseURLs(server.url), transport: transport)
        for _ in 0..<2 { _ = try await jc.v2.userGroups.get(id: "5f1b") }
        let asked = server.requests().map { $0.lowercased() }
        #expect(asked.count == 2 && asked.allSatisfy { $0.contains("x-ours: 1") && !$0.contains("cookie") }, "\(asked)")
    }

    @Test func whatURLSessionSaidIsBehindTheError() async throws {
        // Port 9 is the discard service, which no machine has any more.
        let nobody = JumpCloud(apiKey: "k", baseURLs: "http://127.0.0.1:9", options: CallOptions(attempts: 1))
        let refused = try await failure { _ = try await nobody.v2.userGroups.get(id: "5f1b") }
        #expect((refused?.details.underlying as? URLError)?.code == .cannotConnectToHost, "\(refused as Any)")
        // In words, on Linux too, and not only as a number.
        let message = refused?.details.message ?? ""
        #expect(message.contains("connect") && !message.contains("NSURLErrorDomain"), "\(message)")
        // It may have come: what is no read is not sent again.
        let server = try SocketServer { _ in }
        defer { server.stop() }
        let jc = JumpCloud(apiKey: "k", baseURLs: BaseURLs(server.url))
        let lost = try await failure { _ = try await jc.v1.systemUsers.unlock(id: "5f1b") }
        #expect(lost?.details.underlying is URLError && server.requests().count == 1, "\(lost as Any)")
        #expect(lost?.details.message.contains("NSURLErrorDomain") == false, "\(lost as Any)")
    }
}
