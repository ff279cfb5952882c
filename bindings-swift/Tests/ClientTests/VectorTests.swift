import Foundation
import JumpCloudClient
import Testing

/// The conversations that every language replays: `tests/vectors`, described in its README.
private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../tests/vectors").standardizedFileURL

private let files =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".json") }.sorted()

@Test func thereAreVectors() {
    #expect(files.count >= 7, "\(folder.path)")
}

@Test(arguments: files) func everyVectorGoesAsItsScriptSays(file: String) async throws {
    let all = try JSONValue(parsing: Data(contentsOf: folder.appendingPathComponent(file))).array ?? []
    let vectors = all.filter { $0["joinsHeaders"]?.bool != false }
    var replayed = 0
    for vector in vectors {
        for deviation in await replay(vector) {
            Issue.record("\(vector["name"]?.string ?? "?"): \(deviation)")
        }
        replayed += 1
    }
    #expect(replayed > 0 && replayed == vectors.count)
    print("\(file): \(replayed) vectors")
}

private func replay(_ vector: JSONValue) async -> [String] {
    let known = ["name", "now", "client", "joinsHeaders", "operation", "playbook", "parameters", "options", "exchange", "outcome", "calls"]
    if let key = vector.object?.keys.first(where: { !known.contains($0) }) { return ["unknown key \(key)"] }
    let script = Script(now: UInt64(vector["now"]?.int ?? 1_767_225_600_000), client: vector["client"])
    guard let jc = client(vector["client"] ?? [:], script) else { return ["the client's settings are not understood"] }
    for call in vector["calls"]?.array ?? [vector] {
        let deviations = await replay(call, jc, script)
        if !deviations.isEmpty { return deviations }
    }
    return []
}

private func client(_ settings: JSONValue, _ script: Script) -> JumpCloud? {
    let region = settings["region"]?.string.map { Region(rawValue: $0.lowercased()) } ?? .us
    guard let region else { return nil }
    let organization = settings["organization"]?.string
    let baseURLs = settings["baseUrl"]?.string.map { BaseURLs($0) }
    let userAgent = settings["userAgent"]?.string
    if let account = settings["serviceAccount"] {
        return JumpCloud(
            serviceAccount: account["id"]?.string ?? "", secret: account["secret"]?.string ?? "", region: region,
            organization: organization, baseURLs: baseURLs, userAgent: userAgent, transport: script,
            time: script)
    }
    if settings["credentials"]?.bool == true {
        return JumpCloud(
            credentials: { try script.identify() }, region: region, organization: organization, baseURLs: baseURLs,
            userAgent: userAgent, transport: script, time: script)
    }
    if let system = settings["systemContext"]?["systemId"]?.string {
        return JumpCloud(
            systemContext: SystemContext(systemID: system, region: region, signer: script), organization: organization,
            baseURLs: baseURLs, userAgent: userAgent, transport: script, time: script)
    }
    return JumpCloud(
        apiKey: settings["apiKey"]?.string ?? "test-key", region: region, organization: organization,
        baseURLs: baseURLs, userAgent: userAgent, transport: script, time: script)
}

private func replay(_ call: JSONValue, _ jc: JumpCloud, _ script: Script) async -> [String] {
    // Where others get an error, Swift's compiler refuses what is no whole number.
    let numbers = ["limit", "pageSize"].compactMap { call["options"]?[$0] }
    if numbers.contains(where: { $0.int == nil }) {
        return call["outcome"]?["error"]?["kind"]?.string == "invalid_request" ? [] : ["an option cannot be given"]
    }
    guard let options = options(call["options"]?.object ?? [:]) else { return ["an option is unknown"] }
    let parameters = parameters(call["parameters"], script)
    script.begin(call["exchange"]?.array ?? [], concurrent: (options.concurrency ?? 1) > 1)
    var came = JSONObject()
    var items: [JSONValue] = []
    do {
        if let playbook = call["playbook"]?.string {
            came["result"] = try await jc.playbook(playbook, parameters, options: options, as: JSONValue.self)
        } else if call["options"]?["list"]?.bool == true {
            var pages = 0
            came["total"] = .null
            var list = jc.list(
                call["operation"]?.string ?? "", parameters, options: options, of: JSONValue.self
            ).pages.makeAsyncIterator()
            while let page = try await list.next() {
                items += page.items
                pages += 1
                came["total"] = page.total?.jsonValue ?? .null
            }
            came["items"] = .array(items)
            came["pages"] = pages.jsonValue
            came["position"] = list.position?.jsonValue ?? .null
        } else {
            let reply = try await jc.reply(call["operation"]?.string ?? "", parameters, options: options)
            came["status"] = reply.status.jsonValue
            came["mediaType"] = reply.mediaType?.jsonValue ?? .null
            switch reply.content {
            case .json: came["json"] = try reply.decode(JSONValue.self)
            case .empty: came["empty"] = true
            case .bytes:
                came["base64"] = .string(try reply.decode(Data.self).base64EncodedString())
                came["text"] = .string(try reply.decode(String.self))
            }
        }
    } catch let error as JumpCloudError {
        came["error"] = describe(error)
        came["items"] = .array(items)
    } catch {
        return await ["threw \(error)"] + script.deviations()
    }
    let deviations = await script.deviations()
    return deviations.isEmpty ? compare(call["outcome"]?.object ?? [:], came) : deviations
}

