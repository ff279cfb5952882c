import Foundation

/// Sends requests. ``URLSessionTransport`` is the usual one; anything else that can send a request will do.
///
/// ```swift
/// struct Logging: HTTPTransport {
///     let inner = URLSessionTransport()
///     func send(_ request: HTTPRequest) async throws -> HTTPResponse {
///         print(request)    // Credentials are not in the description.
///         return try await inner.send(request)
///     }
/// }
/// let jc = JumpCloud(apiKey: key, transport: Logging())
/// ```
public protocol HTTPTransport: Sendable {
    /// Sends a request as it stands and returns what came back, whatever its status.
    ///
    /// A redirect is an answer, too: following it would take the credentials to another place. When the task is
    /// cancelled, the request should end at once, and when its body grows longer than ``HTTPRequest/maxBody``.
    ///
    /// - Throws: ``HTTPFailure`` when there is no answer. Any other error counts as ``HTTPFailure/noAnswer(_:underlying:)``.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse
}

/// Why a request has no answer. It decides what may be tried again.
public enum HTTPFailure: Error, Sendable {
    /// It never reached JumpCloud (no connection, no host, no TLS): anything may be tried again.
    case notSent(String, underlying: (any Error)? = nil)
    /// It may have reached JumpCloud (connection lost, timeout): only what is idempotent is tried again.
    case noAnswer(String, underlying: (any Error)? = nil)
    /// It will not be sent, now or later. It is not tried again.
    case refused(String)
    /// The answer's body is longer than ``HTTPRequest/maxBody``. It is not tried again.
    case tooLarge

    /// What is behind it: with ``URLSessionTransport`` a `URLError`.
    public var underlying: (any Error)? {
        switch self {
        case .notSent(_, let error), .noAnswer(_, let error): error
        case .refused, .tooLarge: nil
        }
    }
}

/// A header of a request or of a response. Its value is not printed: it may be a credential.
public struct HTTPHeader: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The header's name.
    public let name: String
    /// The header's value.
    public let value: String

    /// A header.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    public var description: String { "\(name): …" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}

extension [HTTPHeader] {
    /// The value of the first header of that name, in any case.
    func value(_ name: String) -> String? { first { $0.name.lowercased() == name.lowercased() }?.value }
}

/// A request as it goes over the wire. Printing it shows neither credentials nor secret values.
public struct HTTPRequest: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The method, in capitals.
    public let method: String
    /// The whole URL. It must be sent as it stands: System Context signs its very text.
    public let url: URL
    /// The headers, names in lower case. A name may be there several times.
    public let headers: [HTTPHeader]
    /// The body.
    public let body: Data?
    /// How many bytes the answer's body may have, decompressed: a transport reads no more, and throws ``HTTPFailure/tooLarge``.
    public let maxBody: Int
    /// The request in print, without secrets.
    public let description: String

    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["request": description]) }
}

/// What came back.
public struct HTTPResponse: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The HTTP status.
    public var status: Int
    /// The headers, names in any case.
    public var headers: [HTTPHeader]
    /// The body, decompressed.
    public var body: Data

    /// A response.
    public init(status: Int, headers: [HTTPHeader] = [], body: Data = Data()) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Without the body: replies hold one-time secrets.
    public var description: String { "HTTPResponse(\(status), \(body.count) bytes)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["status": status, "bytes": body.count]) }
}
