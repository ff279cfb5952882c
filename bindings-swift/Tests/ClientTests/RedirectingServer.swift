import Foundation

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Answers every request with a redirect to itself, and keeps what it was asked.
final class RedirectingServer: @unchecked Sendable {
    // The socket never changes; what was asked is behind the lock.
    private let listener: Int32
    private let lock = NSLock()
    private var asked: [String] = []
    let url: String

    init() throws {
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
                bind(listener, address, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard listening else { throw CocoaError(.featureUnsupported) }
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                answer(connection)
            }
        }
    }

    private func answer(_ connection: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        // A request without a body comes in one piece over loopback.
        let length = read(connection, &buffer, buffer.count)
        guard length > 0 else {
            close(connection)
            return
        }
        lock.withLock { asked.append(String(decoding: buffer.prefix(length), as: UTF8.self)) }
        let text =
            "HTTP/1.1 302 Found\r\nLocation: \(url)/elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        _ = text.withCString { write(connection, $0, strlen($0)) }
        close(connection)
    }

    /// The requests as they came, up to their bodies.
    func requests() -> [String] { lock.withLock { asked } }

    func stop() { shutdown(listener, Int32(2)) }
}
