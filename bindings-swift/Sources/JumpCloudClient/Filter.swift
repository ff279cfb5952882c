import Foundation

/// Which items of a list are wanted; the same expression for every operation that filters.
///
/// ```swift
/// let filter = Filter.equal("department", "IT") && !Filter.equal("suspended", true)
/// for try await user in jc.v1.systemUsers.list(filter: filter) { print(user.username ?? "") }
/// ```
///
/// JumpCloud's own text is a filter, too: `"department:$eq:IT"`. What an operation's dialect cannot say is refused
/// before anything is sent.
public struct Filter: Sendable, Hashable, JSONConvertible, Codable, ExpressibleByStringLiteral {
    /// The expression as JSON.
    public let jsonValue: JSONValue

    /// An expression as JSON, or JumpCloud's own text.
    public init(_ value: JSONValue) { jsonValue = value }

    /// JumpCloud's own text.
    public init(stringLiteral text: String) { jsonValue = .string(text) }

    public init(from decoder: any Decoder) throws { jsonValue = try JSONValue(from: decoder) }
    public func encode(to encoder: any Encoder) throws { try jsonValue.encode(to: encoder) }

    private init(_ field: String, _ `operator`: String, _ operands: KeyValuePairs<String, JSONValue>) {
        var json: JSONObject = ["field": .string(field), "operator": .string(`operator`)]
        for (key, value) in operands { json[key] = value }
        jsonValue = .object(json)
    }

    /// The field has this value.
    public static func equal(_ field: String, _ value: some JSONConvertible) -> Filter {
        Filter(field, "eq", ["value": value.jsonValue])
    }
    /// The field has another value.
    public static func notEqual(_ field: String, _ value: some JSONConvertible) -> Filter {
        Filter(field, "ne", ["value": value.jsonValue])
    }
    /// The field's value is greater.
    public static func greater(_ field: String, than value: some JSONConvertible) -> Filter {
        Filter(field, "gt", ["value": value.jsonValue])
    }
    /// The field's value is this or greater.
    public static func atLeast(_ field: String, _ value: some JSONConvertible) -> Filter {
        Filter(field, "ge", ["value": value.jsonValue])
    }
    /// The field's value is less.
    public static func less(_ field: String, than value: some JSONConvertible) -> Filter {
        Filter(field, "lt", ["value": value.jsonValue])
    }
    /// The field's value is this or less.
    public static func atMost(_ field: String, _ value: some JSONConvertible) -> Filter {
        Filter(field, "le", ["value": value.jsonValue])
    }
    /// The field has one of these values.
    public static func oneOf(_ field: String, _ values: [some JSONConvertible]) -> Filter {
        Filter(field, "in", ["values": values.jsonValue])
    }
    /// The field's value lies between these, or is one of them.
    public static func between(_ field: String, _ low: some JSONConvertible, _ high: some JSONConvertible) -> Filter {
        Filter(field, "between", ["low": low.jsonValue, "high": high.jsonValue])
    }
    /// The field's text is this one, in which each `*` stands for any text: the lists of v2 know that. (In ``equal(_:_:)`` a `*` is
    /// itself.)
    public static func matches(_ field: String, _ pattern: String) -> Filter {
        Filter(field, "eq", ["value": .object(["wildcard": .string(pattern)])])
    }
    /// The field's text holds this one.
    public static func contains(_ field: String, _ text: String) -> Filter {
        Filter(field, "search", ["value": .string(text)])
    }
    /// The field's text starts with this one.
    public static func startsWith(_ field: String, _ text: String) -> Filter {
        Filter(field, "starts_with", ["value": .string(text)])
    }
    /// The field's text ends with this one.
    public static func endsWith(_ field: String, _ text: String) -> Filter {
        Filter(field, "ends_with", ["value": .string(text)])
    }
    /// The field's text is this one, in any case.
    public static func equalIgnoringCase(_ field: String, _ text: String) -> Filter {
        Filter(field, "eq_ignoring_case", ["value": .string(text)])
    }
    /// All of these hold.
    public static func and(_ filters: [Filter]) -> Filter { Filter(["and": filters.jsonValue]) }
    /// One of these holds.
    public static func or(_ filters: [Filter]) -> Filter { Filter(["or": filters.jsonValue]) }
    /// This does not hold.
    public static func not(_ filter: Filter) -> Filter { Filter(["not": filter.jsonValue]) }

    /// Both hold.
    public static func && (one: Filter, other: Filter) -> Filter { .and([one, other]) }
    /// One of them holds.
    public static func || (one: Filter, other: Filter) -> Filter { .or([one, other]) }
    /// It does not hold.
    public static prefix func ! (filter: Filter) -> Filter { .not(filter) }
}
