import Foundation

/// The names and values of a call, for calls by name.
///
/// ```swift
/// let parameters: Parameters = ["groupId": id, "limit": 50, "filter": Filter.equal("type", "user_group")]
/// ```
///
/// Names are JumpCloud's, in any case style; the body is `body`. What is `nil` is left out. Values are whatever
/// encodes: texts, numbers, dates, arrays, models, ``JSONValue``, ``Filter``, ``Attachment``. Printing them shows names only.
public struct Parameters: Sendable, ExpressibleByDictionaryLiteral, CustomStringConvertible, CustomReflectable {
    private var entries: [(name: String, json: String)] = []
    private var text: String?
    private(set) var attachment: Data?
    /// The first value that could not be encoded: told when the call is made.
    private var refused: (name: String, error: any Error)?

    /// No parameters yet.
    public init() {}

    /// Parameters as the text of a JSON object, and the content of the attachment that is described in it.
    public init(json: String, attachment: Data? = nil) {
        text = json
        self.attachment = attachment
    }

    public init(dictionaryLiteral elements: (String, any Encodable & Sendable)...) {
        for (name, value) in elements { add(name, value) }
    }

    /// Sets a parameter; `nil` leaves it out.
    public mutating func set(_ name: String, _ value: (some Encodable & Sendable)?) {
        if let value { add(name, value) }
    }

    private mutating func add(_ name: String, _ value: any Encodable & Sendable) {
        do {
            entries.append((name, try encoded(value)))
        } catch {
            refused = refused ?? (name, error)
        }
    }

    private mutating func encoded(_ value: any Encodable & Sendable) throws -> String {
        if let number = value as? Double, !number.isFinite {
            let context = EncodingError.Context(codingPath: [], debugDescription: "JSON has no \(number)")
            throw EncodingError.invalidValue(number, context)
        }
        if let value = value as? any JSONConvertible { return value.jsonValue.text }
        let collector = AttachmentCollector()
        let encoder = JSONEncoder()
        // The order of a struct's keys is lost on the way; sorted they are at least the same every time.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.userInfo[.attachments] = collector
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(date.jumpCloud)
        }
        let json = try encoder.encode(value)
        attachment = collector.content ?? attachment
        return String(decoding: json, as: UTF8.self)
    }

    /// The text of the JSON object.
    func json(for operation: String) throws -> String {
        if let refused {
            throw JumpCloudError.invalidRequest(
                .init(
                    message: "\(refused.name) cannot be written as JSON: \(refused.error.localizedDescription)",
                    operation: operation, parameter: refused.name, underlying: refused.error))
        }
        if let text { return text }
        let members = entries.map { "\(JSONValue.string($0.name).text):\($0.json)" }
        return "{\(members.joined(separator: ","))}"
    }

    public var description: String { "Parameters(\(entries.map(\.name).joined(separator: ", ")))" }
    public var customMirror: Mirror { Mirror(self, children: ["names": entries.map(\.name)]) }
}
