import Foundation
import JumpCloudClient
import Testing

private let secret = "a-very-secret-text"

private func printed(_ value: Any) -> String {
    var dumped = ""
    dump(value, to: &dumped)
    return "\(value) \(String(reflecting: value)) \(dumped)"
}

@Test func nothingPrintsASecret() throws {
    let jc = JumpCloud(apiKey: secret)
    let account = JumpCloud(serviceAccount: "id", secret: secret)
    let request = try jc.prepare("v1.systemUsers.create", ["body": ["username": "ada", "email": "ada@example.com", "password": .string(secret)] as JSONValue])
    #expect(request.headers.contains { $0.value == secret } && request.body.map { String(decoding: $0, as: UTF8.self) }?.contains(secret) == true)
    let parameters: Parameters = ["body": secret]
    let response = HTTPResponse(status: 200, body: Data(secret.utf8))
    let error = JumpCloudError.server(.init(message: "500", body: Data(secret.utf8)))
    let things: [Any] = [jc, account, request, request.headers, parameters, response, error, error.details]
    for thing in things { #expect(!printed(thing).contains(secret), "\(type(of: thing))") }
}

@Test func aPrivateKeyIsRefusedWithoutBeingShown() async throws {
    let error = try await failure {
        _ = try SystemContext(systemID: "5f0c1e2d3b4a59687766554a", privateKey: Data(secret.utf8))
    }
    #expect(error.map { !printed($0).contains(secret) } == true)
    let missing = try await failure { _ = try SystemContext.fromAgent(configuration: "/no/such/file") }
    #expect(missing?.kind == "signing" && missing?.localizedDescription.contains("/no/such/file") == true)
}

@Test func aWrongCallIsRefusedBeforeAnythingIsSent() async throws {
    let jc = JumpCloud(apiKey: "k", transport: NoTransport())
    let unknown = try await failure {
        try await jc.perform("v1.systemUsers.get", ["identifier": "5f1b"])
    }
    guard case .invalidRequest(let details) = unknown else { throw CocoaError(.featureUnsupported) }
    #expect(details.operation == "v1.systemUsers.get" && details.message.contains("id"))
    let name = try await failure { _ = try jc.describe("v1.systemUser.list") }
    #expect(name?.localizedDescription.contains("v1.systemUsers.list") == true)
    let address = JumpCloud(apiKey: "k", baseURLs: "ftp://x", transport: NoTransport())
    await #expect(throws: JumpCloudError.self) { try await address.perform("v2.userGroups.list") }
    let number = try await failure { try await jc.perform("v2.userGroups.list", ["limit": Double.nan]) }
    #expect(number != nil)
}

@Test(arguments: [RequestBounds(inFlight: 1), RequestBounds(inFlight: 3), RequestBounds(perSecond: 15)])
func allCallsOfAClientKeepItsBoundsTogether(bounds: RequestBounds) async throws {
    let transport = Counting()
    let jc = JumpCloud(serviceAccount: "id", secret: "s", bounds: bounds, transport: transport)
    try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<16 {
            group.addTask {
                let user = try await jc.v1.systemUsers.get(id: "x")
                #expect(user.id == "x")
            }
        }
        try await group.waitForAll()
    }
    #expect(await transport.most <= bounds.inFlight ?? 100)
    let begun = await transport.begun
    #expect(begun.count == 17)
    if let perSecond = bounds.perSecond {
        for index in perSecond..<begun.count { #expect(begun[index] - begun[index - perSecond] > .milliseconds(900)) }
    }
}

@Test func itemsThatCameBeforeAreLeftOutWhereverTheyStand() async throws {
    let pages = Pages([["1", "2", "3", "4"], ["4", "5", "1", "6"], ["6", "2", "7", "3"], ["7"]])
    let jc = JumpCloud(apiKey: "k", transport: pages)
    var ids: [String] = []
    do {
        let options = CallOptions(pageSize: 4, concurrency: 1)
        for try await group in jc.list("v2.systemGroups.list", ["sort": "-name"], options: options, of: JSONValue.self) {
            ids.append(group["id"]?.string ?? "")
        }
    } catch JumpCloudError.incomplete {}
    #expect(ids.prefix(6) == ["1", "2", "3", "4", "5", "6"])
}

@Test func aListThatLacksItemsIsIncomplete() async throws {
    let jc = JumpCloud(apiKey: "k", transport: Pages(Array(repeating: ["1", "2"], count: 20), total: 9))
    var ids: [String] = []
    let error = try await failure {
        for try await group in jc.list("v2.userGroups.list", of: JSONValue.self) { ids.append(group["id"]?.string ?? "") }
    }
    guard case .incomplete(let details) = error else { throw CocoaError(.featureUnsupported) }
    #expect(error?.kind == "incomplete" && details.operation == "v2.userGroups.list" && details.message.contains("2 of 9"))
    #expect(ids == ["1", "2"])
}

@Test func theCatalogueHoldsEverything() throws {
    let jc = JumpCloud(apiKey: "k")
    let names = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../core/api/names.tsv").standardizedFileURL
    let named = try String(contentsOf: names, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(jc.operations().count == named.count)
    let members = jc.operations("groups members")
    #expect(members.contains { $0.name == "v2.userGroups.members.list" && $0.list } && members.count < 30)
    #expect(try jc.describe("v1.systemUsers.get")["parameters"]?["required"] == ["id"])
    #expect(try jc.scopes(["v2.userGroups.list", "v2.systemGroups.get"]) == ["groups.readonly"])
    let body = Data(#"{"totalCount":"1","results":[{"username":7,"invented":1}]}"#.utf8)
    let drift = try jc.drift("v1.systemUsers.list", status: 200, body: body)
    #expect(drift.contains { $0.path == "body.results[0].username" && $0.wrong })
    #expect(drift.contains { $0.path.contains("invented") && !$0.wrong })
    #expect(try jc.playbookCatalogue().array?.isEmpty == false || jc.playbookCatalogue().object?.isEmpty == false)
}

@Test func parametersAreWhateverEncodes() throws {
    struct Body: Encodable {
        let name: String
    }
    let jc = JumpCloud(apiKey: "k")
    let nothing: String? = nil
    let prepared = try jc.prepare("v2.userGroups.create", ["body": Body(name: "Night shift")])
    #expect(prepared.body == Data(#"{"name":"Night shift"}"#.utf8))
    let url = try jc.prepare(
        "v1.systemUsers.list",
        ["filter": Filter.equal("department", "IT") && .oneOf("state", ["ACTIVATED"]), "limit": 50, "sort": nothing]
    ).url.absoluteString
    #expect(url.contains("limit=50") && url.contains("filter=department:$eq:IT"), "\(url)")
}

/// A date goes out and comes in as JumpCloud's text: in a parameter, in a filter, in a type of the caller's.
@Test func datesAreJumpCloudsText() async throws {
    struct Own: Codable, Sendable {
        var name: String
        var start: Date
        var ends: [Date?]
    }
    let date = Date(timeIntervalSince1970: 1_769_850_000.125)
    #expect(date.jsonValue == "2026-01-31T09:00:00.125Z" && Date(jumpCloud: date.jumpCloud) == date)
    #expect(Date(timeIntervalSince1970: 951_782_399).jumpCloud == "2000-02-28T23:59:59Z")
    for wrong in [-1, .infinity, -.infinity, .nan, 1e15] {
        #expect(Date(jumpCloud: Date(timeIntervalSince1970: wrong).jumpCloud) == nil)
    }
    struct Query: Codable, Sendable {
        var service: [String]
        var start_time: Date
        var end_time: Date
    }
    let later = date.addingTimeInterval(3600)
    for body: any Encodable & Sendable in [
        Query(service: ["all"], start_time: date, end_time: later),
        ["service": ["all"].jsonValue, "start_time": date.jsonValue, "end_time": later.jsonValue].jsonValue,
    ] {
        var parameters = Parameters()
        parameters.set("body", body)
        let request = try JumpCloud(apiKey: "key").prepare("insights.events.count", parameters)
        let sent = try JSONValue(parsing: request.body ?? Data())
        #expect(sent["start_time"] == "2026-01-31T09:00:00.125Z" && sent["end_time"] == "2026-01-31T10:00:00.125Z")
    }
    let users = try JumpCloud(apiKey: "key").prepare("v1.systemUsers.list", ["filter": Filter.less("created", than: date)])
    #expect(users.url.absoluteString.removingPercentEncoding?.contains("created:$lt:2026-01-31T09:00:00.125Z") == true)
    #expect(Filter.less("created", than: date).jsonValue["value"] == date.jsonValue)
    struct Canned: HTTPTransport {
        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            let body = #"{"name":"x","start":"2026-01-31T09:00:00.125Z","ends":[null,"2026-01-31"]}"#
            return HTTPResponse(status: 200, body: Data(body.utf8))
        }
    }
    let jc = JumpCloud(apiKey: "key", transport: Canned())
    let own: Own = try await jc.call("v1.systemUsers.get", ["id": "5f1b"])
    #expect(own.start == date && own.ends == [nil, Date(jumpCloud: "2026-01-31")])
}

@Test func aFilterIsTheExpressionThatTheCoreReads() {
    let filter = (Filter.between("created", "2026-01-01", "2026-01-31") || "os:$eq:Windows") && !Filter.contains("email", "@x")
    #expect(
        filter.jsonValue.text
            == #"{"and":[{"or":[{"field":"created","operator":"between","low":"2026-01-01","high":"2026-01-31"},"#
            + #""os:$eq:Windows"]},{"not":{"field":"email","operator":"search","value":"@x"}}]}"#)
}

@Test(arguments: [
    #"{"totalCount":1,"results":[{"username":tru}]}"#, #"{"totalCount":1,"results":[{"username":"ada",}]}"#,
    #"[{"username":"ada",}]"#, #"[{"username":"ada" "state":"STAGED"}]"#, #"[{"username":"ada"},{"username":01}]"#,
    #"[{"username" "ada"}]"#, #"[{username:"ada"}]"#, #"[{"username":["ada"}]]"#, #"[{"username":"ada\x"}]"#,
    #"[,{"username":"ada"}]"#, #"[{"username":"ada"},]"#, #"[{"username":"ada"}{}]"#,
    #"{"results":{"username":"ada","state":nul}}"#, "[{\"username\":\"ada\u{1}\"}]", #"[{"username":"ada"}"#,
])
func whatIsNoJSONInsideIsADecodeError(answer: String) async throws {
    struct Person: Decodable { let username: String? }
    let name = "v1.systemUsers.list"
    let jc = JumpCloud(apiKey: "k", transport: Canned(body: Data(answer.utf8)))
    let calls: [() async throws -> Void] = [
        { _ = try await jc.v1.systemUsers.list().collect() },
        { for try await page in jc.v1.systemUsers.list().pages { _ = page.items } },
        { _ = try await jc.list(name, of: JSONValue.self).collect() },
        { _ = try await jc.list(name, of: Person.self).collect() },
        { _ = try await jc.call(name, as: JSONValue.self) },
        { let _: [Person] = try await jc.call(name) },
        { _ = try await jc.call("v1.systemUsers.get", ["id": "5f1b"], as: JSONValue.self) },
        { _ = try await jc.v1.systemUsers.get(id: "5f1b") },
    ]
    for (index, call) in calls.enumerated() {
        var thrown: (any Error)?
        do { try await call() } catch { thrown = error }
        guard case JumpCloudError.decode(let details)? = thrown else {
            Issue.record("call \(index): \(thrown.map { "\($0)" } ?? "nothing was thrown")")
            continue
        }
        #expect(details.operation?.hasPrefix("v1.systemUsers.") == true)
        #expect(details.status == 200 && details.requestID == "r-1")
        #expect(details.body == Data(answer.utf8) && !details.description.contains("ada"), "\(details)")
    }
}

@Test func whatATypeThrowsIsADecodeErrorWithoutTheValue() async throws {
    struct Choosy: Decodable {
        init(from decoder: any Decoder) throws { throw Refusal(description: secret) }
    }
    enum Known: String, Decodable { case one, two }
    struct Strict: Decodable { let id: String, state: Known }
    struct Other: Decodable { let id: Int }
    struct Missing: Decodable { let email: String }
    let body = Data(#"[{"id":"1","state":"one"},{"id":"2","state":"\#(secret)"}]"#.utf8)
    let jc = JumpCloud(apiKey: "k", transport: Canned(body: body))
    func thrown<T: Decodable & Sendable>(by type: T.Type) async throws -> JumpCloudError.Details {
        let thrown = try await failure { _ = try await jc.list("v2.userGroups.list", of: type).collect() }
        guard case .decode(let details) = thrown else { throw Refusal(description: "\(thrown as Any)") }
        #expect(details.operation == "v2.userGroups.list" && details.status == 200 && details.body == body)
        #expect(!printed(details).contains(secret), "\(details)")
        return details
    }
    #expect(try await thrown(by: Choosy.self).underlying is Refusal)
    let wrong = try await thrown(by: Strict.self)
    #expect(wrong.message.hasSuffix("a value that does not fit at [1].state") && wrong.underlying is DecodingError)
    #expect(try await thrown(by: Other.self).message.hasSuffix("expected Int at [0].id"))
    #expect(try await thrown(by: Missing.self).message.hasSuffix("expected the key email at [0]"))
}

@Test func aCancelledTaskEndsItsWait() async throws {
    // It asks to wait for an hour: the test ends all the same.
    let busy = JumpCloud(
        apiKey: "k", options: CallOptions(longestWait: .seconds(7200)), transport: Busy())
    let task = Task { try await busy.perform("v2.userGroups.list") }
    try await Task.sleep(for: .milliseconds(50))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
}

@Test func whatCallsThatAreHeldCostGrowsAsTheyDo() async throws {
    final class Looks: TimeSource, @unchecked Sendable {
        private let lock = NSLock()
        private var count = 0
        var all: Int { lock.withLock { count } }
        func now() -> UInt64 {
            lock.withLock { count += 1 }
            return SystemTime().now()
        }
        func steady() -> UInt64 { SystemTime().steady() }
        func sleep(milliseconds: UInt64, answersMayCome: Bool) async throws {
            try await SystemTime().sleep(milliseconds: milliseconds, answersMayCome: answersMayCome)
        }
    }
    for calls in [50, 200] {
        let looks = Looks()
        let jc = JumpCloud(
            apiKey: "k", bounds: RequestBounds(inFlight: 4), transport: Canned(body: Data(#"{"_id":"x"}"#.utf8)), time: looks)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<calls { group.addTask { try await jc.perform("v1.systemUsers.get", ["id": "5f1b"]) } }
            try await group.waitForAll()
        }
        // A look for each step and each answer, and as many as it is woken: not as many as there are calls.
        #expect(looks.all <= 10 * calls, "\(looks.all) for \(calls)")
    }
}

@Test func aFunctionSaysWhoCalls() async throws {
    let vault = Vault()
    let jc = JumpCloud(credentials: { await vault.credential() }, transport: vault)
    for key in ["key-1", "key-2"] {
        await vault.rotate(to: key)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { try await jc.perform("v1.systemUsers.get", ["id": "5f1b"]) } }
            try await group.waitForAll()
        }
    }
    #expect(await vault.asked == 2)

    let sealed = JumpCloud(credentials: { throw Refusal(description: secret) }, transport: NoTransport())
    let thrown = try await failure { try await sealed.perform("v2.userGroups.list") }
    guard case .authentication(let details) = thrown else { throw Refusal(description: "\(thrown as Any)") }
    #expect(details.underlying is Refusal && details.status == nil && !details.message.contains(secret))

    // One that never answers is bounded by the deadline, and by the caller.
    let silent = JumpCloud(
        credentials: { try await Task.sleep(for: .seconds(3600)); throw CancellationError() }, transport: NoTransport())
    let late = try await failure {
        try await silent.perform("v2.userGroups.list", options: CallOptions(deadline: .milliseconds(50)))
    }
    #expect(late?.details.message.contains("the deadline of 50 ms has passed") == true, "\(late as Any)")
    let task = Task { try await silent.perform("v2.userGroups.list") }
    try await Task.sleep(for: .milliseconds(50))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    for credential: Credential in [.apiKey(secret), .serviceAccount("id", secret: secret)] {
        #expect(!printed(credential).contains(secret))
    }
}

@Test func whoeverStopsAskingEndsTheRequests() async throws {
    let transport = Endless()
    let jc = JumpCloud(apiKey: "k", transport: transport)
    for try await _ in jc.list("v1.systemUsers.list", of: JSONValue.self) { break }
    // The requests that were under way are told so; if they were not, this would wait for ever.
    while transport.open > 0 { try await Task.sleep(for: .milliseconds(5)) }
}

/// Answers with one page of ids after the other, then with empty ones.
private actor Pages: HTTPTransport {
    private var left: [[String]]
    private let total: Int?

    init(_ pages: [[String]], total: Int? = nil) {
        left = pages
        self.total = total
    }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let ids = left.isEmpty ? [] : left.removeFirst()
        let body = "[ " + ids.map { "{ \"id\": \"\($0)\", \"is\": \"],[{\" }" }.joined(separator: " ,\n ") + " ]"
        let counted = total.map { [HTTPHeader(name: "x-total-count", value: "\($0)")] } ?? []
        return HTTPResponse(
            status: 200, headers: counted + [HTTPHeader(name: "content-type", value: "application/json")],
            body: Data(body.utf8))
    }
}

/// Gives a key and takes no other.
private actor Vault: HTTPTransport {
    private var key = ""
    private(set) var asked = 0

    func rotate(to key: String) { self.key = key }

    func credential() async -> Credential {
        asked += 1
        try? await Task.sleep(for: .milliseconds(20))
        return .apiKey(key, expiresIn: .seconds(60))
    }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let right = request.headers.contains { $0.name == "x-api-key" && $0.value == key }
        return HTTPResponse(
            status: right ? 200 : 401, headers: [HTTPHeader(name: "content-type", value: "application/json")],
            body: Data(#"{"_id":"x"}"#.utf8))
    }
}

private struct NoTransport: HTTPTransport {
    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        Issue.record("something was sent: \(request)")
        throw HTTPFailure.refused("nothing should be sent")
    }
}

private struct Canned: HTTPTransport {
    let body: Data
    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let headers = [("content-type", "application/json"), ("X-Request-Id", "r-1")]
        return HTTPResponse(status: 200, headers: headers.map { HTTPHeader(name: $0, value: $1) }, body: body)
    }
}

private struct Busy: HTTPTransport {
    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        HTTPResponse(status: 429, headers: [HTTPHeader(name: "Retry-After", value: "3600")])
    }
}

