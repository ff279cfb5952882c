import Foundation

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A server that says what a test wants, byte for byte, on a thread for each connection. It keeps what it was asked.
final class SocketServer: @unchecked Sendable {
    /// One connection, which has asked for something.
    struct Connection: Sendable {
        fileprivate let socket: Int32
        fileprivate let server: SocketServer

        /// Sends it; false when the other side has gone.
        @discardableResult
        func say(_ bytes: [UInt8]) -> Bool {
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes { write(socket, $0.baseAddress, $0.count) }
                guard count > 0 else { return false }
                sent += count
                server.lock.withLock { server.sent += count }
            }
            return true
        }

        @discardableResult
        func say(_ text: String) -> Bool { say(Array(text.utf8)) }

        /// Says nothing until the other side goes.
        func wait() {
            var byte: UInt8 = 0
            while read(socket, &byte, 1) > 0 {}
        }
    }

    // The socket never changes; what is counted is behind the lock.
    private let listener: Int32
    private let lock = NSLock()
    private var asked: [String] = []
    private var connections = 0
    private var sent = 0
    let url: String

    /// - Parameter answer: Answers a request; the connection is closed after it.
    init(_ answer: @escaping @Sendable (Connection) -> Void) throws {
        // Whoever writes to a closed connection is told so, and not killed.
        signal(SIGPIPE, SIG_IGN)
        #if canImport(Glibc)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let listener = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard listening else { throw CocoaError(.featureUnsupported) }
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        Thread.detachNewThread { [self] in
            while true {
                let socket = accept(listener, nil, nil)
                guard socket >= 0 else { return }
                lock.withLock { connections += 1 }
                Thread.detachNewThread { [self] in
                    if heard(socket) { answer(Connection(socket: socket, server: self)) }
                    close(socket)
                    lock.withLock { connections -= 1 }
                }
            }
        }
    }

    /// The same words for everybody.
    convenience init(saying text: String) throws {
        try self.init { $0.say(text) }
    }

    /// Reads a request up to its body.
    private func heard(_ socket: Int32) -> Bool {
        var (request, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65536))
        let end = Array("\r\n\r\n".utf8)
        while !request.indices.contains(where: { request[$0...].starts(with: end) }) {
            let length = read(socket, &buffer, buffer.count)
            guard length > 0 else { return false }
            request += buffer.prefix(length)
        }
        lock.withLock { asked.append(String(decoding: request, as: UTF8.self)) }
        return true
    }

    /// The requests as they came, up to their bodies.
    func requests() -> [String] { lock.withLock { asked } }

    /// How many bytes went out.
    var bytesSent: Int { lock.withLock { sent } }

    /// Whether all connections are closed, now or in a while.
    func isLeft() async throws -> Bool {
        for _ in 0..<500 {
            if lock.withLock({ connections == 0 }) { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    func stop() { shutdown(listener, Int32(2)) }
}
