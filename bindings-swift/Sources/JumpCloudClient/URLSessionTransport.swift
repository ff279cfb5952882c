import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Sends requests with `URLSession`, without cookies, caches and redirects.
///
/// What `URLSession` said is behind the failure that this throws, and behind the error of the call: a `URLError`, as
/// ``JumpCloudError/Details/underlying``.
public final class URLSessionTransport: HTTPTransport {
    private let session: URLSession
    private let exchanges = Exchanges()

    /// A transport with a session of its own.
    ///
    /// - Parameter configuration: proxies, timeouts, TLS; by default an ephemeral one. It is copied, and stays as it is.
    public init(configuration: URLSessionConfiguration = .ephemeral) {
        let own = configuration.copy() as? URLSessionConfiguration ?? .ephemeral
        own.httpCookieStorage = nil
        own.httpShouldSetCookies = false
        own.urlCache = nil
        own.requestCachePolicy = .reloadIgnoringLocalCacheData
        // As many as any list keeps in flight; more wait inside the session.
        own.httpMaximumConnectionsPerHost = max(own.httpMaximumConnectionsPerHost, 16)
        // For the whole session: on Linux, a task's own delegate is not asked about redirects.
        #if canImport(FoundationNetworking)
        session = URLSession(configuration: own, delegate: exchanges, delegateQueue: PlainQueue())
        #else
        session = URLSession(configuration: own, delegate: exchanges, delegateQueue: nil)
        #endif
    }

    deinit {
        session.finishTasksAndInvalidate()
    }

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        var outgoing = URLRequest(url: request.url)
        outgoing.httpMethod = request.method
        for header in request.headers { outgoing.addValue(header.value, forHTTPHeaderField: header.name) }
        outgoing.httpBody = request.body
        try Task.checkCancellation()
        let task = session.dataTask(with: outgoing)
        // Not `data(for:)`: on Linux it cancels while the lock of the caller's task is held, for which the session's queue may
        // be waiting, and the whole process stops (swift-corelibs-foundation 5412).
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { exchanges.begin(task, maxBody: request.maxBody, $0) }
        } onCancel: {
            exchanges.cancel(task)
        }
    }
}

/// A request that is under way, and what has come of its answer.
private struct Exchange {
    let continuation: CheckedContinuation<HTTPResponse, any Error>
    let maxBody: Int
    var body = Data()
    /// How many bytes may still come.
    var left: Int { maxBody - body.count }

    func answer(_ task: URLSessionTask) {
        guard let answer = task.response as? HTTPURLResponse else {
            return continuation.resume(throwing: HTTPFailure.refused("the answer is not HTTP"))
        }
        let headers = answer.allHeaderFields.map { HTTPHeader(name: "\($0.key)", value: "\($0.value)") }
        continuation.resume(returning: HTTPResponse(status: answer.statusCode, headers: headers, body: body))
    }
}

/// The requests of a session that are under way, and what comes of them. Each ends once: for who takes it out.
private final class Exchanges: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    // Guards the dictionary, and nothing else is called while it is held.
    private let lock = NSLock()
    private var underWay: [Int: Exchange] = [:]
    /// Where tasks are cancelled, which waits for the session's queue: no caller does, whatever locks are held there. On Linux that
    /// queue is libcurl's, and takes its time while a server sends faster than it is read; what then comes is dropped.
    private let canceller = DispatchQueue(label: "JumpCloudClient.URLSessionTransport.cancel")

    func begin(_ task: URLSessionTask, maxBody: Int, _ continuation: CheckedContinuation<HTTPResponse, any Error>) {
        lock.withLock { underWay[task.taskIdentifier] = Exchange(continuation: continuation, maxBody: maxBody) }
        // Who cancelled before this found nothing to end.
        if Task.isCancelled { cancel(task) } else { task.resume() }
    }

    func cancel(_ task: URLSessionTask) {
        take(task)?.continuation.resume(throwing: CancellationError())
        canceller.async { task.cancel() }
    }

    private func take(_ task: URLSessionTask) -> Exchange? {
        lock.withLock { underWay.removeValue(forKey: task.taskIdentifier) }
    }

    func urlSession(_ session: URLSession, dataTask task: URLSessionDataTask, didReceive data: Data) {
        let tooLarge = lock.withLock { () -> Exchange? in
            // Not with the exchange in hand: its body would be copied with each piece.
            guard let left = underWay[task.taskIdentifier]?.left else { return nil }
            if data.count > left { return underWay.removeValue(forKey: task.taskIdentifier) }
            underWay[task.taskIdentifier]?.body.append(data)
            return nil
        }
        guard let tooLarge else { return }
        tooLarge.continuation.resume(throwing: HTTPFailure.tooLarge)
        canceller.async { task.cancel() }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let exchange = take(task) else { return }
        if let error { exchange.continuation.resume(throwing: failure(error)) } else { exchange.answer(task) }
    }

    // A method of another type than the protocol's would not be called, and the redirect followed.
    #if canImport(FoundationNetworking)
    typealias Decision = (URLRequest?) -> Void
    #else
    typealias Decision = @Sendable (URLRequest?) -> Void
    #endif

    /// No to every redirect; the redirect itself is then the answer.
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping Decision
    ) {
        completionHandler(nil)
    }

    #if canImport(FoundationNetworking)
    /// Linux asks about a 401 once all of it is there, and a task whose question is left to it never completes: the 401 is the
    /// answer.
    func urlSession(
        _ session: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) {
        take(task)?.answer(task)
        canceller.async { task.cancel() }
    }
    #endif
}

#if canImport(FoundationNetworking)
/// Where the delegate is called, one piece after the other. The operations of Linux's own queue cost the more the more of them
/// wait, and a body comes in thousands.
private final class PlainQueue: OperationQueue, @unchecked Sendable {
    private let queue = DispatchQueue(label: "JumpCloudClient.URLSessionTransport")

    override func addOperation(_ block: @escaping @Sendable () -> Void) { queue.async(execute: block) }
}
#endif

/// What a task ends with, as ``HTTPTransport`` says it.
private func failure(_ error: any Error) -> any Error {
    guard let error = error as? URLError else { return HTTPFailure.noAnswer(error.localizedDescription, underlying: error) }
    if error.code == .cancelled { return CancellationError() }
    return neverSent.contains(error.code)
        ? HTTPFailure.notSent(error.localizedDescription, underlying: error)
        : HTTPFailure.noAnswer(error.localizedDescription, underlying: error)
}

/// What goes wrong before a request is on its way.
private let neverSent: Set<URLError.Code> = [
    .cannotFindHost, .cannotConnectToHost, .dnsLookupFailed, .notConnectedToInternet, .secureConnectionFailed,
    .serverCertificateHasBadDate, .serverCertificateUntrusted, .serverCertificateHasUnknownRoot,
    .serverCertificateNotYetValid, .clientCertificateRejected, .clientCertificateRequired,
    .appTransportSecurityRequiresSecureConnection, .internationalRoamingOff, .dataNotAllowed, .badURL,
    .unsupportedURL,
]
