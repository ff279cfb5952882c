/// Where a text stops being JSON.
public struct JSONFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong there.
    public var what: String
    /// How many bytes come before it.
    public var offset: Int
    public var description: String { "\(what) at byte \(offset)" }
}

extension JSONValue {
    /// Reads a JSON text. It is several times faster than `JSONDecoder`, and what it reads goes into a model as it is.
    ///
    /// ```swift
    /// let user = try SystemUser(JSONValue(parsing: data))
    /// ```
    ///
    /// - Throws: ``JSONFault``
    public init(parsing bytes: UnsafeRawBufferPointer) throws(JSONFault) {
        var reader = JSONReader(bytes)
        self = try reader.whole()
    }

    /// Reads a JSON text, of `Data`, an array or a slice of one.
    public init(parsing bytes: some Sequence<UInt8>) throws(JSONFault) {
        let read: Result<JSONValue, JSONFault>? = bytes.withContiguousStorageIfAvailable { bytes in
            var reader = JSONReader(UnsafeRawBufferPointer(bytes))
            do throws(JSONFault) { return .success(try reader.whole()) } catch { return .failure(error) }
        }
        self = try (read ?? Self.copied(bytes)).get()
    }

    private static func copied(_ bytes: some Sequence<UInt8>) -> Result<JSONValue, JSONFault> {
        do throws(JSONFault) { return .success(try JSONValue(parsing: Array(bytes))) } catch { return .failure(error) }
    }

    /// Reads a JSON text.
    public init(parsing text: String) throws(JSONFault) {
        try self.init(parsing: Array(text.utf8))
    }

