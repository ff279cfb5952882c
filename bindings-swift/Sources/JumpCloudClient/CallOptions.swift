import Foundation

/// What one call may set for itself. What is `nil` is as the client has it.
///
/// ```swift
/// let options = CallOptions(organization: id, limit: 250)
/// ```
public struct CallOptions: Sendable {
    /// Organization ids, instead of the client's; several only for lists of Directory Insights, which are then one for each, in
    /// turn: JumpCloud wants a header line for each, which `URLSession` joins. A single call takes one.
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
    /// How many bytes the body of an answer may have, decompressed; a longer one ends the call. 256 MiB unless said.
    public var maxBody: Int?
    /// The longest wait that JumpCloud may ask for; a longer one ends the call. A minute unless said.
    public var longestWait: Duration?
    /// Refuse unknown keys and unlisted values in bodies too.
    public var strict: Bool?
    /// Of a list, at most this many pages in flight; 4 unless said.
    public var concurrency: Int?
    /// Of a list, at most this many pages.
    public var maxPages: Int?
    /// Of a list, where it begins: the position where another one stood.
    public var from: String?
    /// Of a list of events, which arrive minutes late: nothing newer than this is asked for. Two minutes where a list goes on
    /// from a position; else only when it is said.
    public var lag: Duration?
    /// Of a list of events: how long before its end the list that goes on from there begins; ten minutes unless said. What
    /// was handed out does not come again; an event is lost only if it is later than lag and overlap together.
    public var overlap: Duration?
    /// What jitter and form boundaries follow from; random unless said.
    public var seed: UInt64?

    /// Options.
    public init(
        organization: String? = nil, organizations: [String] = [], headers: [String: String] = [:], limit: Int? = nil,
        pageSize: Int? = nil, attempts: Int? = nil, deadline: Duration? = nil, maxBody: Int? = nil,
        longestWait: Duration? = nil, strict: Bool? = nil, concurrency: Int? = nil, maxPages: Int? = nil, from: String? = nil, lag: Duration? = nil, overlap: Duration? = nil,
        seed: UInt64? = nil
    ) {
        self.organizations = (organization.map { [$0] } ?? []) + organizations
        self.headers = headers
        self.limit = limit
        self.pageSize = pageSize
        self.attempts = attempts
        self.deadline = deadline
        self.maxBody = maxBody
        self.longestWait = longestWait
        self.strict = strict
        self.concurrency = concurrency
        self.maxPages = maxPages
        self.from = from
        self.lag = lag
        self.overlap = overlap
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
        options["maxBody"] = (maxBody ?? client.maxBody)?.jsonValue
        options["longestWait"] = (longestWait ?? client.longestWait)?.milliseconds.jsonValue
        options["strict"] = (strict ?? client.strict)?.jsonValue
        options["concurrency"] = (concurrency ?? client.concurrency)?.jsonValue
        options["maxPages"] = (maxPages ?? client.maxPages)?.jsonValue
        options["from"] = (from ?? client.from)?.jsonValue
        options["lag"] = (lag ?? client.lag)?.milliseconds.jsonValue
        options["overlap"] = (overlap ?? client.overlap)?.milliseconds.jsonValue
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
