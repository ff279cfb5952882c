import Foundation
internal import JumpCloudCore

/// A list: nothing is sent until its items are asked for. Every loop starts again.
///
/// ```swift
/// for try await user in jc.v1.systemUsers.list() { print(user.username ?? "") }
/// let first = try await jc.v1.systemUsers.list().collect(limit: 50)
/// for try await page in jc.v2.userGroups.list().pages { print(page.items.count, page.total ?? 0) }
/// ```
///
/// Pages that do not depend on each other are fetched together, four at a time unless ``CallOptions/concurrency`` says
/// otherwise, and come in order. Whoever stops asking, or whose task is cancelled, ends the requests in flight.
///
/// An item that is there during the whole walk comes exactly once, one that comes or goes meanwhile at most once; where
/// that cannot be promised the list throws ``JumpCloudError/incomplete(_:)``. An iterator belongs to one task: several
/// share a list when one of them iterates, and hands what comes to the others.
public struct JumpCloudList<Element: Decodable & Sendable>: AsyncSequence, Sendable {
    let client: JumpCloud
    let operation: String
    let parameters: Parameters
    var options: CallOptions

    /// The same list, page by page.
    public var pages: JumpCloudPages<Element> { JumpCloudPages(list: self) }

    /// How many items the list has, when JumpCloud says; it asks for the first item to know.
    public var total: Int? {
        get async throws {
            var first = self
            (first.options.pageSize, first.options.concurrency) = (1, 1)
            return try await first.pages.first { _ in true }?.total
        }
    }

    /// All items in one array.
    ///
    /// - Parameters:
    ///   - limit: At most this many.
    ///   - progress: Called after each page with how many there are so far, and how many there will be if JumpCloud
    ///     says.
    public func collect(
        limit: Int? = nil, progress: (@Sendable (_ received: Int, _ total: Int?) -> Void)? = nil
    ) async throws -> [Element] {
        var list = self
        if let limit { list.options.limit = Swift.min(limit, options.limit ?? limit) }
        var items: [Element] = []
        for try await page in list.pages {
            items.append(contentsOf: page.items)
            progress?(items.count, page.total)
        }
        return items
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pages: pages.makeAsyncIterator()) }

    /// Walks a list, for one task: it is not `Sendable`, and a copy is no second walk.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var pages: JumpCloudPages<Element>.AsyncIterator
        var items: [Element] = []
        var index = 0

        /// The next item; `nil` at the end.
        public mutating func next() async throws -> Element? {
            while index == items.count {
                guard let page = try await pages.next() else { return nil }
                (items, index) = (page.items, 0)
            }
            defer { index += 1 }
            return items[index]
        }

        /// Where the list stands: behind the item that was handed out last. Another one begins there, in this program or
        /// after it, with ``CallOptions/from``.
        public var position: String? { pages.position(taken: index) }
    }
}

extension JumpCloudList: CustomStringConvertible, CustomReflectable {
    public var description: String { "JumpCloudList(\(operation))" }
    public var customMirror: Mirror { Mirror(self, children: ["operation": operation]) }
}

/// A page of a list.
public struct JumpCloudPage<Item: Sendable>: Sendable {
    /// Its items.
    public let items: [Item]
    /// How many items there were before this page.
    public let offset: Int
    /// How many items the list has, when JumpCloud says.
    public let total: Int?
}

/// The pages of a list, in order.
public struct JumpCloudPages<Item: Decodable & Sendable>: AsyncSequence, Sendable {
    public typealias Element = JumpCloudPage<Item>

    let list: JumpCloudList<Item>

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(list: list) }

    /// Walks the pages of a list, for one task: it is not `Sendable`, and a copy is no second walk.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let list: JumpCloudList<Item>
        var conversation: Conversation?
        /// What knows where the list stands, after its end too.
        var last: Conversation?
        var over = false

        init(list: JumpCloudList<Item>) { self.list = list }

        /// The next page; `nil` at the end.
        public mutating func next() async throws -> JumpCloudPage<Item>? {
            guard !over else { return nil }
            // Whatever goes wrong is the list's end.
            over = true
            let conversation = try conversation ?? list.client.beginPages(list.operation, list.parameters, list.options)
            self.conversation = conversation
            last = conversation
            guard case .page(let reply, let offset, let total) = try await conversation.next() else {
                self.conversation = nil
                return nil
            }
            let items: [Item] = try reply.items()
            over = false
            return JumpCloudPage(items: items, offset: Int(clamping: offset), total: total.map { Int(clamping: $0) })
        }

        /// Where the list stands: behind the page that was handed out last. Another one begins there, in this program or
        /// after it, with ``CallOptions/from``.
        public var position: String? { position(taken: .max) }

        func position(taken: Int) -> String? {
            guard let last else { return list.options.from }
            return last.position(taken: taken)
        }
    }
}

extension CoreReply {
    /// The items of a page, decoded where they lie.
    func items<Element: Decodable>() throws -> [Element] {
        let (bounds, body) = (bounds().map { Int($0) }, body)
        func read<T: Decodable>(_ part: Data) throws -> T {
            try decoded(T.self, json: part, of: Reply(self).details)
        }
        guard let first = bounds.first, let last = bounds.last else { return [] }
        // All at once, brackets included: readers share what repeats from item to item. Unless items that were handed
        // out before lie between them.
        let together = stride(from: 1, to: bounds.count - 1, by: 2).allSatisfy { index in
            body[bounds[index]..<bounds[index + 1]].lazy.filter { !isSpace($0) }.count == 1
        }
        if together, let array = body.array(around: first..<last) { return try read(array) }
        return try stride(from: 0, to: bounds.count, by: 2).map { try read(body[bounds[$0]..<bounds[$0 + 1]]) }
    }
}

private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

extension Data {
    /// The array whose items these bytes are, if it is one: a service that has a single object answers with it bare.
    fileprivate func array(around items: Range<Int>) -> Data? {
        guard let start = self[..<items.lowerBound].lastIndex(where: { !isSpace($0) }),
            let end = self[items.upperBound...].firstIndex(where: { !isSpace($0) }),
            self[start] == UInt8(ascii: "["), self[end] == UInt8(ascii: "]")
        else { return nil }
        return self[start...end]
    }
}
