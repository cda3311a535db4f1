import Glibc
import Testing

/// A plain blocking socket, to see what a connection really does.
final class Socket: Sendable {
    let number: Int32

    private init(_ number: Int32) {
        self.number = number
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(number) }

    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return address
    }

    private static func with<Result>(
        _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Result
    ) -> Result {
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
        }
    }

    /// Connects to a port of this machine.
    static func connected(to port: Int) throws -> Socket {
        let socket = Socket(Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        var address = address(port)
        try #require(with(&address) { connect(socket.number, $0, $1) } == 0)
        return socket
    }

    /// Listens on a free port.
    static func listening() throws -> (socket: Socket, port: Int) {
        let socket = Socket(Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        var address = address(0)
        try #require(with(&address) { bind(socket.number, $0, $1) } == 0)
        try #require(listen(socket.number, 8) == 0)
        try #require(with(&address) { getsockname(socket.number, $0, &$1) } == 0)
        return (socket, Int(in_port_t(bigEndian: address.sin_port)))
    }

    /// The next connection, within ten seconds.
    func accepted() throws -> Socket {
        let accepted = accept(number, nil, nil)
        try #require(accepted >= 0)
        return Socket(accepted)
    }

    /// Sends all of a text.
    func send(_ text: String) throws {
        try #require(write(number, text, text.utf8.count) == text.utf8.count)
    }

    /// Reads until a text is there, the connection ends, or it breaks; with errno, 0 for a proper end.
    func received(until end: String? = nil) -> (text: String, error: Int32) {
        var bytes: [UInt8] = []
        while true {
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = read(number, &chunk, chunk.count)
            if count < 0 { return (String(decoding: bytes, as: UTF8.self), errno) }
            bytes += chunk.prefix(count)
            let text = String(decoding: bytes, as: UTF8.self)
            if count == 0 || end.map(text.contains) == true { return (text, 0) }
        }
    }

    /// Whether anything, the end included, can be read at once.
    var isReadable: Bool {
        var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }
}
