/// What can stand in JSON: the type of a parameter, of a field, of a reply.
public protocol JSONConvertible: Sendable {
    /// Reads it; `nil` when it is something else.
    init?(_ value: JSONValue)
    /// It as JSON.
    var jsonValue: JSONValue { get }
}

/// One of JumpCloud's records, such as ``SystemUser``. All are `Codable`, their fields are optional, and nothing that
/// JumpCloud sends breaks one. Only the ids that JumpCloud always sends are no optionals, in records that are never sent:
/// they are empty in the rare reply without one, such as one that was asked for other fields.
///
/// A model is a view of the JSON object it was read from. A field that the type does not have stays in it and is
/// written back; so does a value that is not what the description says, and its field reads as `nil` then:
///
/// ```swift
/// var user = try JSONDecoder().decode(SystemUser.self, from: data)
/// user["newField"]          // what JumpCloud added yesterday
/// user.department = "IT"
/// let same = try JSONEncoder().encode(user)
/// ```
///
/// In a body, a field that is `nil` is left out, and keeps its value in JumpCloud. ``clearing(_:)`` sends a `null`.
///
/// Two records are the same when they hold the same (`==`). They are not `Hashable` before you say so, which takes no
/// code: `extension SystemUser: @retroactive Hashable {}`. A conformance of 1,100 types is in every program that uses
/// the library, whether it uses them or not; for the same reason all enums are one generic type, ``OpenEnum``, a model
/// cannot be changed but through its fields, they are compiled into the programs that use them, and `Codable` stands
/// beside `Model` and not in it.
public protocol Model: JSONConvertible {
    /// A new record in which nothing is set.
    init()
}

extension Model {
    /// Everything it holds, by JumpCloud's keys.
    public var json: JSONObject { jsonValue.object ?? JSONObject() }

    /// The value under one of JumpCloud's keys, whether it has a field or not.
    public subscript(key: String) -> JSONValue? {
        get { json[key] }
        set { change { $0[key] = newValue } }
    }

    /// A new record: `SystemUserPut { $0.department = "IT" }`.
    public init(_ fill: (inout Self) throws -> Void) rethrows {
        self.init()
        try fill(&self)
    }

    public init(from decoder: any Decoder) throws {
        let fields = try JSONObject(from: decoder)
        self.init()
        change { $0 = fields }
    }
    public func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
    public static func == (one: Self, other: Self) -> Bool { one.json == other.json }
    public func hash(into hasher: inout Hasher) { hasher.combine(json) }

    /// The same, and this field is sent as `null`, which clears its value.
    ///
    /// ```swift
    /// SystemUserPut(department: "IT").clearing(\.manager)     // {"department":"IT","manager":null}
    /// ```
    public func clearing<Value>(_ field: WritableKeyPath<Self, Value?>) -> Self {
        var copy = self
        copy.change { $0.members.append(JSONObject.clearing) }
        copy[keyPath: field] = nil
        copy.change { $0.members.removeAll { $0.mark == JSONObject.clearing.mark } }
        return copy
    }

    @usableFromInline mutating func set<Value: JSONConvertible>(_ key: String, _ value: Value?) {
        change { $0.set(key, value) }
    }

    @usableFromInline mutating func setDecimal(_ key: String, _ value: Int?) {
        change { $0.setDecimal(key, value) }
    }

    private mutating func change(_ change: (inout JSONObject) -> Void) {
        var fields = json
        // So that `fields` is the only owner, and nothing is copied.
        self = Self()
        change(&fields)
        self = Self(.object(fields)) ?? self
    }
}

