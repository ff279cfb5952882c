import Foundation

/// What one call may set for itself. What is `nil` is as the client has it.
///
/// ```swift
/// let options = CallOptions(organization: id, limit: 250)
/// ```
public struct CallOptions: Sendable {
    /// Organization ids, instead of the client's; several only for Directory Insights.
    public var organizations: [String]
    /// Further headers.
    public var headers: [String: String]
    /// Of a list, how many items are wanted in all; the same as an operation's own `limit`, of which only one may be
    /// given.
    public var limit: Int?
    /// Of a list, how many items a page should have; as many as JumpCloud allows unless said.
    public var pageSize: Int?
    /// How often a request is tried at the most, the first time included; 4 unless said.
    public var attempts: Int?
    /// How long a call may take, with all its tries, its waits and its token; of a list each of its pages.
    public var deadline: Duration?
    /// The longest wait that JumpCloud may ask for; a longer one ends the call. A minute unless said.
    public var longestWait: Duration?
    /// Refuse unknown keys and unlisted values in bodies too.
    public var strict: Bool?
    /// Of a list, at most this many pages in flight; 4 unless said.
    public var concurrency: Int?
    /// Of a list, at most this many pages.
    public var maxPages: Int?
    /// What jitter and form boundaries follow from; random unless said.
    public var seed: UInt64?

    /// Options.
    public init(
        organization: String? = nil, organizations: [String] = [], headers: [String: String] = [:], limit: Int? = nil,
        pageSize: Int? = nil, attempts: Int? = nil, deadline: Duration? = nil, longestWait: Duration? = nil, strict: Bool? = nil,
        concurrency: Int? = nil, maxPages: Int? = nil, seed: UInt64? = nil
    ) {
        self.organizations = (organization.map { [$0] } ?? []) + organizations
        self.headers = headers
        self.limit = limit
        self.pageSize = pageSize
        self.attempts = attempts
        self.deadline = deadline
        self.longestWait = longestWait
        self.strict = strict
        self.concurrency = concurrency
        self.maxPages = maxPages
        self.seed = seed
    }

    /// These, and the others' where these say nothing, as the core reads them.
    func json(over client: CallOptions) -> String {
        var options = JSONObject()
        let organizations = organizations.isEmpty ? client.organizations : organizations
        if !organizations.isEmpty { options["organizations"] = organizations.jsonValue }
        let headers = client.headers.merging(headers) { $1 }
        if !headers.isEmpty { options["headers"] = headers.jsonValue }
        options["limit"] = (limit ?? client.limit)?.jsonValue
        options["pageSize"] = (pageSize ?? client.pageSize)?.jsonValue
        options["attempts"] = (attempts ?? client.attempts)?.jsonValue
        options["deadline"] = (deadline ?? client.deadline)?.milliseconds.jsonValue
        options["longestWait"] = (longestWait ?? client.longestWait)?.milliseconds.jsonValue
        options["strict"] = (strict ?? client.strict)?.jsonValue
        options["concurrency"] = (concurrency ?? client.concurrency)?.jsonValue
        options["maxPages"] = (maxPages ?? client.maxPages)?.jsonValue
        options["seed"] = .number(JSONNumber(seed ?? client.seed ?? .random(in: .min ... .max)))
        return options.text
    }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        let whole = seconds.multipliedReportingOverflow(by: 1000)
        return whole.overflow ? .max : Int(clamping: whole.partialValue + attoseconds / 1_000_000_000_000_000)
    }
}
