/// Why a connection string is none of libpq's, and how to write it for libpq.
///
/// Only words of fixed lists are repeated: anything else may belong to a password.
struct ConnectionStringFault: Equatable {
    var what: String
    var instead: String

    private init(_ what: String, _ instead: String) {
        self.what = what
        self.instead = instead
    }

    private static let form = "write postgresql://USER:PASSWORD@HOST:5432/DATABASE"

    /// What makes libpq refuse the text; nil if it is none of the usual mistakes.
    ///
    /// - Parameters:
    ///   - text: What libpq refused.
    ///   - known: The parameters that libpq knows.
    init?(in text: String, known: Set<String>) {
        guard let fault = Self.beginning(of: text) ?? Self.parts(of: text, known) else { return nil }
        self = fault
    }

    // MARK: How it begins

    private static func beginning(of text: String) -> Self? {
        if text.hasPrefix("\"") || text.hasPrefix("'") { return Self("it begins with a quote", "take the quotes away") }
        for command in ["psql ", "export ", "DATABASE_URL="] where text.hasPrefix(command) {
            return Self("it begins with \"\(command)\"", "keep only what follows, without quotes")
        }
        if text.hasPrefix("jdbc:") { return Self("jdbc: is Java's form", form) }
        if let scheme = scheme(of: text), !["postgres", "postgresql"].contains(scheme) {
            return Self("the scheme \(scheme):// is not libpq's", form)
        }
        if text.contains(";"), text.lowercased().firstMatch(of: /(^|;)\s*(host|server|data source)\s*=/) != nil {
            return Self(
                "semicolons between the parts are .NET's form", "write host=… port=… dbname=… user=… password=…")
        }
        return nil
    }

    private static func scheme(of text: String) -> String? {
        text.prefixMatch(of: /([A-Za-z][A-Za-z0-9+._-]{0,29}):\/\//).map { String($0.1) }
    }

    // MARK: What it consists of

    private static func parts(of text: String, _ known: Set<String>) -> Self? {
        guard let scheme = scheme(of: text) else { return keywords(of: text) }
        let rest = text.dropFirst(scheme.count + 3)
        let at = rest.lastIndex(of: "@")
        if let percent = unescapedPercent(in: rest) {
            let place = at.map { percent < $0 } == true ? "user or password" : "host, database or a parameter"
            return Self("a % in \(place) is not followed by two hexadecimal digits", "write %25 for a %")
        }
        let query = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).dropFirst().first ?? ""
        let keys = query.split(separator: "&").map { $0.prefix { $0 != "=" } }
        if let fault = keys.lazy.compactMap({ foreign(String($0), known) }).first { return fault }
        if let at, rest[..<at].contains(where: { "/?@".contains($0) }) {
            return Self("user or password holds a /, ? or @ as it is", "write %2F, %3F or %40 for it")
        }
        guard let place = keys.firstIndex(where: { !known.contains(String($0)) && $0 != "ssl" }) else { return nil }
        return Self("parameter \(place + 1) behind the ? is not one of libpq's", "take it away")
    }

    /// Of `host=… user=…`.
    private static func keywords(of text: String) -> Self? {
        text.matches(of: /(?:^|\s)([A-Za-z_]+)\s*=/).lazy.compactMap { foreign(String($0.1), []) }.first
    }

    private static func unescapedPercent(in text: Substring) -> Substring.Index? {
        text.indices.first { index in
            guard text[index] == "%" else { return false }
            let digits = text[text.index(after: index)...].prefix(2)
            return digits.count < 2 || !digits.allSatisfy(\.isHexDigit) || digits == "00"
        }
    }

    private static func foreign(_ key: String, _ known: Set<String>) -> Self? {
        guard !known.contains(key), let instead = foreignKeys[key.lowercased()] else { return nil }
        return Self("\(key) is no parameter of libpq's", instead)
    }

    /// Parameters that other libraries put into such addresses.
    private static let foreignKeys: [String: String] = {
        var keys = [
            "username": "write user", "database": "write dbname", "db": "write dbname", "pass": "write password",
            "pwd": "write password", "server": "write host", "hostname": "write host",
            "connecttimeout": "write connect_timeout", "connection_timeout": "write connect_timeout",
            "ssl": "write sslmode=require", "sslaccept": "write sslmode=require", "sslfactory": "write sslmode=require",
        ]
        for key in ["schema", "currentschema", "search_path"] {
            keys[key] = "take it away: the tables are in the schema mono, whatever it says"
        }
        for key in [
            "pgbouncer", "connection_limit", "pool_timeout", "pool_size", "max_pool_size", "pool", "socket_timeout",
            "statement_cache_size", "prepared_statements", "preparethreshold", "sslidentity", "uselibpqcompat",
            "serverversion", "encoding", "charset", "reconnect", "tcpkeepalive", "supa",
        ] {
            keys[key] = "take it away"
        }
        return keys
    }()

    // MARK: What libpq's parser takes, and would refuse later

    /// Values that are none of those that libpq knows, and blanks that would become part of a name.
    init?(values: [String: String], isURL: Bool) {
        for (key, allowed) in Self.allowed.sorted(by: { $0.key < $1.key }) {
            guard let value = values[key], !value.isEmpty, !allowed.contains(value) else { continue }
            let isWord = value.wholeMatch(of: /[a-z-]{1,20}/) != nil
            self.init(
                isWord ? "libpq knows no \(key)=\(value)" : "libpq does not know the value of \(key)",
                value == "no-verify" ? "write \(key)=require" : "write one of: \(allowed.joined(separator: ", "))")
            return
        }
        let isBlank = { (scalar: Unicode.Scalar) in scalar.value <= 0x20 || scalar.properties.isWhitespace }
        let odd = values.filter { $0.key != "password" && $0.key != "options" }.sorted { $0.key < $1.key }
            .first { $0.value.unicodeScalars.contains { isBlank($0) || $0 == "\u{FEFF}" || $0 == "\u{200B}" } }
        guard isURL, let odd, ["host", "port", "dbname", "user", "sslmode"].contains(odd.key) else { return nil }
        self.init("\(odd.key) holds a blank, a line end or something else that nobody sees", "write it anew")
    }

    private static let allowed = [
        "sslmode": ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
        "channel_binding": ["disable", "prefer", "require"], "gssencmode": ["disable", "prefer", "require"],
        "target_session_attrs": ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"],
        "load_balance_hosts": ["disable", "random"],
    ]
}
