import Foundation

/// A TCP port of 127.0.0.1 at which every connection is refused for as long as this lives.
///
/// The port is bound and never listened on, so that no other server can get it.
package final class ClosedPort {
    package let number: Int
    private let descriptor: Int32

    /// Binds a port that the kernel chooses.
    package init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw TestClusterError(description: "no socket could be made") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        number = Int(UInt16(bigEndian: address.sin_port))
        guard isBound else { throw TestClusterError(description: "no free port on 127.0.0.1") }
    }

    deinit { close(descriptor) }
}

/// A TCP port of 127.0.0.1 that nobody listens on, as the kernel chose it.
///
/// Another process can take it before it is used; who needs it must be ready to ask again.
package func freeLoopbackPort() throws -> Int { try ClosedPort().number }
