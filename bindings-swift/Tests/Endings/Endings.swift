// Calls that end before their time, over real HTTP and again and again: loops that are left, tasks that are cancelled, very many
// at once. What stops for ever here stops a whole program: each part must be done in its time.
//
// `cargo xtask test endings` runs it against the fake, as a debug and a release build and under ThreadSanitizer.

import Foundation
import JumpCloudClient

/// Numbers that are the same in each run (SplitMix64).
struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Ends the program when a part takes too long. It is a thread of its own: a deadlock stops all that tasks run on.
final class Watch: @unchecked Sendable {
    private let lock = NSLock()
    private var (part, done, end) = ("", 0, Date.distantFuture)

    init() {
        Thread.detachNewThread { [self] in
            while true {
                Thread.sleep(forTimeInterval: 0.2)
                let late: String? = lock.withLock { Date() > end ? "\(part): stopped after \(done)" : nil }
                if let late { fail(late) }
            }
        }
    }

    func begin(_ name: String) {
        lock.withLock { (part, done, end) = (name, 0, Date() + (TimeInterval(seconds) ?? 120)) }
    }

    func did() { lock.withLock { done += 1 } }

    private let seconds = ProcessInfo.processInfo.environment["JUMPCLOUD_ENDINGS_SECONDS"] ?? ""
}

func fail(_ why: String) -> Never {
    FileHandle.standardError.write(Data("\(why)\n".utf8))
    _exit(1)
}

@main
struct Endings {
    let url: String
    let key: String
    let seed: UInt64
    /// What most endings share.
    let shared: JumpCloud
    let watch = Watch()

    static func main() async {
        let environment = ProcessInfo.processInfo.environment
        guard let url = environment["JUMPCLOUD_URL"], let key = environment["JUMPCLOUD_API_KEY"] else {
            fail("`cargo xtask test endings` starts the fake that this needs")
        }
        let seed = UInt64(environment["JUMPCLOUD_ENDINGS_SEED"] ?? "") ?? 18
        let endings = Endings(url: url, key: key, seed: seed, shared: JumpCloud(apiKey: key, baseURLs: BaseURLs(url)))
        await endings.each(500, atOnce: 4, "breaks out of lists", endings.leave)
        await endings.each(500, atOnce: 4, "cancels at random times", endings.cancel)
        await endings.each(200, atOnce: 200, "calls at once", endings.call)
        // All is well after that.
        await endings.each(1, atOnce: 1, "whole list", endings.walk)
    }

    /// So many things, some at a time.
    func each(_ count: Int, atOnce width: Int, _ name: String, _ body: @escaping @Sendable (Int) async throws -> Void) async {
        watch.begin("\(count) \(name)")
        let start = Date()
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<count {
                    if index >= width { try await group.next() }
                    group.addTask {
                        try await body(index)
                        watch.did()
                    }
                }
                try await group.waitForAll()
            }
        } catch {
            fail("\(name): \(error)")
        }
        print("   \(count) \(name): \(Int(Date().timeIntervalSince(start) * 1000)) ms")
    }

    /// A client for one ending: every fifth is new, and gone with it while its requests end.
    func client(_ index: Int) -> JumpCloud {
        index % 5 == 0 ? JumpCloud(apiKey: key, baseURLs: BaseURLs(url)) : shared
    }

    @Sendable func leave(_ index: Int) async throws {
        var numbers = Numbers(state: seed &+ UInt64(index))
        // Pages of ten, four of them under way: wherever it is left, others are coming.
        var left = Int.random(in: 1...60, using: &numbers)
        let list = client(index).list("v1.systemUsers.list", options: CallOptions(pageSize: 10), of: JSONValue.self)
        for try await _ in list {
            left -= 1
            if left == 0 { break }
        }
    }

    @Sendable func cancel(_ index: Int) async throws {
        var numbers = Numbers(state: seed &+ UInt64(index))
        let microseconds = Int.random(in: 0...20_000, using: &numbers)
        let jc = client(index)
        let task = Task {
            try await jc.list("v1.systemUsers.list", options: CallOptions(pageSize: 20), of: JSONValue.self).collect().count
        }
        if microseconds > 1000 { try await Task.sleep(for: .microseconds(microseconds)) }
        task.cancel()
        switch await task.result {
        case .success(let count) where count != 1234: fail("a list of \(count) users ended as if that were all")
        case .failure(let error) where !(error is CancellationError): throw error
        default: break
        }
    }

    @Sendable func call(_ index: Int) async throws {
        let list = client(index).list("v1.systemUsers.list", options: CallOptions(pageSize: 10), of: JSONValue.self)
        let page = try await list.pages.first { _ in true }
        if page?.items.count != 10 { fail("a page of \(page?.items.count ?? 0)") }
    }

    @Sendable func walk(_ index: Int) async throws {
        let count = try await shared.list("v1.systemUsers.list", of: JSONValue.self).collect().count
        if count != 1234 { fail("\(count) of 1234 users") }
    }
}
