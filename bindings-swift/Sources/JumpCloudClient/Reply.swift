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
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// Decodes the body.
    ///
    /// - Parameter type: A model, ``JSONValue``, `Data` (the bytes as they came), `String` (a text), or anything that
    ///   decodes. JumpCloud answers some calls with nothing: that is an empty object or list then.
    /// - Throws: ``JumpCloudError/decode(_:)`` with the bytes that came.
    public func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T {
        if let bytes = body as? T { return bytes }
        switch content {
        case .json:
            return try decoded(type, json: body, operation: operation, status: status)
        case .bytes:
            if let text = String(decoding: body, as: UTF8.self) as? T { return text }
            if let json = JSONValue.string(String(decoding: body, as: UTF8.self)) as? T { return json }
        case .empty:
            if let text = "" as? T { return text }
            for json in ["null", "{}", "[]"] {
                if let value = try? decoded(type, json: Data(json.utf8), operation: operation) { return value }
            }
        }
        throw undecodable(type, "it is \(mediaType ?? "empty")", body, operation, status)
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
    _ type: T.Type, json: Data, operation: String, status: Int? = nil, answer: Data? = nil
) throws -> T {
    let (why, failure): (String, (any Error)?)
    do {
        guard let model = type as? any JSONConvertible.Type else {
            // The reader then says what is wrong, and where.
            if !isJson(bytes: json) { _ = try JSONValue(parsing: json) }
            return try JSONDecoder().decode(type, from: json)
        }
        if let value = model.init(try JSONValue(parsing: json)) as? T { return value }
        (why, failure) = ("it is something else", nil)
    } catch var fault as JSONFault {
        // A part's indices are those of the whole.
        fault.offset += json.startIndex
        (why, failure) = ("\(fault)", fault)
    } catch {
        (why, failure) = ("\(error)", error)
    }
    throw undecodable(type, why, answer ?? json, operation, status, failure)
}

func undecodable(
    _ type: Any.Type, _ why: String, _ body: Data, _ operation: String, _ status: Int?, _ underlying: (any Error)? = nil
) -> JumpCloudError {
    .decode(
        .init(
            message: "the answer (\(body.count) bytes) is no \(type): \(why)", operation: operation, status: status,
            body: body, underlying: underlying))
}
