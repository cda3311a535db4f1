import Glibc
import TestSupport

/// A port of a loopback address, 127.0.0.1 unless said otherwise, that takes connections and never says a word.
final class SilentServer: Sendable {
    let port: Int
    private let descriptor: Int32

    init(address: UInt32 = 0x7F00_0001, port: Int = 0) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let (wanted, wantedPort) = (address, port)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = wanted.bigEndian
        address.sin_port = UInt16(wantedPort).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = descriptor
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening, listen(listener, 8) == 0 else {
            throw TestClusterError(description: "no port of a loopback address could be listened on")
        }
        self.port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit {
        close(descriptor)
    }

    /// Returns once a client has connected.
    func connected() async {
        while true {
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&request, 1, 0) == 1 { return }
            guard (try? await Task.sleep(for: .milliseconds(1))) != nil else { return }
        }
    }
}
