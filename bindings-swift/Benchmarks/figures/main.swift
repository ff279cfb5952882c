// The package's figures, each beside a peer's from the same run: `cargo xtask swift-figures`.

import Foundation
import JumpCloudClient
import JumpCloudCore

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// What somebody would write by hand for the fields that the fake's users have.
struct HandWrittenUser: Codable {
    struct Attribute: Codable { let name: String?, value: String? }
    struct Address: Codable { let type: String?, locality: String?, country: String?, postalCode: String? }
    struct PhoneNumber: Codable { let type: String?, number: String? }
    struct MFA: Codable { let configured: Bool?, exclusion: Bool? }
    let _id: String?, account_locked: Bool?, activated: Bool?, addresses: [Address]?, allow_public_key: Bool?
    let alternateEmail: String?, attributes: [Attribute]?, company: String?, costCenter: String?, created: String?
    let department: String?, description: String?, displayname: String?, email: String?, employeeIdentifier: String?
    let employeeType: String?, enable_managed_uid: Bool?, enable_user_portal_multifactor: Bool?
    let external_dn: String?, external_source_type: String?, externally_managed: Bool?, firstname: String?
    let jobTitle: String?, lastname: String?, ldap_binding_user: Bool?, location: String?, managedAppleId: String?
    let manager: String?, mfa: MFA?, middlename: String?, organization: String?, password_expiration_date: String?
    let password_expired: Bool?, password_never_expires: Bool?, passwordless_sudo: Bool?, phoneNumbers: [PhoneNumber]?
    let state: String?, sudo: Bool?, suspended: Bool?, totp_enabled: Bool?, unix_guid: Int?, unix_uid: Int?
    let username: String?
}

struct Envelope<Item: Codable>: Codable { let totalCount: Int, results: [Item] }

/// Answers everything with the same bytes: what is measured is everything but the network.
struct Canned: HTTPTransport {
    let body: Data
    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        HTTPResponse(status: 200, headers: [HTTPHeader(name: "content-type", value: "application/json")], body: body)
    }
}

/// The best times of several rounds, in seconds; in turns, so that all see the machine at its fastest.
func best(_ rounds: Int, _ bodies: (() async throws -> Void)...) async throws -> [Double] {
    var best = bodies.map { _ in Double.infinity }
    for _ in 0..<rounds {
        for (index, body) in bodies.enumerated() {
            let start = Date()
            try await body()
            best[index] = min(best[index], Date().timeIntervalSince(start))
        }
    }
    return best
}

/// The most memory this process has had, in MB; nil where the system does not say.
func peakMemory() -> Int? {
    let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM") }
    return line?.split(separator: " ").compactMap { Int($0) }.first.map { $0 / 1024 }
}

func text(_ number: Double, _ digits: Int = 1) -> String { String(format: "%.\(digits)f", number) }

guard let url = ProcessInfo.processInfo.environment["JUMPCLOUD_URL"],
    let key = ProcessInfo.processInfo.environment["JUMPCLOUD_API_KEY"]
else { fatalError("`cargo xtask swift-figures` starts the fake that this needs") }

let jc = JumpCloud(apiKey: key, baseURLs: BaseURLs(url))

func get(skip: Int) async throws -> Data {
    var request = URLRequest(url: URL(string: "\(url)/api/systemusers?limit=100&skip=\(skip)")!)
    request.setValue(key, forHTTPHeaderField: "x-api-key")
    return try await URLSession.shared.data(for: request).0
}

// 1. Bytes to users.
let page = try await get(skip: 0)
let canned = JumpCloud(apiKey: "k", transport: Canned(body: page))
let megabytes = Double(page.count) / 1e6
var seen = 0
let times = try await best(
    20,
    // Everything a call does: request, driving, scan, decoding.
    { seen += try await canned.v1.systemUsers.list().collect(limit: 100).count },
    { seen += try JSONDecoder().decode(Envelope<HandWrittenUser>.self, from: page).results.count })
let (typed, hand) = (times[0], times[1])

// What of it is Rust's: the page goes in and is scanned.
let core = try CoreClient.fromJson(settings: #"{"apiKey":"k"}"#)
var scan = Double.infinity
let now = CoreTime(wall: 0, steady: 0)
for _ in 0..<200 {
    let list = try core.pages(operation: "v1.systemUsers.list", parameters: "{}", options: "{}")
    guard case .send(let ticket, _) = try list.step(now: now) else { fatalError("a list begins with a request") }
    let start = Date()
    list.received(ticket: ticket, status: 200, headers: [], body: page, now: now)
    while case .send = try list.step(now: now) {}
    scan = min(scan, Date().timeIntervalSince(start))
}
print("bytes to [SystemUser], \(text(megabytes, 2)) MB of \(100) users (MB/s)")
print("  this package, the whole call    \(text(megabytes / typed))")
print("  JSONDecoder, structs by hand    \(text(megabytes / hand))")
print("  times as fast                   \(text(hand / typed, 2))")
print("  the envelope scan               \(text(scan * 1e6, 0)) µs, \(text(scan / hand * 100)) % of what JSONDecoder takes")

// 2. A long list over HTTP.
let before = peakMemory()
var start = Date()
var count = 0
var middle: Int?
for try await _ in jc.v1.systemUsers.list() {
    count += 1
    if count == 20_000 { middle = peakMemory() }
}
let walk = Date().timeIntervalSince(start)
let after = peakMemory()
start = Date()
var serial = 0
while true {
    let items = try JSONDecoder().decode(Envelope<HandWrittenUser>.self, from: try await get(skip: serial)).results
    if items.isEmpty { break }
    serial += items.count
}
let loop = Date().timeIntervalSince(start)
print("\(count) users over HTTP, each answer after 20 ms")
print("  this package, 4 pages in flight \(text(walk)) s")
print("  a serial URLSession loop        \(text(loop)) s for \(serial) users")
print("  times as fast                   \(text(loop / walk))")
func text(_ megabytes: Int?) -> String { megabytes.map { "\($0) MB" } ?? "?" }
print("  most memory: before \(text(before)), after 20,000 users \(text(middle)), after all \(text(after))")
