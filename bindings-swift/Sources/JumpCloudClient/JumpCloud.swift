import Foundation
internal import JumpCloudCore
@_exported import JumpCloudModels

/// Where an organization's data lives.
public enum Region: String, Sendable, CaseIterable {
    /// United States.
    case us
    /// European Union.
    case eu
    /// India.
    case `in`
}

/// Addresses that are called instead of JumpCloud's own: a proxy, a fake. They beat the region.
///
/// Plain HTTP goes to this machine only, unless `allowHTTP` lets whoever is on the way read the credential.
public struct BaseURLs: Sendable, ExpressibleByStringLiteral {
    let settings: JSONObject

    /// One address for everything.
    public init(_ all: String, allowHTTP: Bool = false) {
        settings = ["baseUrl": .string(all), "allowHttp": .bool(allowHTTP)]
    }

    public init(stringLiteral all: String) { self.init(all) }

    /// One address for each family of operations; what is `nil` stays JumpCloud's.
    public init(
        console: String? = nil, insights: String? = nil, oauth: String? = nil, allowHTTP: Bool = false
    ) {
        let urls = [("console", console), ("insights", insights), ("oauth", oauth)]
        settings = [
            "baseUrls": .object(JSONObject(urls.compactMap { name, url in url.map { (name, .string($0)) } })),
            "allowHttp": .bool(allowHTTP),
        ]
    }
}

/// How many requests a client sends, of all its calls together; what is `nil` is not bounded.
public struct RequestBounds: Sendable {
    /// At most so many at once; others are held until one has its answer.
    public var inFlight: Int?
    /// At most so many start in a second.
    public var perSecond: Int?

    /// Bounds, or none.
    public init(inFlight: Int? = nil, perSecond: Int? = nil) {
        self.inFlight = inFlight
        self.perSecond = perSecond
    }
}