/// A text of which JumpCloud names some values, and adds others without notice.
///
/// ```swift
/// switch user.state {
/// case .suspended: print("suspended")
/// case let other?: print(other.rawValue)
/// case nil: break
/// }
/// ```
///
/// `Values` only tells one enum from the others; `SystemUserState` and all others are names of this type.
public struct OpenEnum<Values>: RawRepresentable, JSONConvertible, Codable, Hashable, CustomStringConvertible {
    /// The text.
    public let rawValue: String
    /// The value that JumpCloud writes so, named or not.
    public init(rawValue: String) { self.rawValue = rawValue }
    public init?(_ value: JSONValue) {
        guard case .string(let text) = value else { return nil }
        rawValue = text
    }
    public var jsonValue: JSONValue { .string(rawValue) }
    public var description: String { rawValue }
}

// What the generated properties are made of. Where the value under the key is of another type, it reads as `nil`.
extension JSONObject {
    @usableFromInline func get<Value: JSONConvertible>(_ key: String) -> Value? {
        self[key].flatMap { Value($0) }
    }

    @usableFromInline mutating func set<Value: JSONConvertible>(_ key: String, _ value: Value?) {
        if let value {
            self[key] = value.jsonValue
        } else {
            self[key] = nilIsNull ? JSONValue.null : Optional.none
        }
    }

    /// A 64-bit number that JumpCloud writes as a text, and sometimes as a number.
    @usableFromInline func getDecimal(_ key: String) -> Int? {
        self[key].flatMap { $0.string.flatMap { Int($0) } ?? $0.int }
    }

    @usableFromInline mutating func setDecimal(_ key: String, _ value: Int?) {
        set(key, value.map { String($0) })
    }
}

extension JSONValue: JSONConvertible {
    public init(_ value: JSONValue) { self = value }
    public var jsonValue: JSONValue { self }
}

extension JSONObject: JSONConvertible {
    public init?(_ value: JSONValue) {
        guard case .object(let object) = value else { return nil }
        self = object
    }
    public var jsonValue: JSONValue { .object(self) }
}

extension String: JSONConvertible {
    public init?(_ value: JSONValue) {
        guard case .string(let text) = value else { return nil }
        self = text
    }
    public var jsonValue: JSONValue { .string(self) }
}

extension Bool: JSONConvertible {
    public init?(_ value: JSONValue) {
        guard case .bool(let bool) = value else { return nil }
        self = bool
    }
    public var jsonValue: JSONValue { .bool(self) }
}

extension Int: JSONConvertible {
    public init?(_ value: JSONValue) {
        guard let number = value.int else { return nil }
        self = number
    }
    public var jsonValue: JSONValue { .number(JSONNumber(self)) }
}

extension UInt: JSONConvertible {
    public init?(_ value: JSONValue) {
        guard case .number(let number) = value, let number = UInt(number.text) else { return nil }
        self = number
    }
    public var jsonValue: JSONValue { .number(JSONNumber(self)) }
}

extension Double: JSONConvertible {
    public init?(_ value: JSONValue) {
        guard let number = value.double else { return nil }
        self = number
    }
    public var jsonValue: JSONValue { .number(JSONNumber(self)) }
}

extension Array: JSONConvertible where Element: JSONConvertible {
    /// All items, or `nil`: none is ever left out.
    public init?(_ value: JSONValue) {
        guard case .array(let items) = value else { return nil }
        self = []
        reserveCapacity(items.count)
        for item in items {
            guard let item = Element(item) else { return nil }
            append(item)
        }
    }
    public var jsonValue: JSONValue { .array(map(\.jsonValue)) }
}

extension Dictionary: JSONConvertible where Key == String, Value: JSONConvertible {
    /// All entries, or `nil`: none is ever left out.
    public init?(_ value: JSONValue) {
        guard case .object(let object) = value else { return nil }
        self = [:]
        for (key, value) in object {
            guard let value = Value(value) else { return nil }
            self[key] = value
        }
    }
    /// An object, its keys sorted: the same dictionary is always written in the same way.
    public var jsonValue: JSONValue { .object(JSONObject(sorted { $0.key < $1.key }.map { ($0.key, $0.value.jsonValue) })) }
}
