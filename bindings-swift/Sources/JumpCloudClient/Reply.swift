import Foundation
internal import JumpCloudCore

/// The answer to a call that succeeded. Printing it does not show the body, which may hold one-time secrets.
public struct Reply: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The dotted name of the operation that was called.
    public let operation: String
    /// The HTTP status, a 2xx.
    public let status: Int
    /// All headers that came.
    public let headers: [HTTPHeader]
    /// The body as it came.
    public let body: Data
    /// The body's media type, without parameters.
    public let mediaType: String?
    /// What the body is.
    public let content: Content

    /// What a reply's body is.
    public enum Content: Sendable {
        /// A JSON value.
        case json
        /// Anything else; see ``Reply/mediaType``.
        case bytes
        /// Nothing.
        case empty
    }

    init(_ core: CoreReply) {
        operation = core.operation()
        status = Int(core.status())
        headers = core.headers().map { HTTPHeader(name: $0.name, value: $0.value) }
        mediaType = core.mediaType()
        content = switch core.content() {
        case .json: .json
        case .bytes: .bytes
        case .empty: .empty
        }
        body = core.body
    }

    /// The value of a header.
    public func header(_ name: String) -> String? { headers.value(name) }

    /// Decodes the body.
    ///
    /// - Parameter type: A model, ``JSONValue``, `Data` (the bytes as they came), `String` (a text), or anything that
    ///   decodes. JumpCloud answers some calls with nothing, or with a word: that is an empty object or list then.
    /// - Throws: ``JumpCloudError/decode(_:)`` with the bytes that came.
    public func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T {
        if let bytes = body as? T { return bytes }
        switch content {
        case .json:
            return try decoded(type, json: body, of: details)
        case .bytes, .empty:
            if let text = String(decoding: body, as: UTF8.self) as? T { return text }
            if content == .bytes {
                if let json = JSONValue.string(String(decoding: body, as: UTF8.self)) as? T { return json }
                if mediaType?.hasPrefix("text/") != true { break }
            }
            for json in ["null", "{}", "[]"] {
                if let value = try? decoded(type, json: Data(json.utf8), of: details) { return value }
            }
        }
        throw undecodable(type, "it is \(mediaType ?? "empty")", details)
    }

    /// What an error about it says, but for the message.
    var details: JumpCloudError.Details {
        .init(message: "", operation: operation, status: status, requestID: header("x-request-id"), headers: headers, body: body)
    }

    public var description: String { "Reply(\(operation) \(status), \(body.count) bytes)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror {
        Mirror(self, children: ["operation": operation, "status": status, "bytes": body.count])
    }
}

extension CoreReply {
    /// The body where Rust keeps it: nothing is copied, and it stays as long as somebody has it.
    var body: Data {
        let count = Int(length())
        guard count > 0, let start = UnsafeMutableRawPointer(bitPattern: UInt(address())) else { return Data() }
        return Data(bytesNoCopy: start, count: count, deallocator: .custom { _, _ in withExtendedLifetime(self) {} })
    }
}

/// Decodes a JSON text, or a part of the answer that it came in: models by their own reader, which is faster, everything
/// else by `JSONDecoder`. Whatever goes wrong, in a type's own code too, is a ``JumpCloudError/decode(_:)``.
func decoded<T: Decodable>(
    _ type: T.Type, json: Data, of answer: @autoclosure () -> JumpCloudError.Details
) throws -> T {
    do {
        guard let model = type as? any JSONConvertible.Type else {
            // The reader then says what is wrong, and where.
            if !isJson(bytes: json) { _ = try JSONValue(parsing: json) }
            let decoder = JSONDecoder()
            decoder.dateDecodingStrategy = .custom { decoder in
                let text = try decoder.singleValueContainer().decode(String.self)
                if let date = Date(jumpCloud: text) { return date }
                throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "it is no time"))
            }
            return try decoder.decode(type, from: json)
        }
        if let value = model.init(try JSONValue(parsing: json)) as? T { return value }
    } catch var fault as JSONFault {
        // A part's indices are those of the whole.
        fault.offset += json.startIndex
        throw undecodable(type, "\(fault)", answer(), fault)
    } catch {
        throw undecodable(type, reason(error), answer(), error)
    }
    throw undecodable(type, "it is something else", answer())
}

private func undecodable(
    _ type: Any.Type, _ why: String, _ answer: JumpCloudError.Details, _ underlying: (any Error)? = nil
) -> JumpCloudError {
    var details = answer
    details.message = "the answer (\(answer.body.count) bytes) is no \(type): \(why)"
    details.underlying = underlying
    return .decode(details)
}

/// What a decoder threw, in words. Its own description may hold the value that it could not decode.
private func reason(_ error: any Error) -> String {
    let (what, context): (String, DecodingError.Context)
    switch error {
    case DecodingError.typeMismatch(let type, let place): (what, context) = ("expected \(type)", place)
    case DecodingError.valueNotFound(let type, let place): (what, context) = ("expected \(type), not null", place)
    case DecodingError.keyNotFound(let key, let place): (what, context) = ("expected the key \(key.stringValue)", place)
    case DecodingError.dataCorrupted(let place): (what, context) = ("a value that does not fit", place)
    default: return "\(type(of: error))"
    }
    let path = context.codingPath.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }
    return path.isEmpty ? what : "\(what) at \(path.joined())"
}
