import Foundation
import Synchronization

/// A plain socket to a server on 127.0.0.1 that sends any bytes, well-formed or not.
package final class HTTPConnection: Sendable {
    /// One answer.
    package struct Reply: Sendable, Equatable {
        package var status: Int
        /// Names in lower case.
        package var headers: [String: String]
        package var body: String
    }

    private let descriptor: Int32
    private let queue = DispatchQueue(label: "test.http")
    /// Read and not yet part of a reply; touched on the queue alone.
    private let unread = Mutex<[UInt8]>([])

    /// Connects, or throws if nobody listens.
    ///
    /// Reads give up after five minutes: the whole suite keeps two processors busy.
    package init(port: Int) throws {
        descriptor = try loopbackSocket(port: port)
    }

    deinit { close(descriptor) }

    /// Sends bytes as they are; false if the server has closed the connection.
    @discardableResult
    package func send(_ text: String) async -> Bool {
        await onQueue { [descriptor] in
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    /// Ends what this side sends.
    package func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// The next answer; nil if the connection ended before it was whole.
    package func reply() async -> Reply? {
        await onQueue { [self] in
            while true {
                if let reply = unread.withLock({ Self.takeReply(&$0) }) { return reply }
                guard readMore() else { return nil }
            }
        }
    }

    /// Waits for the server to close the connection; false if it does not within five minutes.
    package func isClosed() async -> Bool {
        await onQueue { [self] in
            while readMore() {}
            return errno != EAGAIN
        }
    }

    /// Posts a webhook and waits for the answer.
    package func post(_ body: String, secret: String?) async -> Reply? {
        let header = secret.map { "mono-webhook-secret: \($0)\r\n" } ?? ""
        await send(
            "POST /webhooks/mono HTTP/1.1\r\nHost: localhost\r\n\(header)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
        return await reply()
    }

    /// Asks for a page.
    package func get(_ path: String) async -> Reply? {
        await send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return await reply()
    }

    private func onQueue<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: body()) }
        }
    }

    private func readMore() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        errno = 0
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count > 0 { unread.withLock { $0 += chunk.prefix(count) } }
        return count > 0
    }

    private static func takeReply(_ unread: inout [UInt8]) -> Reply? {
        guard let end = unread.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: unread[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let status = lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.last?.trimmingCharacters(in: .whitespaces)
        }
        let length = Int(headers["content-length"] ?? "0") ?? 0
        let rest = unread[end.upperBound...]
        guard rest.count >= length else { return nil }
        let body = String(decoding: rest.prefix(length), as: UTF8.self)
        unread = Array(rest.dropFirst(length))
        return Reply(status: status, headers: headers, body: body)
    }
}

/// A socket that is connected to a server on 127.0.0.1, for its caller to close; reads and writes give up after
/// five minutes.
package func loopbackSocket(port: Int) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
    var patience = timeval(tv_sec: 300, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let result = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard result == 0 else {
        close(descriptor)
        throw SpawnError(description: "nobody listens on port \(port)")
    }
    return descriptor
}
