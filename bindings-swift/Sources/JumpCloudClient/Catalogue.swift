import Foundation
internal import JumpCloudCore

/// One of the operations that can be called.
public struct OperationSummary: Sendable, Codable, Hashable {
    /// Its dotted name.
    public let name: String
    /// Its HTTP method.
    public let method: String
    /// Its path, with parameters in braces.
    public let path: String
    /// JumpCloud's own ids for it.
    public let operationIds: [String]
    /// Whether it is a list that comes in pages.
    public let list: Bool
    /// Whether it deletes or erases something.
    public let destructive: Bool
    /// What it does, in a sentence.
    public let summary: String
}

/// One place where an answer is not what JumpCloud describes.
public struct Drift: Sendable, Codable, Hashable, CustomStringConvertible {
    /// Where, as `body.results[2].name`.
    public let path: String
    /// What is the matter.
    public let message: String
    /// Whether it is a wrong type or a missing key; else it is an unknown key or value, and JumpCloud may only be newer.
    public let wrong: Bool

    public var description: String { "\(path): \(message)" }
}

extension JumpCloud {
    /// The operations that these words mean, the likeliest first; all of them without words.
    ///
    /// ```swift
    /// for operation in jc.operations("add user to group") { print(operation.name, operation.summary) }
    /// ```
    public func operations(_ words: String = "") -> [OperationSummary] {
        let json = JumpCloudCore.operations(words: words)
        // The core's own text: it decodes, or a test of this package fails.
        return (try? JSONDecoder().decode([OperationSummary].self, from: Data(json.utf8))) ?? []
    }

    /// An operation for programs and agents: method, path, credentials, scopes, paging, and its parameters and answer
    /// as JSON Schema. Or a playbook: what it does and may call, and its parameters and result.
    ///
    /// ```swift
    /// let schema = try jc.describe("v1.systemUsers.create")["parameters"]
    /// ```
    public func describe(_ operation: String) throws -> JSONValue {
        try JSONValue(parsing: try fromCore { try JumpCloudCore.describe(operation: operation) })
    }

    /// The OAuth scopes that a service account or role needs to call all of these operations, and no more.
    public func scopes(_ operations: [String]) throws -> [String] {
        try fromCore { try JumpCloudCore.scopes(operations: operations) }
    }

    /// Every deviation of an answer from what JumpCloud describes, with its JSON path; none where it describes nothing
    /// for this status.
    public func drift(_ operation: String, status: Int, body: Data) throws -> [Drift] {
        let status = UInt16(clamping: status)
        let json = try fromCore { try JumpCloudCore.drift(operation: operation, status: status, body: body) }
        return try JSONDecoder().decode([Drift].self, from: Data(json.utf8))
    }

    /// The playbooks: what each does, takes, calls and gives.
    public func playbookCatalogue() throws -> JSONValue {
        try JSONValue(parsing: JumpCloudCore.playbooks())
    }
}
