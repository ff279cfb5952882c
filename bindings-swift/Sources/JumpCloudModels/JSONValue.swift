/// Any JSON value, for what has no type of its own and for calls by name.
///
/// ```swift
/// let body: JSONValue = ["department": "IT", "attributes": [["name": "floor", "value": 3]], "manager": nil]
/// print(body["department"]?.string ?? "")     // IT
/// print(body["attributes"]?[0]?["value"]?.int ?? 0)     // 3
/// ```
///
/// Objects keep the order of their keys, and numbers their digits: what was read is written back as it came.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// The text, if it is one.
    public var string: String? { if case .string(let text) = self { text } else { nil } }
    /// `true` or `false`, if it is one of them.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The whole number, if it is one that fits.
    public var int: Int? { if case .number(let number) = self { Int(number.text) } else { nil } }
    /// The number, if it is one.
    public var double: Double? { if case .number(let number) = self { Double(number.text) } else { nil } }
    /// The items of an array.
    public var array: [JSONValue]? { if case .array(let items) = self { items } else { nil } }
    /// The members of an object.
    public var object: JSONObject? { if case .object(let object) = self { object } else { nil } }
    /// Whether it is `null`.
    public var isNull: Bool { self == .null }

    /// The value under a key of an object. Setting it in anything else makes an object of it.
    public subscript(key: String) -> JSONValue? {
        get { object?[key] }
        set {
            var changed = object ?? JSONObject()
            self = .null // So that there is one owner, and nothing is copied.
            changed[key] = newValue
            self = .object(changed)
        }
    }

    /// The item of an array; nothing beyond its end.
    public subscript(index: Int) -> JSONValue? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }
}

/// A number as JSON writes it, with all of its digits.
public struct JSONNumber: Sendable, Hashable {
    /// Its text, such as `-1.5e3`.
    public let text: String

    /// For what a JSON text held.
    init(read text: String) { self.text = text }

    /// A whole number.
    public init(_ number: some BinaryInteger) { text = String(number) }

    /// A number; infinities and NaN are not in JSON and become `null` where they are written.
    public init(_ number: Double) {
        // 3.0 is written as 3, as most of JSON's writers do.
        text = Int(exactly: number).map { String($0) } ?? (number.isFinite ? "\(number)" : "null")
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }
    public init(floatLiteral value: Double) { self = .number(JSONNumber(value)) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}

extension JSONValue: CustomDebugStringConvertible, CustomReflectable {
    /// As JSON, of which is shown what is known to be harmless. ``text`` has all.
    public var debugDescription: String { redacted.text }
    /// As ``debugDescription``: `dump` shows no secret either.
    public var customMirror: Mirror { Mirror(self, children: ["json": debugDescription]) }

    var redacted: JSONValue {
        switch self {
        case .array(let items): .array(items.map(\.redacted))
        case .object(let object): .object(object.redacted)
        case .null: self
        default: "[redacted]"
        }
    }

    /// The same below a name whose values may be shown.
    var redactedBelow: JSONValue {
        switch self {
        case .array(let items): .array(items.map(\.redactedBelow))
        case .object(let object): .object(object.redacted)
        default: self
        }
    }
}

extension JSONValue: Codable {
    public init(from decoder: any Decoder) throws {
        // What is most frequent comes first: an attempt that fails makes an error, which takes its time.
        if let value = try? decoder.singleValueContainer() {
            if value.decodeNil() {
                self = .null
                return
            } else if let text = try? value.decode(String.self) {
                self = .string(text)
                return
            } else if let bool = try? value.decode(Bool.self) {
                self = .bool(bool)
                return
            } else if let number = try? value.decode(Int.self) {
                self = .number(JSONNumber(number))
                return
            } else if let number = try? value.decode(UInt.self) {
                self = .number(JSONNumber(number))
                return
            } else if let number = try? value.decode(Double.self) {
                self = .number(JSONNumber(number))
                return
            }
        }
        if var items = try? decoder.unkeyedContainer() {
            var array: [JSONValue] = []
            while !items.isAtEnd { array.append(try items.decode(JSONValue.self)) }
            self = .array(array)
        } else {
            self = .object(try JSONObject(decoder.container(keyedBy: JSONObject.CodedKey.self)))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .array(let items):
            var container = encoder.unkeyedContainer()
            for item in items { try container.encode(item) }
        case .object(let object):
            try object.encode(to: encoder)
        default:
            var container = encoder.singleValueContainer()
            switch self {
            case .bool(let value): try container.encode(value)
            case .string(let text): try container.encode(text)
            case .number(let number):
                if let whole = Int(number.text) {
                    try container.encode(whole)
                } else if let whole = UInt(number.text) {
                    try container.encode(whole)
                } else if let other = Double(number.text) {
                    try container.encode(other)
                } else {
                    try container.encodeNil()
                }
            default: try container.encodeNil()
            }
        }
    }
}
