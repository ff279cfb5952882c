/// What can stand in JSON: the type of a parameter, of a field, of a reply.
public protocol JSONConvertible: Sendable {
    /// Reads it; `nil` when it is something else.
    init?(_ value: JSONValue)
    /// It as JSON.
    var jsonValue: JSONValue { get }
}

/// One of JumpCloud's records. All of its fields are optional, and nothing that JumpCloud sends breaks it.
///
/// A model is a view of the JSON object it was read from. A field that the type does not have stays in it and is
/// written back; so does a value that is not what the description says, and its field reads as `nil` then:
///
/// ```swift
/// var user = try JSONDecoder().decode(SystemUser.self, from: data)
/// user.json["newField"]          // what JumpCloud added yesterday
/// user.department = "IT"
/// let same = try JSONEncoder().encode(user)
/// ```
///
/// In a body, a field that is `nil` is left out, and keeps its value in JumpCloud. ``clearing(_:)`` sends a `null`.
///
/// Two records are the same when they hold the same (`==`). They are not `Hashable` before you say so, as that would
/// make every program a fifth of this library larger; it takes no code: `extension SystemUser: @retroactive Hashable {}`.
public protocol Model: JSONConvertible, Codable {
    /// Everything it holds, by JumpCloud's keys.
    var json: JSONObject { get }
    /// The record that holds this.
    init(json: JSONObject)
}

extension Model {
    /// A record of the object that this is; `nil` when it is no object.
    public init?(_ value: JSONValue) {
        guard case .object(let object) = value else { return nil }
        self.init(json: object)
    }

    public var jsonValue: JSONValue { .object(json) }

    /// A new record in which nothing is set.
    public init() { self.init(json: JSONObject()) }

    /// A new record: `SystemUserPut { $0.department = "IT" }`.
    public init(_ fill: (inout Self) throws -> Void) rethrows {
        self.init(json: JSONObject())
        try fill(&self)
    }

    public init(from decoder: any Decoder) throws { self.init(json: try JSONObject(from: decoder)) }
    public func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
    public static func == (one: Self, other: Self) -> Bool { one.json == other.json }
    public func hash(into hasher: inout Hasher) { hasher.combine(json) }

    /// The same, and this field is sent as `null`, which clears its value.
    ///
    /// ```swift
    /// SystemUserPut(department: "IT").clearing(\.manager)     // {"department":"IT","manager":null}
    /// ```
    public func clearing<Value>(_ field: WritableKeyPath<Self, Value?>) -> Self {
        var fields = json
        fields.members.append(JSONObject.clearing)
        var copy = Self(json: fields)
        copy[keyPath: field] = nil
        fields = copy.json
        fields.members.removeAll { $0.mark == JSONObject.clearing.mark }
        return Self(json: fields)
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
public protocol OpenEnum: RawRepresentable<String>, JSONConvertible, Codable, Hashable, CustomStringConvertible {
    init(rawValue: String)
}

extension OpenEnum {
    public init?(_ value: JSONValue) {
        guard case .string(let text) = value else { return nil }
        self.init(rawValue: text)
    }
    public init(from decoder: any Decoder) throws { self.init(rawValue: try String(from: decoder)) }
    public func encode(to encoder: any Encoder) throws { try rawValue.encode(to: encoder) }
    public static func == (one: Self, other: Self) -> Bool { one.rawValue == other.rawValue }
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
    public var jsonValue: JSONValue { .string(rawValue) }
    public var description: String { rawValue }
}

// What the generated properties are made of. They are compiled into the programs that use them
// (`@_alwaysEmitIntoClient`): 5,500 of them in the library would be most of it. Where the value under the key is of another type, it reads as `nil`.
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
