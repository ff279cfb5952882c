import Foundation
internal import JumpCloudCore

/// Drives a conversation of the core: sends what it wants sent, waits when it wants to wait, signs what it wants
/// signed, and hands out what it has.
///
/// One consumer asks for what is next, never two at once. Requests are tasks of their own, whose answers come through
/// `inbox`; they end with the conversation.
final class Conversation {
    enum Output {
        case page(CoreReply, offset: UInt64, total: UInt64?)
        case reply(Reply)
        case outcome(String)
        case end
    }

    /// What comes through the inbox: a request has ended, or the function that says who calls, and its failure if there was one;
    /// or something may have changed.
    enum Event: Sendable {
        case ended(UInt64, (any Error)?)
        case told((any Error)?)
        case woken
    }

    private let core: CoreConversation
    private let transport: any HTTPTransport
    private let time: any TimeSource
    private let signer: (any Signer)?
    private let credentials: CredentialFunction?
    private let attachment: Data?
    private let holders: Holders
    private let events: AsyncStream<Event>.Continuation
    private var inbox: AsyncStream<Event>.Iterator
    private var inFlight: [UInt64: Task<Void, Never>] = [:]
    /// It has a place among those that hold.
    private var held = false
    /// Who calls is being asked.
    private var question: Task<Void, Never>?
    /// What went wrong last outside of the core: the cause of what the core then says.
    private var cause: (any Error)?

    init(
        _ core: CoreConversation, transport: any HTTPTransport, time: any TimeSource, signer: (any Signer)?,
        credentials: CredentialFunction?, attachment: Data?, holders: Holders
    ) {
        self.holders = holders
        self.core = core
        self.transport = transport
        self.time = time
        self.signer = signer
        self.credentials = credentials
        self.attachment = attachment
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self)
        events = continuation
        inbox = stream.makeAsyncIterator()
    }

    deinit {
        cancel()
    }

    private func cancel() {
        for task in inFlight.values { task.cancel() }
        inFlight = [:]
        question?.cancel()
        question = nil
        holds(nil)
        events.finish()
        // What this one was getting, another one gets now.
        holders.wake()
    }

    /// Where a list stands when so many items of the page that was handed out last are taken.
    func position(taken: Int) -> String? { core.position(taken: UInt64(clamping: taken)) }

    /// Goes on until there is something to hand out.
    func next() async throws -> Output {
        do {
            return try await drive()
        } catch {
            cancel()
            throw error
        }
    }

    private func drive() async throws -> Output {
        while true {
            try Task.checkCancellation()
            let step = try fromCore(underlying: cause, { try core.step(now: time.both()) })
            // What it has begun to hold for may have come just before.
            if holds(step) { continue }
            switch step {
            case .send(let ticket, let request):
                send(ticket, request)
            case .sign(let bytes):
                await sign(bytes)
            case .identify:
                identify()
            case .wait(let milliseconds) where inFlight.isEmpty && question == nil:
                try await time.sleep(milliseconds: milliseconds, answersMayCome: false)
            case .wait(let milliseconds):
                try await receive(within: milliseconds)
            case .hold(let milliseconds):
                try await receive(within: milliseconds)
            case .receive:
                try await receive()
            case .page(let reply, let offset, let total):
                return .page(reply, offset: offset, total: total)
            case .done(let reply):
                return .reply(Reply(reply))
            case .outcome(let json):
                return .outcome(json)
            case .end:
                return .end
            }
        }
    }

    /// Takes a place among those that hold, and says so, or leaves it.
    @discardableResult
    private func holds(_ step: CoreStep?) -> Bool {
        if case .hold? = step {
            guard !held else { return false }
            held = true
            holders.add(self, events)
            return true
        }
        if held {
            held = false
            holders.leave(self)
        }
        return false
    }

    private func send(_ ticket: UInt64, _ request: CoreRequest) {
        let outgoing: HTTPRequest
        do {
            outgoing = try HTTPRequest(request, attachment: attachment)
        } catch {
            cause = error
            return core.failed(ticket, error, now: time.both())
        }
        // The core is told at once: whoever iterates may be busy, and others hold for a token that has come.
        let discreet = request.isPresigned
        inFlight[ticket] = Task { [transport, events, core, time, holders] in
            var failure: (any Error)?
            do {
                try core.received(ticket, await transport.send(outgoing), now: time.both())
            } catch {
                failure = reason(error, discreet: discreet)
                core.failed(ticket, error, now: time.both())
            }
            events.yield(.ended(ticket, failure))
            holders.wake()
        }
    }

    /// Takes the next answer, or the end of that time.
    private func receive(within milliseconds: UInt64) async throws {
        let timer = Task { [time, events] in
            do {
                try await time.sleep(milliseconds: milliseconds, answersMayCome: true)
                events.yield(.woken)
            } catch {}  // An answer came first.
        }
        defer { timer.cancel() }
        try await receive()
    }

    /// Takes the next answer, or the end of a wait.
    private func receive() async throws {
        switch await inbox.next() {
        case .ended(let ticket, let failure):
            inFlight[ticket] = nil
            cause = failure ?? cause
        case .told(let failure):
            question = nil
            cause = failure ?? cause
        case .woken: break
        // The task that asks is cancelled.
        case nil: throw CancellationError()
        }
    }

    private func identify() {
        question = Task { [credentials, core, events, holders, time] in
            do {
                core.identified(json: try await credentials?().json, now: time.both())
                events.yield(.told(nil))
            } catch {
                core.identified(json: nil, now: time.both())
                events.yield(.told(error))
            }
            holders.wake()
        }
    }

    private func sign(_ bytes: Data) async {
        guard let signer else { return core.notSigned(why: "there is no signer") }
        do {
            core.signed(signature: try await signer.sign(bytes))
        } catch {
            cause = error
            core.notSigned(why: (error as? JumpCloudError)?.details.message ?? error.localizedDescription)
        }
    }
}

