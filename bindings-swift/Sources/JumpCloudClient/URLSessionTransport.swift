import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Sends requests with `URLSession`, without cookies, caches and redirects.
public final class URLSessionTransport: HTTPTransport {
    private let session: URLSession

    /// A transport with a session of its own.
    ///
    /// - Parameter configuration: proxies, timeouts, TLS; by default an ephemeral one.
    public init(configuration: URLSessionConfiguration = .ephemeral) {
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        // As many as any list keeps in flight; more wait inside the session.
        configuration.httpMaximumConnectionsPerHost = max(configuration.httpMaximumConnectionsPerHost, 16)
        // For the whole session: on Linux, a task's own delegate is not asked about redirects.
        session = URLSession(configuration: configuration, delegate: RedirectRefuser(), delegateQueue: nil)
    }

    deinit {
        session.finishTasksAndInvalidate()
    }

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        var outgoing = URLRequest(url: request.url)
        outgoing.httpMethod = request.method
        for header in request.headers { outgoing.addValue(header.value, forHTTPHeaderField: header.name) }
        outgoing.httpBody = request.body
        let (body, answer): (Data, URLResponse)
        do {
            (body, answer) = try await session.data(for: outgoing)
        } catch let error as URLError where error.code == .cancelled {
            throw CancellationError()
        } catch let error as URLError where Self.neverSent.contains(error.code) {
            throw HTTPFailure.notSent(error.localizedDescription)
        } catch {
            throw HTTPFailure.noAnswer(error.localizedDescription)
        }
        guard let answer = answer as? HTTPURLResponse else { throw HTTPFailure.refused("the answer is not HTTP") }
        let headers = answer.allHeaderFields.map { HTTPHeader(name: "\($0.key)", value: "\($0.value)") }
        return HTTPResponse(status: answer.statusCode, headers: headers, body: body)
    }

    /// What goes wrong before a request is on its way.
    private static let neverSent: Set<URLError.Code> = [
        .cannotFindHost, .cannotConnectToHost, .dnsLookupFailed, .notConnectedToInternet, .secureConnectionFailed,
        .serverCertificateHasBadDate, .serverCertificateUntrusted, .serverCertificateHasUnknownRoot,
        .serverCertificateNotYetValid, .clientCertificateRejected, .clientCertificateRequired,
        .appTransportSecurityRequiresSecureConnection, .internationalRoamingOff, .dataNotAllowed, .badURL,
        .unsupportedURL,
    ]
}

/// Says no to every redirect; the redirect itself is then the answer.
private final class RedirectRefuser: NSObject, URLSessionTaskDelegate {
    // A method of another type than the protocol's would not be called, and the redirect followed.
    #if canImport(FoundationNetworking)
    typealias Decision = (URLRequest?) -> Void
    #else
    typealias Decision = @Sendable (URLRequest?) -> Void
    #endif

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping Decision
    ) {
        completionHandler(nil)
    }
}
