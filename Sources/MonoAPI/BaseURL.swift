import NIOCore

/// Why a text is no base URL; the description says what is expected.
package enum BaseURLError: Error, Equatable, CustomStringConvertible {
    /// Not a URL of the expected form.
    case malformed
    /// Plain http to a host that is not this machine.
    case plainHTTP(host: String)
    /// A name or password before the host.
    case userInfo
    /// A query or a fragment.
    case queryOrFragment
    /// Not the API's root, since each call brings the rest of the path; the root to write instead.
    case notTheRoot(path: String, root: String)

    /// What is wrong.
    package var problem: String {
        switch self {
        case .malformed: "not a base URL"
        case .plainHTTP(let host): "plain http to \(host) would show the key to the network"
        case .userInfo: "a name or password does not belong into the base URL"
        case .queryOrFragment: "a query or fragment does not belong into the base URL"
        case .notTheRoot(let path, _): "\(path) is not the API's root: each call adds its own version and path"
        }
    }

    /// What is expected.
    package var remedy: String {
        switch self {
        case .malformed, .plainHTTP, .userInfo, .queryOrFragment:
            "expected https://host[:port][/path], for instance https://api.withmono.com "
                + "(http only to localhost, 127.0.0.0/8 or [::1])"
        case .notTheRoot(_, let root): "write \(root)"
        }
    }

    /// Both on one line.
    package var description: String { "\(problem); \(remedy)" }
}

/// Where Mono's API lives, in one normal form.
///
/// Scheme and host are lower case, a default port and a trailing slash are dropped, so that equal addresses are
/// equal values. Plain http is accepted for a loopback address only, and the host is parsed and compared whole:
/// `localhost.example` and `127.0.0.1.example` are not this machine. Everything is limited to characters that
/// no two URL parsers read differently.
package struct BaseURL: Sendable, Equatable, CustomStringConvertible {
    /// The address without a trailing slash.
    package let description: String

    /// Parses at most 2,048 bytes.
    package init(_ text: String) throws(BaseURLError) {
        guard text.utf8.count <= 2_048, let separator = text.firstRange(of: "://") else { throw .malformed }
        let scheme = text[..<separator.lowerBound].lowercased()
        let rest = text[separator.upperBound...]
        guard !rest.contains(where: { $0 == "?" || $0 == "#" }) else { throw .queryOrFragment }
        let authority = rest.prefix { $0 != "/" }
        guard !authority.contains("@") else { throw .userInfo }
        guard let (host, port) = Self.split(authority), let path = Self.path(rest[authority.endIndex...]) else {
            throw .malformed
        }
        let defaultPort: Int
        switch scheme {
        case "https": defaultPort = 443
        case "http":
            guard Self.isLoopback(host) else { throw .plainHTTP(host: host) }
            defaultPort = 80
        default: throw .malformed
        }
        let shownHost = host.contains(":") ? "[\(host)]" : host
        let shownPort = port.flatMap { $0 == defaultPort ? nil : ":\($0)" } ?? ""
        description = scheme + "://" + shownHost + shownPort + path
    }

    /// Parses the address of an API's root, behind which each call puts its own version and path.
    ///
    /// Mono's own host has no path before that. A gateway may have one, but none that ends in an API version or in
    /// an endpoint of Mono's: below it every account would look unknown.
    package init(ofAPI text: String) throws(BaseURLError) {
        try self.init(text)
        let parts = description.split(separator: "/")
        let host = parts.dropFirst().first?.prefix { $0 != ":" } ?? ""
        let path = parts.dropFirst(2)
        let isMonos = host == "withmono.com" || host.hasSuffix(".withmono.com")
        let root = isMonos ? [] : path[..<Self.endOfRoot(path)]
        guard root.count == path.count else {
            throw .notTheRoot(
                path: "/" + path.joined(separator: "/"),
                root: "\(parts.prefix(1).joined())//" + (parts.dropFirst().prefix(1) + root).joined(separator: "/"))
        }
    }

    /// Where a version begins that ends the path, or has another one or an endpoint behind it.
    private static func endOfRoot(_ path: ArraySlice<Substring>) -> Int {
        path.indices.first { index in
            guard isVersion(path[index]) else { return false }
            guard let next = path[(index + 1)...].first else { return true }
            return isVersion(next) || ["account", "accounts"].contains(next.lowercased())
        } ?? path.endIndex
    }

    /// `v2`, `V1` or `v1.0`.
    private static func isVersion(_ segment: Substring) -> Bool {
        let number = segment.utf8.dropFirst()
        return segment.lowercased().hasPrefix("v") && number.first.map(isDigit) == true
            && number.allSatisfy { isDigit($0) || $0 == UInt8(ascii: ".") }
    }

    /// The address of one endpoint; `path` begins with a slash.
    func appending(_ path: String) -> String { description + path }

    /// Host (lower case, an IPv6 address without brackets) and port.
    private static func split(_ authority: Substring) -> (host: String, port: Int?)? {
        let host: Substring
        let after: Substring
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
            after = authority[authority.index(after: end)...]
            guard host.utf8.allSatisfy(isHexOrColon), case .v6? = try? SocketAddress(ipAddress: String(host), port: 0)
            else { return nil }
        } else {
            host = authority.prefix { $0 != ":" }
            after = authority[host.endIndex...]
            let labels = host.split(separator: ".", omittingEmptySubsequences: false)
            guard host.utf8.count <= 253, labels.allSatisfy(isLabel) else { return nil }
        }
        if after.isEmpty { return (host.lowercased(), nil) }
        let digits = after.dropFirst()
        guard after.first == ":", digits.utf8.count <= 5, digits.utf8.allSatisfy(isDigit), let port = Int(digits),
            (1...65_535).contains(port)
        else { return nil }
        return (host.lowercased(), port)
    }

    /// The path prefix without a trailing slash: empty, or `/` and segments of unreserved characters.
    private static func path(_ text: Substring) -> String? {
        let trimmed = text.last == "/" ? text.dropLast() : text
        let segments = trimmed.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        let isPlain = segments.allSatisfy { segment in
            !["", ".", ".."].contains(segment)
                && segment.utf8.allSatisfy { isAlphanumeric($0) || [0x2D, 0x2E, 0x5F, 0x7E].contains($0) }
        }
        return isPlain ? String(trimmed) : nil
    }

    private static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" { return true }
        if host.contains(":") {
            guard let address = try? SocketAddress(ipAddress: host, port: 0),
                let loopback = try? SocketAddress(ipAddress: "::1", port: 0)
            else { return false }
            return address == loopback
        }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        // A leading zero means octal to some resolvers.
        let numbers = parts.compactMap { part in "\(UInt8(part) ?? 0)" == part ? UInt8(part) : nil }
        return parts.count == 4 && numbers.count == 4 && numbers.first == 127
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2D }
            && label.first != "-" && label.last != "-"
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isHexOrColon(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte) || byte == 0x3A
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