/// Answers after a while, and counts how many are open, and when each began.
private actor Counting: HTTPTransport {
    private var open = 0
    private(set) var most = 0
    private(set) var begun: [ContinuousClock.Instant] = []

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        begun.append(.now)
        open += 1
        most = max(most, open)
        try await Task.sleep(for: .milliseconds(20))
        open -= 1
        let body = request.url.absoluteString.contains("token") ? #"{"access_token":"t","expires_in":3600}"# : #"{"_id":"x","id":"x"}"#
        return HTTPResponse(
            status: 200, headers: [HTTPHeader(name: "content-type", value: "application/json")], body: Data(body.utf8))
    }
}

/// Answers the first request with a page of very many, and the others never.
private final class Endless: HTTPTransport, @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0
    private var asleep = 0

    var open: Int { lock.withLock { asleep } }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let first = lock.withLock {
            count += 1
            return count == 1
        }
        if !first {
            lock.withLock { asleep += 1 }
            defer { lock.withLock { asleep -= 1 } }
            try await Task.sleep(for: .seconds(3600))
        }
        let users = JSONValue.array(Array(repeating: ["username": "ada"], count: 100))
        let body: JSONValue = ["totalCount": 100_000, "results": users]
        return HTTPResponse(
            status: 200, headers: [HTTPHeader(name: "content-type", value: "application/json")], body: Data(body.bytes))
    }
}
