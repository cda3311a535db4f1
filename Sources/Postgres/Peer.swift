/// The other end of a connection, as libpq knows it.
package struct Peer: Equatable, Sendable, CustomStringConvertible {
    /// As it was named; the folder of a Unix socket.
    package var host: String
    /// The IP address; empty for a Unix socket.
    package var address: String
    /// Whether TLS is on between here and there.
    package var isEncrypted: Bool

    package init(host: String, address: String, isEncrypted: Bool) {
        self.host = host
        self.address = address
        self.isEncrypted = isEncrypted
    }

    /// Whether what is sent there stays on this machine.
    package var isLocal: Bool {
        if host.hasPrefix("/") || host.hasPrefix("@") { return true }
        let plain = address.lowercased().hasPrefix("::ffff:") ? String(address.dropFirst(7)) : address
        return plain == "::1" || plain.hasPrefix("127.")
    }

    package var description: String {
        address.isEmpty || address == host ? host : "\(host) (\(address))"
    }
}
