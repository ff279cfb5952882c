/// A JSON object, with its keys in their order.
///
/// Where a key stands twice, as JSON allows, the last one counts.
public struct JSONObject: Sendable {
    struct Member: Sendable {
        /// Compared before the key: 60 keys are passed in the time that one comparison of texts takes.
        let mark: Int
        let key: String
        var value: JSONValue
    }

    /// The only property: a struct of one reference costs its 1,100 wrappers no code to be copied.
    var members: [Member] = []

    /// An empty object.
    public init() { members = [] }

    /// An object of these members.
    public init(_ members: some Sequence<(String, JSONValue)>) {
        for (key, value) in members { self[key] = value }
    }

    /// A number for a key, the same for the same key.
    static func mark(_ key: String) -> Int {
        var key = key
        return key.withUTF8 { mark($0) }
    }

    static func mark(_ key: UnsafeBufferPointer<UInt8>) -> Int {
        var mark = key.count
        for byte in key { mark = (mark &* 31) &+ Int(byte) }
        return mark
    }

    /// The last member of an object in which a field that is set to `nil` becomes `null` instead of leaving: for
    /// `Model.clearing`.
    static let clearing = Member(mark: .min, key: "", value: .null)
    var nilIsNull: Bool { members.last?.mark == .min }

    private func index(of key: String) -> Int? {
        let mark = Self.mark(key)
        return members.lastIndex { $0.mark == mark && $0.key == key }
    }

    /// The value under a key; `nil` when there is none, which is not the same as `null`.
    public subscript(key: String) -> JSONValue? {
        get { index(of: key).map { members[$0].value } }
        set {
            switch (index(of: key), newValue) {
            case (let index?, let value?): members[index].value = value
            case (nil, let value?): members.append(Member(mark: Self.mark(key), key: key, value: value))
            case (_, nil): members.removeAll { $0.key == key }
            }
        }
    }

    /// The keys, in their order.
    public var keys: [String] { members.map(\.key) }
    /// How many members it has.
    public var count: Int { members.count }
    /// Whether it has none.
    public var isEmpty: Bool { members.isEmpty }

    var redacted: JSONObject {
        var copy = self
        for (index, member) in members.enumerated() {
            if case .null = member.value { continue }
            copy.members[index].value =
                if Self.harmless.contains(member.key) {
                    member.value.redactedBelow
                } else if Self.harmless.contains(member.key + ".") {
                    // It only ever holds objects.
                    member.value.redacted
                } else {
                    "[redacted]"
                }
        }
        return copy
    }

    /// The rule of the core's `secret.rs`: what nobody has judged to be harmless is not shown.
    static let harmless = Set(harmlessNames.split(separator: "\n").map(String.init))
}

extension JSONObject: Hashable {
    /// Whether they have the same values under the same keys, in whichever order.
    public static func == (one: JSONObject, other: JSONObject) -> Bool {
        one.members.count == other.members.count && one.members.allSatisfy { other[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(members.count)
        hasher.combine(members.reduce(0) { $0 ^ $1.mark ^ $1.value.hashValue })
    }
}

extension JSONObject: Sequence {
    /// The members in their order.
    public func makeIterator() -> some IteratorProtocol<(key: String, value: JSONValue)> {
        members.lazy.map { (key: $0.key, value: $0.value) }.makeIterator()
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}

extension JSONObject: CustomDebugStringConvertible, CustomReflectable {
    /// As JSON, without the values of passwords, keys and other secrets. ``text`` has them.
    public var debugDescription: String { redacted.text }
    /// As ``debugDescription``: `dump` shows no secret either.
    public var customMirror: Mirror { Mirror(self, children: ["json": debugDescription]) }
}

extension JSONObject: Codable {
    struct CodedKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        self = try JSONObject(decoder.container(keyedBy: CodedKey.self))
    }

    init(_ container: KeyedDecodingContainer<CodedKey>) throws {
        for key in container.allKeys {
            self[key.stringValue] = try container.decode(JSONValue.self, forKey: key)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodedKey.self)
        for member in members {
            try container.encode(member.value, forKey: CodedKey(stringValue: member.key))
        }
    }
}