/// A client for all of JumpCloud's REST API. Make one and share it; it is safe to use from everywhere.
///
/// ```swift
/// let jc = JumpCloud(apiKey: key, region: .eu, organization: id)
/// for try await user in jc.v1.systemUsers.list(filter: .equal("department", "IT")) {
///     print(user.email ?? "")
/// }
/// ```
///
/// Every operation is a method: ``v1``, ``v2`` and ``insights``. What is called by name, by ``call(_:_:options:as:)``,
/// is the same with names and parameters as data.
///
/// A setting that is wrong, such as a base URL that is none, is told by the first call.
public final class JumpCloud: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let core: Result<CoreClient, JumpCloudError>
    private let transport: any HTTPTransport
    private let time: any TimeSource
    private let holders = Holders()
    private let signer: (any Signer)?
    private let function: CredentialFunction?
    private let options: CallOptions

    private init(
        credentials: JSONObject, region: Region, organization: String?, baseURLs: BaseURLs?, bounds: RequestBounds,
        userAgent: String?, options: CallOptions, transport: any HTTPTransport, time: any TimeSource, signer: (any Signer)? = nil,
        function: CredentialFunction? = nil
    ) {
        var settings = credentials
        settings["region"] = .string(region.rawValue)
        settings["organization"] = organization.map { .string($0) }
        for (key, value) in baseURLs?.settings ?? [:] { settings[key] = value }
        settings["requestsInFlight"] = bounds.inFlight?.jsonValue
        settings["requestsPerSecond"] = bounds.perSecond?.jsonValue
        settings["language"] = "Swift"
        // `URLSession` joins headers of one name.
        settings["joinsHeaders"] = true
        settings["userAgent"] = userAgent?.jsonValue
        core = Result { try fromCore { try CoreClient.fromJson(settings: settings.text) } }
            .mapError { $0 as? JumpCloudError ?? .server(.init(message: "\($0)")) }
        self.transport = transport
        self.time = time
        self.signer = signer
        self.function = function
        self.options = options
    }

    /// A client with an administrator's or a service account's API key.
    ///
    /// - Parameters:
    ///   - apiKey: The key. Nothing prints it.
    ///   - region: Where the organization's data lives.
    ///   - organization: The organization's id; multi-tenant administrators must name one.
    ///   - baseURLs: Other addresses than JumpCloud's own.
    ///   - bounds: How many requests may be in flight, and how many may start in a second.
    ///   - userAgent: What the program calls itself (`offboarding/2.1`), after our name in `user-agent`.
    ///   - options: What calls do unless they say something else.
    ///   - transport: What sends requests.
    ///   - time: What tells the time and waits; for tests.
    public convenience init(
        apiKey: String, region: Region = .us, organization: String? = nil, baseURLs: BaseURLs? = nil,
        bounds: RequestBounds = RequestBounds(), userAgent: String? = nil, options: CallOptions = CallOptions(),
        transport: any HTTPTransport = URLSessionTransport(), time: any TimeSource = SystemTime()
    ) {
        self.init(
            credentials: ["apiKey": .string(apiKey)], region: region, organization: organization, baseURLs: baseURLs,
            bounds: bounds, userAgent: userAgent, options: options, transport: transport, time: time)
    }

    /// A client with a service account's id and secret, which gets its bearer tokens and renews them.
    public convenience init(
        serviceAccount id: String, secret: String, region: Region = .us, organization: String? = nil,
        baseURLs: BaseURLs? = nil, bounds: RequestBounds = RequestBounds(), userAgent: String? = nil,
        options: CallOptions = CallOptions(),
        transport: any HTTPTransport = URLSessionTransport(), time: any TimeSource = SystemTime()
    ) {
        let account: JSONObject = ["id": .string(id), "secret": .string(secret)]
        self.init(
            credentials: ["serviceAccount": .object(account)], region: region, organization: organization,
            baseURLs: baseURLs, bounds: bounds, userAgent: userAgent, options: options, transport: transport, time: time)
    }

    /// A client that speaks for the system it runs on, in the region of that system's agent.
    public convenience init(
        systemContext: SystemContext, organization: String? = nil, baseURLs: BaseURLs? = nil,
        bounds: RequestBounds = RequestBounds(), userAgent: String? = nil, options: CallOptions = CallOptions(),
        transport: any HTTPTransport = URLSessionTransport(), time: any TimeSource = SystemTime()
    ) {
        self.init(
            credentials: ["systemContext": ["systemId": .string(systemContext.systemID)]],
            region: systemContext.region, organization: organization, baseURLs: baseURLs, bounds: bounds,
            userAgent: userAgent, options: options, transport: transport, time: time, signer: systemContext.signer)
    }

    /// A client that asks who it is, for a credential that is kept in a vault or rotated.
    ///
    /// ```swift
    /// let jc = JumpCloud(credentials: { .apiKey(try await vault.read("jumpcloud"), expiresIn: .seconds(300)) })
    /// ```
    ///
    /// The function is asked when a call needs it, once for all calls that wait for it; what it gives is kept as long as it says,
    /// and asked for once more where JumpCloud refuses it. Its error is the ``JumpCloudError/Details/underlying`` one of the call's.
    public convenience init(
        credentials: @escaping CredentialFunction, region: Region = .us, organization: String? = nil,
        baseURLs: BaseURLs? = nil, bounds: RequestBounds = RequestBounds(), userAgent: String? = nil,
        options: CallOptions = CallOptions(),
        transport: any HTTPTransport = URLSessionTransport(), time: any TimeSource = SystemTime()
    ) {
        self.init(
            credentials: ["credentials": true], region: region, organization: organization, baseURLs: baseURLs,
            bounds: bounds, userAgent: userAgent, options: options, transport: transport, time: time,
            function: credentials)
    }

    public var description: String { "JumpCloud" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }

    // MARK: - Calls by name

    /// Calls an operation by its name, and decodes what it answers.
    ///
    /// ```swift
    /// let user: SystemUser = try await jc.call("v1.systemUsers.get", ["id": id])
    /// let settings = try await jc.call("v2.directories.list", as: JSONValue.self)
    /// ```
    ///
    /// - Parameters:
    ///   - operation: A dotted name in any case style (`v1.system_users.get`), or JumpCloud's operationId.
    ///   - parameters: JumpCloud's names; the body is `body`.
    ///   - options: What this call does differently.
    ///   - type: A model, ``JSONValue``, `Data` (the bytes as they came), `String` (a text), or anything that decodes.
    /// - Throws: ``JumpCloudError``; `CancellationError` when the task is cancelled.
    public func call<T: Decodable & Sendable>(
        _ operation: String, _ parameters: Parameters = [:], options: CallOptions = CallOptions(),
        as type: T.Type = T.self
    ) async throws -> T {
        try await reply(operation, parameters, options: options).decode(type)
    }

    /// Calls an operation whose answer holds nothing of interest.
    public func perform(
        _ operation: String, _ parameters: Parameters = [:], options: CallOptions = CallOptions()
    ) async throws {
        _ = try await reply(operation, parameters, options: options)
    }

    /// Calls an operation and gives all of the answer: status, headers and body.
    public func reply(
        _ operation: String, _ parameters: Parameters = [:], options: CallOptions = CallOptions()
    ) async throws -> Reply {
        let conversation = try begin(operation, parameters, options) { try $0.call(operation: $1, parameters: $2, options: $3) }
        guard case .reply(let reply) = try await conversation.next() else { throw CancellationError() }
        return reply
    }

    /// A list by its name: all of its items, page by page, as they are asked for.
    ///
    /// ```swift
    /// for try await user in jc.list("v1.systemUsers.list", of: SystemUser.self) { print(user.username ?? "") }
    /// ```
    public func list<Element: Decodable & Sendable>(
        _ operation: String, _ parameters: Parameters = [:], options: CallOptions = CallOptions(),
        of type: Element.Type = Element.self
    ) -> JumpCloudList<Element> {
        JumpCloudList(client: self, operation: operation, parameters: parameters, options: options)
    }

    /// Runs a playbook by its name: several calls to one end. ``playbookCatalogue()`` says which there are.
    ///
    /// ```swift
    /// let wouldDo = try await jc.playbook("users.suspend", ["user": "ada", "dryRun": true], as: JSONValue.self)
    /// ```
    public func playbook<T: Decodable & Sendable>(
        _ name: String, _ parameters: Parameters = [:], options: CallOptions = CallOptions(), as type: T.Type = T.self
    ) async throws -> T {
        let conversation = try begin(name, parameters, options) { try $0.playbook(name: $1, parameters: $2, options: $3) }
        guard case .outcome(let json) = try await conversation.next() else { throw CancellationError() }
        let bytes = Data(json.utf8)
        return try decoded(type, json: bytes, of: .init(message: "", operation: name, body: bytes))
    }

    /// The request that a call would send, without a bearer token or signature.
    public func prepare(
        _ operation: String, _ parameters: Parameters = [:], options: CallOptions = CallOptions()
    ) throws -> HTTPRequest {
        let (client, json) = (try core.get(), try parameters.json(for: operation))
        let request = try fromCore {
            try client.prepare(operation: operation, parameters: json, options: options.json(over: self.options))
        }
        return try HTTPRequest(request, attachment: parameters.attachment)
    }

    // MARK: - What there is to call

    func beginPages(_ operation: String, _ parameters: Parameters, _ options: CallOptions) throws -> Conversation {
        try begin(operation, parameters, options) { try $0.pages(operation: $1, parameters: $2, options: $3) }
    }

    private func begin(
        _ name: String, _ parameters: Parameters, _ options: CallOptions,
        _ begin: (CoreClient, String, String, String) throws -> CoreConversation
    ) throws -> Conversation {
        let (client, json) = (try core.get(), try parameters.json(for: name))
        let core = try fromCore { try begin(client, name, json, options.json(over: self.options)) }
        return Conversation(
            core, transport: transport, time: time, signer: signer, credentials: function,
            attachment: parameters.attachment, holders: holders)
    }
}
