import CLibPQ
import Glibc

/// The servers of a connection string, in the order in which they are tried.
///
/// libpq leaves a silent server for the next one only where it blocks, and gives each address at least 2 s. So the list
/// is taken apart here: an attempt of libpq's has one address, and whatever time is left is divided among the rest.
struct ServerList: Equatable, Sendable {
    /// A server by its name, its address or both; what is nil is left to libpq.
    struct Server: Equatable, Sendable {
        var host: String?
        var address: String?
        var port: String?

        /// libpq's keywords for it.
        var parameters: [String: String] {
            var parameters: [String: String] = [:]
            if let host { parameters["host"] = host }
            if let address { parameters["hostaddr"] = address }
            if let port { parameters["port"] = port }
            return parameters
        }

        /// Whether the host is a name that has addresses.
        var isName: Bool {
            guard let host, address == nil else { return false }
            return !host.hasPrefix("/") && !host.hasPrefix("@")
        }
    }

    var servers: [Server]
    /// What each round through all servers asks of them, as `target_session_attrs`; nil: what the string says.
    var rounds: [String?]
    /// Whether `load_balance_hosts` wants them in another order each time.
    var isShuffled: Bool
    /// The most for one address.
    var limit: Duration?

    /// Reads the list from libpq's own settings, once the service file and the environment have had their say.
    ///
    /// A list that is not as libpq wants it is left to libpq, whose message says what is wrong.
    init(_ settings: [String: String]) {
        func list(_ keyword: String) -> [String] {
            let text = settings[keyword, default: ""]
            return text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let (hosts, addresses, ports) = (list("host"), list("hostaddr"), list("port"))
        let count = max(hosts.count, addresses.count)
        isShuffled = settings["load_balance_hosts"] == "random"
        limit = settings["connect_timeout"].flatMap { Int($0) }.flatMap { $0 > 0 ? .seconds($0) : nil }
        rounds = settings["target_session_attrs"] == "prefer-standby" && count > 1 ? ["standby", "any"] : [nil]
        let isWellFormed =
            count > 0 && (hosts.isEmpty || hosts.count == count) && (addresses.isEmpty || addresses.count == count)
            && (ports.count <= 1 || ports.count == count)
        servers = (0..<(isWellFormed ? count : 0)).map { place in
            func entry(_ list: [String]) -> String? {
                let text = list.count == 1 ? list[0] : list.indices.contains(place) ? list[place] : ""
                return text.isEmpty ? nil : text
            }
            // A port left out is the usual one, not the environment's.
            return Server(host: entry(hosts), address: entry(addresses), port: entry(ports) ?? "5432")
        }
        // A nameless server is the default socket, which a keyword cannot say.
        if servers.contains(where: { $0.host == nil && $0.address == nil }) { servers = [] }
        if servers.isEmpty { servers = [Server()] }
    }

    /// What libpq knows from the string, its service file and the environment together.
    ///
    /// A value that libpq refuses makes it read everything and connect to nothing.
    static func settings(of parameters: [String: String]) -> [String: String] {
        let refused = parameters.merging(["sslmode": "none of libpq's"]) { $1 }
        let connection = unsafe ConnectionStart.begin(refused)
        defer { unsafe PQfinish(connection) }
        guard let options = unsafe PQconninfo(connection) else { return [:] }
        defer { unsafe PQconninfoFree(options) }
        var settings: [String: String] = [:]
        unsafe PostgresConfiguration.forEachOption(options) { keyword, value in settings[keyword] = value }
        return settings
    }

    /// The numeric addresses of a name, in the system's order; none when it is not known.
    static func addresses(of name: String) -> [String] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(name, nil, &hints, &found) == 0 else { return [] }
        defer { unsafe freeaddrinfo(found) }
        var addresses: [String] = []
        var next = unsafe found
        while let entry = unsafe next {
            var text = [CChar](repeating: 0, count: 256)
            let status = unsafe getnameinfo(
                entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            if status == 0 {
                addresses.append(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
            }
            unsafe next = unsafe entry.pointee.ai_next
        }
        return addresses
    }
}
