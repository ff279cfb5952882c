import Foundation
internal import JumpCloudCore

/// Why a call failed, by kind: what a program decides by.
///
/// ```swift
/// do {
///     try await jc.v1.systemUsers.unlock(id: id)
/// } catch JumpCloudError.notFound {
///     print("there is no such user")
/// } catch let error as JumpCloudError {
///     print(error.localizedDescription, error.details.requestID ?? "")
/// }
/// ```
///
/// No description holds a credential or the body of an answer.
public enum JumpCloudError: Error, Sendable {
    /// The request was refused before anything was sent: a parameter is missing, unknown or wrong.
    case invalidRequest(Details)
    /// 401: the credential is missing, wrong or ended.
    case authentication(Details)
    /// 403: the credential is known, but its role or scopes do not allow the operation.
    case permission(Details)
    /// 404: there is no such object (or no longer).
    case notFound(Details)
    /// 409: the object is there already, or is being changed.
    case conflict(Details)
    /// 429: too many requests; see ``Details/retryAfter``.
    case rateLimited(Details)
    /// 400, 422 and the other 4xx: JumpCloud refused what was sent; see ``Details/details``.
    case validation(Details)
    /// 5xx: JumpCloud failed.
    case server(Details)
    /// No answer came: connection, TLS, timeout, or a redirect that may not be followed.
    case transport(Details)
    /// An answer came that is not what it should be; ``Details/body`` has its bytes.
    case decode(Details)
    /// The signature that System Context needs could not be made.
    case signing(Details)
    /// A list ended before its end, or may have passed an item by: what was handed out is not all.
    case incomplete(Details)

    /// Everything that is known about a failure.
    public struct Details: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
        /// What happened, in words.
        public var message: String
        /// The dotted name of the operation that failed.
        public var operation: String?
        /// The parameter that was refused.
        public var parameter: String?
        /// The HTTP status, when an answer came.
        public var status: Int?
        /// JumpCloud's own code.
        public var code: String?
        /// JumpCloud's details.
        public var details: JSONValue?
        /// The id that JumpCloud gave the request: quote it to their support.
        public var requestID: String?
        /// How long JumpCloud asked to wait before the next try.
        public var retryAfter: Duration?
        /// How often the request was sent: 0 when it was refused before.
        public var tries: Int
        /// Whether the same call may succeed later, and does nothing twice.
        public var isRetryable: Bool
        /// All headers that came with the answer. They are in no description: one may hold a secret.
        public var headers: [HTTPHeader]
        /// The answer's body as it came. It is in no description.
        public var body: Data
        /// What is behind it: what the transport (`URLSession` throws a `URLError`), the signer or the decoder threw.
        public var underlying: (any Error)?

        /// The details of a failure, for tests of code that handles it.
        public init(
            message: String, operation: String? = nil, parameter: String? = nil, status: Int? = nil,
            code: String? = nil, details: JSONValue? = nil, requestID: String? = nil, retryAfter: Duration? = nil,
            tries: Int = 0, isRetryable: Bool = false, headers: [HTTPHeader] = [], body: Data = Data(),
            underlying: (any Error)? = nil
        ) {
            self.message = message
            self.operation = operation
            self.parameter = parameter
            self.status = status
            self.code = code
            self.details = details
            self.requestID = requestID
            self.retryAfter = retryAfter
            self.tries = tries
            self.isRetryable = isRetryable
            self.headers = headers
            self.body = body
            self.underlying = underlying
        }

        /// The value of a header.
        public func header(_ name: String) -> String? { headers.value(name) }

        public var description: String { operation.map { "\($0): \(message)" } ?? message }
        public var debugDescription: String { description }
        public var customMirror: Mirror {
            let children: [(String?, Any)] = [
                ("message", message), ("operation", operation as Any), ("parameter", parameter as Any),
                ("status", status as Any), ("code", code as Any), ("requestID", requestID as Any),
                ("retryAfter", retryAfter as Any), ("tries", tries), ("isRetryable", isRetryable), ("bytes", body.count),
            ]
            return Mirror(self, children: children.map { (label: $0.0, value: $0.1) }, displayStyle: .struct)
        }
    }

    /// Everything that is known about the failure, whatever its kind.
    public var details: Details {
        switch self {
        case .invalidRequest(let details), .authentication(let details), .permission(let details),
            .notFound(let details), .conflict(let details), .rateLimited(let details), .validation(let details),
            .server(let details), .transport(let details), .decode(let details), .signing(let details),
            .incomplete(let details):
            details
        }
    }

    /// The kind's name, as it is called in every language: `invalid_request`, `not_found`, …
    public var kind: String {
        switch self {
        case .invalidRequest: "invalid_request"
        case .authentication: "authentication"
        case .permission: "permission"
        case .notFound: "not_found"
        case .conflict: "conflict"
        case .rateLimited: "rate_limited"
        case .validation: "validation"
        case .server: "server"
        case .transport: "transport"
        case .decode: "decode"
        case .signing: "signing"
        case .incomplete: "incomplete"
        }
    }
}

extension JumpCloudError: LocalizedError, CustomStringConvertible, CustomDebugStringConvertible {
    public var errorDescription: String? { details.description }
    public var description: String { details.description }
    public var debugDescription: String { "JumpCloudError.\(kind): \(details)" }
}

extension JumpCloudError {
    init(kind: String, _ details: Details) {
        switch kind {
        case "invalid_request": self = .invalidRequest(details)
        case "authentication": self = .authentication(details)
        case "permission": self = .permission(details)
        case "not_found": self = .notFound(details)
        case "conflict": self = .conflict(details)
        case "rate_limited": self = .rateLimited(details)
        case "validation": self = .validation(details)
        case "transport": self = .transport(details)
        case "decode": self = .decode(details)
        case "signing": self = .signing(details)
        case "incomplete": self = .incomplete(details)
        default: self = .server(details)
        }
    }

    /// The core's error, with what the host knows of its cause.
    init(_ error: CoreError, underlying: (any Error)? = nil) {
        guard
            case .Failed(
                let kind, let message, let operation, let parameter, let status, let code, let details, let requestID,
                let retryAfter, let tries, let isRetryable, let headers, let body) = error
        else { preconditionFailure("there is no other case") }
        self.init(
            kind: kind,
            Details(
                message: message, operation: operation, parameter: parameter, status: status.map(Int.init), code: code,
                details: details.flatMap { try? JSONValue(parsing: $0) }, requestID: requestID,
                retryAfter: retryAfter.map { .milliseconds(Int64(clamping: $0)) }, tries: Int(tries), isRetryable: isRetryable,
                headers: headers.map { HTTPHeader(name: $0.name, value: $0.value) }, body: body,
                // Where JumpCloud answered, nothing else is behind it.
                underlying: status == nil && ["transport", "signing", "authentication"].contains(kind) ? underlying : nil))
    }
}

/// Calls the core; what it throws comes out as a ``JumpCloudError``.
func fromCore<T>(underlying: (any Error)? = nil, _ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as CoreError { throw JumpCloudError(error, underlying: underlying) }
}