/// The parameters, in the order of the script.
private func parameters(_ given: JSONValue?, _ script: Script) -> Parameters {
    guard let given else { return [:] }
    let length = attachmentLength(given)
    script.attachmentLength = length ?? 0
    return Parameters(json: given.text, attachment: length.map { Data(Script.attachment(length: $0).utf8) })
}

private func attachmentLength(_ value: JSONValue) -> Int? {
    switch value {
    case .object(let object):
        object["attachment"]?["length"]?.int ?? object.lazy.compactMap { attachmentLength($0.value) }.first
    case .array(let items): items.lazy.compactMap { attachmentLength($0) }.first
    default: nil
    }
}

private func options(_ given: JSONObject) -> CallOptions? {
    let known = [
        "list", "limit", "pageSize", "concurrency", "attempts", "deadline", "longestWait", "strict", "organizations", "headers", "seed",
        "maxPages", "from", "lag", "overlap",
    ]
    guard given.keys.allSatisfy({ known.contains($0) }) else { return nil }
    let headers = given["headers"]?.object?.map { ($0.key, $0.value.string ?? "") } ?? []
    return CallOptions(
        organizations: given["organizations"].map { $0.array ?? [$0] }?.compactMap(\.string) ?? [],
        headers: Dictionary(uniqueKeysWithValues: headers), limit: given["limit"]?.int,
        pageSize: given["pageSize"]?.int, attempts: given["attempts"]?.int,
        deadline: given["deadline"]?.int.map { .milliseconds($0) }, longestWait: given["longestWait"]?.int.map { .milliseconds($0) },
        strict: given["strict"]?.bool, concurrency: given["concurrency"]?.int ?? 1,
        maxPages: given["maxPages"]?.int, from: given["from"]?.string,
        lag: given["lag"]?.int.map { .milliseconds($0) }, overlap: given["overlap"]?.int.map { .milliseconds($0) }, seed: given["seed"]?.int.map { UInt64($0) } ?? 0)
}

private func describe(_ error: JumpCloudError) -> JSONValue {
    let details = error.details
    let wait = details.retryAfter.map { $0.components.seconds * 1000 + $0.components.attoseconds / 1_000_000_000_000_000 }
    return [
        "kind": .string(error.kind), "message": .string(details.message),
        "operation": details.operation?.jsonValue ?? .null, "parameter": details.parameter?.jsonValue ?? .null,
        "status": details.status?.jsonValue ?? .null, "code": details.code?.jsonValue ?? .null,
        "details": details.details ?? .null, "requestId": details.requestID?.jsonValue ?? .null,
        "retryAfter": wait.map { Int($0).jsonValue } ?? .null,
        "tries": details.tries.jsonValue, "isRetryable": details.isRetryable.jsonValue,
        "body": .string(String(decoding: details.body, as: UTF8.self)),
    ]
}

private func compare(_ expected: JSONObject, _ came: JSONObject) -> [String] {
    var expected = expected
    if came["status"] != nil, expected["status"] == nil { expected["status"] = 200 }
    var deviations: [String] = []
    for (key, value) in expected {
        guard key == "error", let facts = value.object, let error = came["error"] else {
            if came[key] != value { deviations.append("expected \(key) \(value.text), came \(came.text)") }
            continue
        }
        for (fact, value) in facts {
            let same =
                fact == "says"
                ? value.array?.allSatisfy { error["message"]?.string?.contains($0.string ?? "") == true } == true
                : error[fact] == value
            if !same { deviations.append("expected \(fact) \(value.text), came \(error.text)") }
        }
    }
    let ends = ["error", "items", "json", "text", "base64", "empty", "result"]
    if !ends.contains(where: { expected[$0] != nil && came[$0] != nil }) {
        deviations.append("the outcome \(expected.text) says nothing of how it ended: \(came.text)")
    }
    return deviations
}
