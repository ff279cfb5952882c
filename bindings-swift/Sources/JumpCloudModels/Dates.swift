import Foundation

extension Model {
    /// The time that a text field tells; `nil` when it has none, or one that no calendar has.
    ///
    /// ```swift
    /// user.date(\.created)     // from "2013-10-16T19:30:55.611Z"
    /// ```
    ///
    /// Dates stay text in the models: JumpCloud's services do not all write them the same way, agents report
    /// impossible ones, and what is read must be written back as it was.
    public func date(_ field: KeyPath<Self, String?>) -> Date? {
        self[keyPath: field].flatMap { Date(jumpCloud: $0) }
    }
}

extension Date {
    /// Reads a date as JumpCloud writes them: a day (`2013-10-16`), or a day and a time with or without fractions of a
    /// second and a zone. What has no zone is in UTC.
    public init?(jumpCloud text: String) {
        var rest = text.utf8[...]
        func digits(_ count: Int) -> Int? {
            let digits = rest.prefix(count)
            guard digits.count == count, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            else { return nil }
            rest = rest.dropFirst(count)
            return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }
        func take(_ letters: String) -> Bool {
            guard let first = rest.first, letters.utf8.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = digits(4), take("-"), let month = digits(2), take("-"), let day = digits(2) else { return nil }
        var seconds = 0, fraction = 0.0
        if take("Tt ") {
            guard let hour = digits(2), take(":"), let minute = digits(2), take(":"), let second = digits(2),
                hour < 24, minute < 60, second <= 60
            else { return nil }
            seconds = (hour * 60 + minute) * 60 + second
            if take(".") {
                let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
                guard let value = Double("0.\(String(decoding: digits, as: UTF8.self))"), !digits.isEmpty else { return nil }
                fraction = value
                rest = rest.dropFirst(digits.count)
            }
            let sign = rest.first == UInt8(ascii: "-") ? 1 : -1
            if take("+-") {
                guard let hours = digits(2), take(":") || true, let minutes = digits(2), hours < 24, minutes < 60
                else { return nil }
                seconds += sign * (hours * 60 + minutes) * 60
            } else {
                _ = take("Zz")
            }
        }
        guard rest.isEmpty, let days = Self.days(year, month, day) else { return nil }
        self.init(timeIntervalSince1970: Double(days * 86_400 + seconds) + fraction)
    }

    /// Days since 1970 of a day of the Gregorian calendar that there is.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int? {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(month), (1...lengths[month - 1]).contains(day), year > 0 else { return nil }
        let before = year - 1
        let leapDays = before / 4 - before / 100 + before / 400
        return before * 365 + leapDays + lengths.prefix(month - 1).reduce(0, +) + day - 1 - 719_162
    }
}

extension Date: JSONConvertible {
    /// Reads a text as ``init(jumpCloud:)`` does.
    public init?(_ value: JSONValue) {
        guard let text = value.string else { return nil }
        self.init(jumpCloud: text)
    }

    /// The text that JumpCloud reads, in UTC: `2026-01-31T09:00:00Z`, with milliseconds where the time has some.
    ///
    /// ```swift
    /// Filter.less("created", than: Date(timeIntervalSince1970: 1_769_850_000))     // created before 2026-01-31T09:00:00Z
    /// ```
    public var jsonValue: JSONValue { .string(jumpCloud) }

    /// The text that JumpCloud reads. A time before 1970 or after the year 9999 has none that all of its services take: it is a
    /// text that is refused.
    public var jumpCloud: String {
        let milliseconds = (timeIntervalSince1970 * 1000).rounded()
        guard milliseconds >= 0, milliseconds < 253_402_300_800_000 else { return "\(timeIntervalSince1970) s since 1970" }
        let seconds = (milliseconds / 1000).rounded(.down)
        let rest = Int(milliseconds - seconds * 1000)
        let text = ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: seconds))
        return rest == 0 ? text : "\(text.dropLast()).\(String(1000 + rest).dropFirst())Z"
    }
}
