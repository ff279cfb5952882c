// A small tool for administrators.
//
//     export JUMPCLOUD_API_KEY=…
//     swift run jumpcloud-admin list --suspended
//     swift run jumpcloud-admin suspend ada --dry-run

import Foundation
import JumpCloudClient

let usage = """
    usage: jumpcloud-admin COMMAND

      list [--suspended] [--department NAME]   users: name, email, state
      macs                                     Macs: id, host name, serial number
      suspend USER [--dry-run]                 suspend a user, by name, email or id
      lock MAC [--dry-run]                     lock a Mac, by host name, serial number or id

    JUMPCLOUD_API_KEY holds the key; JUMPCLOUD_REGION (us, eu, in), JUMPCLOUD_ORGANIZATION and JUMPCLOUD_URL are optional.
    """

func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data("\(message)\n".utf8))
    exit(1)
}

func client() -> JumpCloud {
    let environment = ProcessInfo.processInfo.environment
    guard let key = environment["JUMPCLOUD_API_KEY"] else { fail(usage) }
    guard let region = Region(rawValue: environment["JUMPCLOUD_REGION"] ?? "us") else { fail(usage) }
    return JumpCloud(
        apiKey: key, region: region, organization: environment["JUMPCLOUD_ORGANIZATION"],
        baseURLs: environment["JUMPCLOUD_URL"].map { BaseURLs($0) })
}

/// The value that follows an option.
func value(of option: String, in arguments: [String]) -> String? {
    arguments.firstIndex(of: option).flatMap { arguments.dropFirst($0 + 1).first }
}

func listUsers(_ jc: JumpCloud, _ arguments: [String]) async throws {
    var filters: [Filter] = []
    if arguments.contains("--suspended") { filters.append(.equal("state", "SUSPENDED")) }
    if let department = value(of: "--department", in: arguments) { filters.append(.equal("department", department)) }
    let filter: Filter? = filters.isEmpty ? nil : .and(filters)
    for try await user in jc.v1.systemUsers.list(filter: filter) {
        print(user.username ?? "", user.email ?? "", user.state?.rawValue ?? "", separator: "\t")
    }
}

func listMacs(_ jc: JumpCloud) async throws {
    for try await system in jc.v1.systems.list(filter: .equal("osFamily", "darwin")) {
        print(system.json["_id"]?.string ?? "", system.hostname ?? "", system.serialNumber ?? "", separator: "\t")
    }
}

/// Runs a playbook that changes something, and says what it did or would do.
func change<Given: Model>(_ arguments: [String], _ playbook: (String, Bool) async throws -> Given) async throws {
    guard let target = arguments.first, !target.hasPrefix("--") else { fail(usage) }
    let dryRun = arguments.contains("--dry-run")
    let outcome = try await playbook(target, dryRun).jsonValue
    print(dryRun ? "would send for \(target):" : "done for \(target):", outcome)
}

let arguments = Array(CommandLine.arguments.dropFirst())
let rest = Array(arguments.dropFirst())
do {
    switch arguments.first {
    case "list": try await listUsers(client(), rest)
    case "macs": try await listMacs(client())
    case "suspend":
        let jc = client()
        try await change(rest) { try await jc.playbooks.users.suspend(user: $0, dryRun: $1) }
    case "lock":
        let jc = client()
        try await change(rest) { try await jc.playbooks.systems.lock(system: $0, dryRun: $1) }
    default: fail(usage)
    }
} catch {
    fail(error.localizedDescription)
}
