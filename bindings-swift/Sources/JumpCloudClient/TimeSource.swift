import Foundation

/// Where a client has the time from. Programs leave it alone; tests that must not wait bring their own.
public protocol TimeSource: Sendable {
    /// Milliseconds since 1970 UTC.
    func now() -> UInt64
    /// Waits, until the time is over or the task is cancelled.
    ///
    /// - Parameter answersMayCome: Whether requests are in flight. The answer to one of them cancels the wait.
    func sleep(milliseconds: UInt64, answersMayCome: Bool) async throws
}

/// The system's time.
public struct SystemTime: TimeSource {
    /// The system's time.
    public init() {}

    public func now() -> UInt64 { UInt64(max(0, Date().timeIntervalSince1970 * 1000)) }

    public func sleep(milliseconds: UInt64, answersMayCome: Bool) async throws {
        try await Task.sleep(for: .milliseconds(Int64(clamping: milliseconds)))
    }
}