/// What is behind an error of the transport's. Foundation's names the URL: where that is a secret, only the code stays.
private func reason(_ error: any Error, discreet: Bool) -> (any Error)? {
    let reason = (error as? HTTPFailure)?.underlying ?? error
    return discreet ? (reason as? URLError).map { URLError($0.code) } : reason
}

extension TimeSource {
    func both() -> CoreTime { CoreTime(wall: now(), steady: steady()) }
}

extension CoreConversation {
    /// Hands over an answer.
    func received(_ ticket: UInt64, _ response: HTTPResponse, now: CoreTime) throws {
        // UniFFI counts bytes in 32 bits.
        guard response.body.count <= Int32.max, let status = UInt16(exactly: response.status) else {
            throw HTTPFailure.refused("the answer is larger than 2 GB, or has no status")
        }
        let headers = response.headers.map { CoreHeader(name: $0.name, value: $0.value) }
        received(ticket: ticket, status: status, headers: headers, body: response.body, now: now)
    }

    /// Says that there is no answer.
    func failed(_ ticket: UInt64, _ error: any Error, now: CoreTime) {
        let (failure, why): (Failure, String) =
            switch error {
            case HTTPFailure.notSent(let why, _): (.notSent, why)
            case HTTPFailure.noAnswer(let why, _): (.noAnswer, why)
            case HTTPFailure.refused(let why): (.refused, why)
            case HTTPFailure.tooLarge: (.tooLarge, "")
            default: (.noAnswer, error.localizedDescription)
            }
        failed(ticket: ticket, failure: failure, why: why, now: now)
    }
}

/// The conversations of a client that hold for what another one has, in the order in which they began to.
final class Holders: @unchecked Sendable {
    private let lock = NSLock()
    private var waiting: [(holder: ObjectIdentifier, events: AsyncStream<Conversation.Event>.Continuation)] = []

    func add(_ holder: Conversation, _ events: AsyncStream<Conversation.Event>.Continuation) {
        lock.withLock { waiting.append((ObjectIdentifier(holder), events)) }
    }

    /// It holds no longer: the next one looks.
    func leave(_ holder: Conversation) {
        let holder = ObjectIdentifier(holder)
        lock.withLock {
            if let place = waiting.firstIndex(where: { $0.holder == holder }) { waiting.remove(at: place) }
        }
        wake()
    }

    /// Something has happened that they may hold for: the first of them looks, and when it holds no longer, the next one.
    func wake() {
        lock.withLock { waiting.first?.events }?.yield(.woken)
    }
}

extension HTTPRequest {
    /// The core's request, with the caller's attachment in its place.
    init(_ request: CoreRequest, attachment: Data?) throws {
        // Foundation must not change a character: System Context signs the text.
        guard let url = URL(string: request.url), url.absoluteString == request.url else {
            throw HTTPFailure.refused("Foundation does not take the URL as it is")
        }
        self.url = url
        method = request.method
        headers = request.headers.map { HTTPHeader(name: $0.name, value: $0.value) }
        maxBody = Int(clamping: request.maxBody)
        description = request.redacted
        switch request.body {
        case .empty: body = nil
        case .bytes(let bytes): body = bytes
        case .attachment(let before, let after, let length):
            guard let attachment, attachment.count == length else {
                throw HTTPFailure.refused("the attachment is not \(length) bytes long")
            }
            body = before.isEmpty && after.isEmpty ? attachment : before + attachment + after
        }
    }
}
