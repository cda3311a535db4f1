import Dispatch
import Foundation
import Glibc
import Synchronization

/// A port of 127.0.0.1 before another one: what passes can be swallowed, as by a network or a host that is gone.
///
/// A swallowed byte is read and dropped, so nobody hears of it: no reset, no end of the connection.
package final class Relay: Sendable {
    private struct State {
        var swallows = false
        var isLast: (@Sendable ([UInt8]) -> Bool)?
        var misspelling: (right: [UInt8], wrong: [UInt8])?
        var connections: [Int32] = []
        var count = 0
        var answers = 0
    }

    /// The port to connect to.
    package let port: Int
    private let target: Int
    private let listener: Int32
    private let state = Mutex(State())

    /// Begins to listen.
    ///
    /// - Parameter target: The port of 127.0.0.1 that connections are passed on to.
    /// - Throws: `TestClusterError` when there is no port.
    package init(to target: Int) throws {
        self.target = target
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard let port = Self.listen(descriptor) else {
            throw TestClusterError(description: "no port of 127.0.0.1 could be listened on")
        }
        (listener, self.port) = (descriptor, port)
        Thread.detachNewThread { [weak self, descriptor] in
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0, let self else { return }
                self.take(client)
            }
        }
    }

    /// Ends all connections and takes no more.
    package func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
        breakAll()
    }

    /// How many connections were made.
    package var count: Int { state.withLock(\.count) }

    /// How many times the server has said something.
    package var answers: Int { state.withLock(\.answers) }

    /// Swallows everything from now on, in both directions and on new connections too.
    package func freeze() { state.withLock { $0.swallows = true } }

    /// Passes everything on from now on; what was swallowed stays so.
    package func thaw() {
        state.withLock { state in
            state.swallows = false
            state.isLast = nil
        }
    }

    /// Freezes once a client has sent this text: it still arrives, and its answer is swallowed.
    package func freeze(after text: String) {
        let last = Array(text.utf8)
        state.withLock { $0.isLast = { $0.contains(last) } }
    }

    /// Misspells a word of the clients', so that the server refuses what they ask for; both are of one length.
    package func misspell(_ right: String, as wrong: String) {
        state.withLock { $0.misspelling = (Array(right.utf8), Array(wrong.utf8)) }
    }

    /// Ends all connections, as a server that restarts.
    package func breakAll() {
        for descriptor in state.withLock(\.connections) { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    private func take(_ client: Int32) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard Self.connect(server, to: target) else {
            Glibc.close(server)
            Glibc.close(client)
            return
        }
        state.withLock { state in
            state.connections += [client, server]
            state.count += 1
        }
        Thread.detachNewThread { [self] in pump(from: client, to: server, isRequest: true) }
        Thread.detachNewThread { [self] in pump(from: server, to: client, isRequest: false) }
    }

    private func pump(from source: Int32, to sink: Int32, isRequest: Bool) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(source, &buffer, buffer.count)
            guard count > 0 else { break }
            var bytes = Array(buffer[..<count])
            if isRequest, let words = state.withLock(\.misspelling) {
                bytes = bytes.replacing(words.right, with: words.wrong)
            }
            let passes = state.withLock { state in
                if state.swallows { return false }
                if !isRequest { state.answers += 1 }
                if isRequest, state.isLast?(bytes) == true { state.swallows = true }
                return true
            }
            guard passes else { continue }
            guard send(sink, bytes, count, Int32(MSG_NOSIGNAL)) == count else { break }
        }
        // An end is swallowed like everything else.
        if !state.withLock(\.swallows) { shutdown(sink, Int32(SHUT_RDWR)) }
    }

    private static func listen(_ descriptor: Int32) -> Int? {
        var address = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound, Glibc.listen(descriptor, 64) == 0 else { return nil }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func connect(_ descriptor: Int32, to port: Int) -> Bool {
        var address = loopback(port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        return address
    }
}