    /// The value as compact JSON, secrets included.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The value as compact JSON in UTF-8, secrets included.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return bytes
    }

    func write(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let number): bytes.append(contentsOf: number.text.utf8)
        case .string(let text): Self.write(text, into: &bytes)
        case .array(let items):
            bytes.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                item.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.write(member.key, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
            case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
            case 0x0D: bytes.append(contentsOf: #"\r"#.utf8)
            case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
            case 0..<0x20:
                bytes.append(contentsOf: (byte < 0x10 ? #"\u000"# : #"\u00"#).utf8)
                bytes.append(contentsOf: String(byte, radix: 16).utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension JSONObject {
    /// The object as compact JSON, secrets included.
    public var text: String { JSONValue.object(self).text }
}

/// Reads JSON (RFC 8259) into values.
///
/// Keys repeat from item to item of a page: each is made once and then shared, which is where most of the time goes
/// otherwise.
struct JSONReader {
    private let bytes: UnsafeRawBufferPointer
    private var at = 0
    private var depth = 0
    private var known = [String](repeating: "", count: 256)

    /// How deep arrays and objects may stand in one another, as in the core.
    private static let deepest = 128

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func whole() throws(JSONFault) -> JSONValue {
        let value = try value()
        space()
        guard at == bytes.count else { throw fault("expected nothing more") }
        return value
    }

    /// The byte in hand; 0, which JSON does not have, at the end.
    private var byte: UInt8 { at < bytes.count ? bytes[at] : 0 }

    private func fault(_ what: String) -> JSONFault {
        JSONFault(what: at < bytes.count ? what : "unexpected end", offset: at)
    }

    private mutating func space() {
        while true {
            switch byte {
            case 0x20, 0x0A, 0x0D, 0x09: at += 1
            default: return
            }
        }
    }

    private mutating func value() throws(JSONFault) -> JSONValue {
        space()
        switch byte {
        case UInt8(ascii: "\""): return .string(try string(key: false))
        case UInt8(ascii: "{"): return .object(try nested { reader throws(JSONFault) in try reader.object() })
        case UInt8(ascii: "["): return .array(try nested { reader throws(JSONFault) in try reader.array() })
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: throw fault("expected a value")
        }
    }

    private mutating func nested<T>(_ read: (inout JSONReader) throws(JSONFault) -> T) throws(JSONFault) -> T {
        guard depth < Self.deepest else { throw fault("nested too deep") }
        depth += 1
        at += 1
        let value = try read(&self)
        depth -= 1
        return value
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONFault) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard byte == word.utf8Start[index] else { throw fault("expected a value") }
            at += 1
        }
        return value
    }

    private mutating func array() throws(JSONFault) -> [JSONValue] {
        var items: [JSONValue] = []
        space()
        if byte == UInt8(ascii: "]") {
            at += 1
            return items
        }
        while true {
            items.append(try value())
            space()
            switch byte {
            case UInt8(ascii: ","): at += 1
            case UInt8(ascii: "]"):
                at += 1
                return items
            default: throw fault("expected , or ]")
            }
        }
    }

    private mutating func object() throws(JSONFault) -> JSONObject {
        var object = JSONObject()
        space()
        if byte == UInt8(ascii: "}") {
            at += 1
            return object
        }
        while true {
            space()
            guard byte == UInt8(ascii: "\"") else { throw fault("expected a key") }
            let (mark, key) = try key()
            space()
            guard byte == UInt8(ascii: ":") else { throw fault("expected :") }
            at += 1
            object.members.append(JSONObject.Member(mark: mark, key: key, value: try value()))
            space()
            switch byte {
            case UInt8(ascii: ","): at += 1
            case UInt8(ascii: "}"):
                at += 1
                return object
            default: throw fault("expected , or }")
            }
        }
    }

    private mutating func key() throws(JSONFault) -> (Int, String) {
        let key = try string(key: true)
        return (JSONObject.mark(key), key)
    }

    private mutating func string(key: Bool) throws(JSONFault) -> String {
        at += 1
        let start = at
        var bits: UInt8 = 0
        while true {
            let byte = byte
            if byte == UInt8(ascii: "\"") {
                let text = UnsafeBufferPointer(rebasing: bytes.bindMemory(to: UInt8.self)[start..<at])
                let read = key ? shared(text) : String(decoding: text, as: UTF8.self)
                if bits >= 0x80 { try check(read, is: text) }
                at += 1
                return read
            }
            if byte == UInt8(ascii: "\\") { return try escaped(from: start) }
            guard byte >= 0x20 else { throw fault("a control character in a string") }
            bits |= byte
            at += 1
        }
    }

    /// Swift puts other characters for bytes that are no UTF-8, and nobody would know.
    private func check(_ text: String, is bytes: some Sequence<UInt8>) throws(JSONFault) {
        guard text.utf8.elementsEqual(bytes) else { throw fault("a text that is no UTF-8") }
    }

    /// The key that was made of these bytes before.
    private mutating func shared(_ text: UnsafeBufferPointer<UInt8>) -> String {
        let place = JSONObject.mark(text) & 0xFF
        var candidate = known[place]
        let same = candidate.withUTF8 { $0.count == text.count && $0.elementsEqual(text) }
        if same { return candidate }
        let made = String(decoding: text, as: UTF8.self)
        known[place] = made
        return made
    }

    private mutating func escaped(from start: Int) throws(JSONFault) -> String {
        var text = [UInt8](bytes[start..<at])
        while true {
            switch byte {
            case UInt8(ascii: "\""):
                let read = String(decoding: text, as: UTF8.self)
                try check(read, is: text)
                at += 1
                return read
            case UInt8(ascii: "\\"):
                at += 1
                let escape = byte
                at += 1
                switch escape {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
                case UInt8(ascii: "b"): text.append(0x08)
                case UInt8(ascii: "f"): text.append(0x0C)
                case UInt8(ascii: "n"): text.append(0x0A)
                case UInt8(ascii: "r"): text.append(0x0D)
                case UInt8(ascii: "t"): text.append(0x09)
                case UInt8(ascii: "u"): text.append(contentsOf: try scalar().utf8)
                default:
                    at -= 1
                    throw fault("an unknown escape")
                }
            case let byte:
                guard byte >= 0x20 else { throw fault("a control character in a string") }
                text.append(byte)
                at += 1
            }
        }
    }

    /// After `\u`. Half of a surrogate pair is no character, here as in the core.
    private mutating func scalar() throws(JSONFault) -> Unicode.Scalar {
        var code = try fourDigits()
        if (0xD800..<0xDC00).contains(code) {
            guard byte == UInt8(ascii: "\\"), at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "u") else {
                throw fault("half a character")
            }
            at += 2
            let low = try fourDigits()
            guard (0xDC00..<0xE000).contains(low) else { throw fault("half a character") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw fault("half a character") }
        return scalar
    }

    private mutating func fourDigits() throws(JSONFault) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw fault("expected four hexadecimal digits")
            }
            code = code << 4 | UInt32(digit)
            at += 1
        }
        return code
    }

    private mutating func number() throws(JSONFault) -> JSONNumber {
        let start = at
        if byte == UInt8(ascii: "-") { at += 1 }
        if byte == UInt8(ascii: "0") { at += 1 } else { try digits() }
        if byte == UInt8(ascii: ".") {
            at += 1
            try digits()
        }
        if byte | 0x20 == UInt8(ascii: "e") {
            at += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { at += 1 }
            try digits()
        }
        return JSONNumber(read: String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<at]), as: UTF8.self))
    }

    private mutating func digits() throws(JSONFault) {
        let start = at
        while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
        guard at > start else { throw fault("expected a digit") }
    }
}
