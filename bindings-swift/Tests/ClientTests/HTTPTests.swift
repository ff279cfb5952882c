import Foundation
import JumpCloudClient
import Testing

/// Real HTTP, through `URLSession`. One at a time: the fake's habits are the same for all.
@Suite(.serialized, .enabled(if: Fake.url != nil, "`cargo xtask test swift` starts the fake that these need"))
struct HTTPTests {
    @Test func everyUserComesOnceWhateverTheServerDoesToPages() async throws {
        let fake = try await Fake()
        for quirks: JSONValue in [[:], ["max_page": 7], ["rate_limit_every": 5, "retry_after": 0]] {
            try await fake.control("PUT", "quirks", quirks)
            for concurrency in [1, 4] {
                let list = fake.client.v1.systemUsers.list(options: CallOptions(concurrency: concurrency))
                var ids = Set<String>()
                var count = 0
                for try await user in list {
                    if let id = user.json["_id"]?.string { ids.insert(id) }
                    count += 1
                }
                #expect(count == 1234 && ids.count == 1234, "\(quirks.text)")
            }
        }
        try await fake.control("PUT", "quirks", [:])
    }

    @Test func aListKnowsItsTotalItsPagesAndItsLimit() async throws {
        let fake = try await Fake()
        let list = fake.client.v1.systemUsers.list()
        #expect(try await list.total == 1234)
        #expect(try await list.collect(limit: 7).count == 7)
        let counts = Progress()
        #expect(try await list.collect { counts.add($0, $1) }.count == 1234)
        #expect(counts.last?.received == 1234 && counts.last?.total == 1234)
        var offsets: [Int] = []
        for try await page in list.pages { offsets.append(page.offset) }
        #expect(offsets.first == 0 && offsets == offsets.sorted() && offsets.count > 1)
        let some = try await fake.client.v1.systemUsers.list(filter: .equal("department", "IT")).collect()
        #expect(!some.isEmpty && some.allSatisfy { $0.department == "IT" })
        // What is no list says so.
        await #expect(throws: JumpCloudError.self) {
            for try await _ in fake.client.list("v1.systemUsers.get", ["id": "5f1b"], of: JSONValue.self) {}
        }
    }

    /// Each line of the README that filters is here, and finds some and not all.
    @Test func whatTheReadmeFiltersForIsFound() async throws {
        let jc = try await Fake().client
        let filter = Filter.equal("department", "IT") && !Filter.equal("suspended", true)
        let users = try await jc.v1.systemUsers.list().collect()
        let groups = try await jc.v2.userGroups.list().collect()
        let inIT = users.filter { $0.department == "IT" }
        let sales = groups.filter { $0.name?.lowercased().contains("sales") == true }
        let shown: [(String, () async throws -> [Set<String>])] = [
            (
                #"for try await user in jc.v1.systemUsers.list(filter: .equal("department", "IT")) {"#,
                {
                    [
                        Set(try await jc.v1.systemUsers.list(filter: .equal("department", "IT")).collect().compactMap { $0.id }),
                        Set(inIT.compactMap { $0.id }), Set(users.compactMap { $0.id }),
                    ]
                }
            ),
            (
                "for try await user in jc.v1.systemUsers.list(filter: filter) {",
                {
                    [
                        Set(try await jc.v1.systemUsers.list(filter: filter).collect().compactMap { $0.id }),
                        Set(inIT.filter { $0.suspended != true }.compactMap { $0.id }), Set(inIT.compactMap { $0.id }),
                    ]
                }
            ),
            (
                #"for try await group in jc.v2.userGroups.list(filter: "name:search:sales") {"#,
                {
                    [
                        Set(try await jc.v2.userGroups.list(filter: "name:search:sales").collect().compactMap { $0.id }),
                        Set(sales.compactMap { $0.id }), Set(groups.compactMap { $0.id }),
                    ]
                }
            ),
        ]
        let readme = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../README.md").standardized
        let lines = try String(contentsOf: readme, encoding: .utf8).split(separator: "\n")
        #expect(lines.contains(#"let filter = Filter.equal("department", "IT") && !Filter.equal("suspended", true)"#))
        let filtering = lines.filter { $0.contains("filter: ") }
        #expect(filtering.count == shown.count)
        for (line, find) in shown {
            #expect(filtering.contains { $0.hasPrefix(line) }, "the README has no \(line)")
            let found = try await find()
            #expect(found[0] == found[1], "\(line)")
            #expect(!found[0].isEmpty && found[0].isStrictSubset(of: found[2]), "\(line)")
        }
    }

    @Test func limitIsOfTheWholeListAndPageSizeOfAPage() async throws {
        let fake = try await Fake()
        let users = fake.client.v1.systemUsers
        for list in [
            users.list(limit: 5), users.list(options: CallOptions(limit: 5)),
            users.list(limit: 5, options: CallOptions(limit: 5)), users.list(options: CallOptions(limit: 5)),
        ] {
            try await fake.control("DELETE", "requests")
            #expect(try await list.collect().count == 5)
            #expect(try await fake.requests().count == 1)
        }
        try await fake.control("DELETE", "requests")
        let pages = users.list(limit: 90, options: CallOptions(pageSize: 40, concurrency: 1))
        #expect(try await pages.collect().count == 90)
        let sent = try await fake.requests()
        #expect(sent.count > 2 && sent.allSatisfy { $0.contains("limit=40") }, "\(sent)")
        #expect(try await users.list(options: CallOptions(limit: 9)).collect(limit: 4).count == 4)
        #expect(try await users.list(options: CallOptions(limit: 4)).collect(limit: 9).count == 4)
        #expect(try await users.list(limit: 4).total == 1234)
        try await fake.control("DELETE", "requests")
        for list in [
            users.list(limit: -1), users.list(limit: 9, options: CallOptions(limit: 5)), users.list(options: CallOptions(limit: -1)),
            users.list(options: CallOptions(pageSize: -1)), users.list(options: CallOptions(pageSize: 0)),
        ] {
            let error = try await failure { _ = try await list.collect() }
            #expect(error?.kind == "invalid_request" && error?.details.parameter != nil, "\(String(describing: error))")
        }
        #expect(try await failure { _ = try await users.list().collect(limit: -1) }?.kind == "invalid_request")
        #expect(try await fake.requests().isEmpty)
    }

    @Test func eightTasksShareAListAndEachUserComesOnce() async throws {
        let fake = try await Fake()
        let list = fake.client.v1.systemUsers.list(options: CallOptions(pageSize: 50))
        // An iterator is one task's: it hands what comes to the others.
        let ids = try await withThrowingTaskGroup(of: String?.self) { group in
            var (ids, running) = ([String?](), 0)
            for try await user in list {
                if running == 8, let id = try await group.next() { ids.append(id) } else { running += 1 }
                group.addTask {
                    await Task.yield()
                    return user.json["_id"]?.string
                }
            }
            for try await id in group { ids.append(id) }
            return ids
        }
        #expect(ids.count == 1234 && Set(ids.compactMap { $0 }).count == 1234)
        // Each loop is a walk of its own.
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await list.collect(limit: 300).count } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts == Array(repeating: 300, count: 8))
    }

    @Test func callersDecodeIntoTypesOfTheirOwn() async throws {
        struct Person: Codable {
            let username: String
            let email: String
        }
        let fake = try await Fake()
        let people = try await fake.client.list("v1.systemUsers.list", of: Person.self).collect(limit: 150)
        #expect(people.count == 150 && people.allSatisfy { $0.email.contains("@") })
        struct Other: Codable { let noSuchField: String }
        let error = try await failure {
            _ = try await fake.client.list("v1.systemUsers.list", of: Other.self).collect(limit: 5)
        }
        #expect(error?.kind == "decode" && error?.details.body.isEmpty == false)
    }

    @Test func aServiceAccountGetsOneTokenForAllItsCalls() async throws {
        let fake = try await Fake()
        try await fake.control("DELETE", "tokens")
        try await fake.control("DELETE", "requests")
        let (id, secret) = (fake.access["client_id"]?.string ?? "", fake.access["client_secret"]?.string ?? "")
        let jc = JumpCloud(serviceAccount: id, secret: secret, baseURLs: fake.baseURLs)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 { group.addTask { try await jc.v2.userGroups.list().collect().count } }
            for try await count in group { #expect(count > 0) }
        }
        #expect(try await fake.requests().filter { $0.hasPrefix("POST /oauth2/token") }.count == 1)
    }

    @Test func aSystemSignsForItself() async throws {
        let fake = try await Fake()
        let id = fake.access["system_id"]?.string ?? ""
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["client.key", "jcagent.conf"] {
            try await fake.control("GET", "systems/\(id)/\(name)").write(to: folder.appendingPathComponent(name))
        }
        let context = try SystemContext.fromAgent(
            configuration: folder.appendingPathComponent("jcagent.conf").path,
            key: folder.appendingPathComponent("client.key").path)
        #expect(context.systemID == id && context.region == .us)
        let jc = JumpCloud(systemContext: context, baseURLs: fake.baseURLs)
        #expect(try await jc.v1.systems.get(id: id).json["_id"]?.string == id)
        let error = try await failure {
            _ = try await jc.v1.systems.get(id: "0123456789abcdef01234567")
        }
        #expect(error?.kind == "invalid_request")
    }

    @Test func whatGoesUpComesDownByteForByte() async throws {
        let fake = try await Fake()
        let logo = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + (0...255))
        let application = try await fake.client.list("v1.applications.list", of: JSONValue.self).collect(limit: 1)
        let id = try #require(application.first?["_id"]?.string ?? application.first?["id"]?.string)
        let image = Attachment(data: logo, fileName: "logo.png", mediaType: "image/png")
        try await fake.client.v2.applications.logo.upload(applicationId: id, image: image)
        let described = try await fake.client.call("v1.applications.get", ["id": id], as: JSONValue.self)
        let address = try #require(described["logo"]?["url"]?.string)
        let name = address.split(separator: "/").last.map(String.init) ?? ""
        let reply = try await fake.client.reply("v2.logos.download", ["id": name])
        #expect(reply.mediaType == "image/png" && reply.body == logo)
    }

    @Test func errorsSayWhatJumpCloudSaid() async throws {
        let fake = try await Fake()
        let missing = try await failure {
            _ = try await fake.client.v1.systemUsers.get(id: "0123456789abcdef01234567")
        }
        guard case .notFound(let details) = missing else { return #expect(Bool(false), "\(String(describing: missing))") }
        #expect(details.status == 404 && details.operation == "v1.systemUsers.get" && !details.body.isEmpty)
        let stranger = JumpCloud(apiKey: "not-a-key-of-ours", baseURLs: fake.baseURLs)
        let refused = try await failure { _ = try await stranger.v2.userGroups.list().collect() }
        guard case .authentication = refused else { return #expect(Bool(false), "\(String(describing: refused))") }
        var dumped = ""
        dump(refused, to: &dumped)
        #expect(!"\(String(describing: refused)) \(dumped) \(refused!.localizedDescription)".contains("not-a-key"))
    }

    @Test func aCancelledTaskEndsItsRequests() async throws {
        let fake = try await Fake()
        try await fake.control("PUT", "quirks", ["latency_ms": 20_000])
        defer { Task { try await fake.control("PUT", "quirks", [:]) } }
        let jc = fake.client
        // The test would take twenty seconds and more if the requests went on, and see users instead of the error.
        let task = Task { try await jc.v1.systemUsers.list().collect().count }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        try await fake.control("PUT", "quirks", [:])
    }

    @Test func aDeadlineEndsACallWhateverTheServerDoes() async throws {
        let fake = try await Fake()
        let options = CallOptions(deadline: .milliseconds(400))
        for quirks: JSONValue in [["latency_ms": 20_000], ["server_error_every": 1]] {
            try await fake.control("PUT", "quirks", quirks)
            let begun = ContinuousClock.now
            let calls: [() async throws -> Void] = [
                { _ = try await fake.client.v1.systemUsers.get(id: "x", options: options) },
                { _ = try await fake.client.v1.systemUsers.list(options: options).collect() },
            ]
            for call in calls {
                do {
                    try await call()
                    Issue.record("it is answered")
                } catch let error as JumpCloudError {
                    #expect(error.details.message.contains("the deadline of 400 ms"), "\(error)")
                }
            }
            #expect(ContinuousClock.now - begun < .seconds(5))
        }
        try await fake.control("PUT", "quirks", [:])
    }

    @Test func aRedirectIsNotFollowed() async throws {
        let server = try SocketServer(
            saying: "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        defer { server.stop() }
        let jc = JumpCloud(apiKey: "k", baseURLs: BaseURLs(server.url), options: CallOptions(attempts: 1))
        let error = try await failure { _ = try await jc.v2.userGroups.get(id: "5f1b") }
        #expect(error?.kind == "transport" && error?.details.status == 302, "\(String(describing: error))")
        #expect(server.requests().count == 1)
    }

    @Test func requestsSayWhoSendsThem() async throws {
        let server = try SocketServer(saying: "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        defer { server.stop() }
        for program in [nil, "offboarding/2.1"] {
            let jc = JumpCloud(
                apiKey: "k", baseURLs: BaseURLs(server.url), userAgent: program, options: CallOptions(attempts: 1))
            _ = try await failure { _ = try await jc.v2.userGroups.get(id: "5f1b") }
            let said = server.requests().last?.split(separator: "\r\n").filter { $0.lowercased().hasPrefix("user-agent:") }
            #expect(said?.count == 1)
            let agent = try #require(said?.first?.wholeMatch(of: /[^:]+: jumpcloud-client\/\d+\.\d+\.\d+ \(Swift\)(?: (.+))?/))
            #expect(agent.1.map(String.init) == program)
        }
        let wrong = JumpCloud(apiKey: "k", baseURLs: BaseURLs(server.url), userAgent: "a\r\nx-evil: 1")
        let error = try await failure { _ = try await wrong.v2.userGroups.get(id: "5f1b") }
        #expect(error?.kind == "invalid_request" && error?.details.parameter == "userAgent")
    }
}

/// Collects what a progress callback is told.
private final class Progress: @unchecked Sendable {
    private let lock = NSLock()
    private var told: [(received: Int, total: Int?)] = []
    func add(_ received: Int, _ total: Int?) { lock.withLock { told.append((received, total)) } }
    var last: (received: Int, total: Int?)? { lock.withLock { told.last } }
}
