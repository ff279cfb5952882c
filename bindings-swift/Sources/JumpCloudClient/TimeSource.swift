import Dispatch
import Foundation

/// Where a client has the time from. Programs leave it alone; tests that must not wait bring their own.
public protocol TimeSource: Sendable {
    /// Milliseconds since 1970 UTC.
    func now() -> UInt64
    /// Milliseconds on a clock that nobody sets: what is waited for is counted on it. The same as `now()` unless a type says otherwise.
    func steady() -> UInt64
    /// Waits, until the time is over or the task is cancelled.
    ///
    /// - Parameter answersMayCome: Whether requests are in flight. The answer to one of them cancels the wait.
    func sleep(milliseconds: UInt64, answersMayCome: Bool) async throws
}

extension TimeSource {
    public func steady() -> UInt64 { now() }
}

/// The system's time.
public struct SystemTime: TimeSource {
    /// The system's time.
    public init() {}

    public func now() -> UInt64 { UInt64(max(0, Date().timeIntervalSince1970 * 1000)) }

    public func steady() -> UInt64 { DispatchTime.now().uptimeNanoseconds / 1_000_000 }

    public func sleep(milliseconds: UInt64, answersMayCome: Bool) async throws {
        try await Task.sleep(for: .milliseconds(Int64(clamping: milliseconds)))
    }
}
