import CLibPQ

/// How to reach the database, and the limits every connection gets.
///
/// Values are handed to libpq as keywords and values, so that no character in a password can be taken for syntax. What
/// the connection string leaves open, libpq takes from its environment (`PGHOST`, `PGSERVICE`, `PGPASSFILE` and so on).
/// The limits below apply unless the connection string or the environment sets them: `connect_timeout`, `keepalives*`,
/// `tcp_user_timeout`. The character set is always UTF-8, the time zone UTC and the date style ISO.
package struct PostgresConfiguration: Sendable {
    /// Keywords and values for libpq.
    let parameters: [String: String]
    /// How long one `Database` waits for a connection, all hosts and addresses together.
    package let connectDeadline: Duration
    let statementTimeout: Duration
    let lockTimeout: Duration
    /// How long the server may take for a statement, as seen from here, before the connection is given up.
    let answerLimit: Duration
    let commitsDurably: Bool
    /// How long a listener may hear nothing before it asks for a sign of life.
    var heartbeat = Duration.seconds(10)
    /// The addresses of a server's name.
    var resolve: @Sendable (String) -> [String] = ServerList.addresses

    /// Reads a connection string and adds the limits.
    ///
    /// - Parameters:
    ///   - connectionString: A URL or a conninfo string, several hosts as libpq allows; nil: libpq's environment alone.
    ///   - overrides: libpq keywords that win over the string, such as `dbname`.
    ///   - applicationName: What `pg_stat_activity` shows, unless the string or `PGAPPNAME` says otherwise.
    ///   - connectTimeout: The most for one address, in whole seconds, rounded up.
    ///   - connectDeadline: The limit for all hosts and addresses together, which they share.
    ///   - statementTimeout: The server's limit for one statement; zero: none.
    ///   - lockTimeout: The server's limit for one lock; zero: none.
    ///   - answerLimit: This side's limit for one statement, a commit included, after which the connection is given up;
    ///     nil: 10 s more than the server's, or than 30 s where that has none.
    ///   - commitsDurably: Whether a commit is on disk when it is acknowledged, even if the server, database or role has
    ///     `synchronous_commit` off; its other values are left alone.
    /// - Throws: `configuration`; the message never repeats a part of the string, which may hold a password.
    package init(
        connectionString: String? = nil, overrides: [String: String] = [:], applicationName: String,
        connectTimeout: Duration = .seconds(5), connectDeadline: Duration = .seconds(30),
        statementTimeout: Duration = .seconds(30), lockTimeout: Duration = .seconds(10),
        answerLimit: Duration? = nil, commitsDurably: Bool = false
    ) throws(PostgresError) {
        let known = Self.environment()
        var values: [String: String] = [:]
        if let connectionString { values = try Self.parse(connectionString, known: known.keywords) }
        for (keyword, value) in overrides {
            guard known.keywords.contains(keyword) else {
                throw PostgresError(.configuration, "libpq knows no connection parameter \"\(keyword)\"")
            }
            values[keyword] = value
        }
        guard !values.contains(where: { $0.value.utf8.contains(0) }) else { throw Self.malformed }
        let defaults = [
            "fallback_application_name": applicationName,
            "connect_timeout": String(max(2, Self.wholeSeconds(connectTimeout))),
            "keepalives": "1",
            "keepalives_idle": "10",
            "keepalives_interval": "5",
            "keepalives_count": "3",
            "tcp_user_timeout": "15000",
        ]
        for (keyword, value) in defaults where values[keyword] == nil && !known.set.contains(keyword) {
            values[keyword] = value
        }
        values["client_encoding"] = "UTF8"
        self.parameters = values
        self.connectDeadline = connectDeadline
        self.statementTimeout = statementTimeout
        self.lockTimeout = lockTimeout
        self.answerLimit = answerLimit ?? (statementTimeout > .zero ? statementTimeout : .seconds(30)) + .seconds(10)
        self.commitsDurably = commitsDurably
    }

    /// What every new connection is told, in one statement, whatever the server's, database's and role's defaults are.
    ///
    /// All that changes what a statement means, or how long it or its session lives. Whether the database takes writes is
    /// left as it is: who made it read-only meant it. `search_path` gets `pg_catalog` first, where it is not already: so
    /// triggers of others still find their own names. A row security policy that would hide rows is an error instead. A
    /// setting that the server does not know is passed over; only `session_replication_role` takes a right.
    var sessionSettings: SQL {
        """
        select pg_catalog.count(pg_catalog.set_config(name, value, false))
        from (values
            ('statement_timeout', \(Self.milliseconds(statementTimeout))),
            ('lock_timeout', \(Self.milliseconds(lockTimeout))),
            ('idle_in_transaction_session_timeout', '60000'),
            ('idle_session_timeout', '0'), ('transaction_timeout', '0'), ('exit_on_error', 'off'),
            ('default_transaction_isolation', 'read committed'), ('default_transaction_deferrable', 'off'),
            ('row_security', 'off'),
            ('search_path', case
                when pg_catalog.strpos(pg_catalog.current_setting('search_path'), 'pg_catalog') > 0
                then pg_catalog.concat('pg_catalog, ', pg_catalog.current_setting('search_path')) end),
            ('TimeZone', 'UTC'), ('DateStyle', 'ISO, MDY'), ('IntervalStyle', 'postgres'), ('extra_float_digits', '1'),
            ('standard_conforming_strings', 'on'), ('array_nulls', 'on'), ('transform_null_equals', 'off'),
            ('synchronous_commit', case
                when \(commitsDurably) and pg_catalog.current_setting('synchronous_commit') = 'off' then 'on' end),
            ('session_replication_role', nullif(
                'origin', pg_catalog.current_setting('session_replication_role')))
        ) as wanted (name, value)
        where value is not null and pg_catalog.current_setting(name, true) is not null
        """
    }

    private static func milliseconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, seconds < 2_000_000 else { return seconds < 0 ? "0" : "2000000000" }
        // Rounded up, so that a limit below a millisecond does not become "none".
        return String(seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    private static func wholeSeconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return attoseconds > 0 ? seconds + 1 : seconds
    }
}

extension PostgresConfiguration: CustomStringConvertible, CustomReflectable {
    /// Host, port, database and user as far as the string names them; never the password.
    package var description: String {
        let shown = ["host", "port", "dbname", "user", "service"].compactMap { keyword in
            parameters[keyword].map { "\(keyword)=\($0)" }
        }
        return shown.isEmpty ? "libpq's environment" : shown.joined(separator: " ")
    }

    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension PostgresConfiguration {
    private static func malformed(_ fault: ConnectionStringFault) -> PostgresError {
        PostgresError(.configuration, "the connection string is malformed: \(fault.what)", hint: fault.instead)
    }

    private static var malformed: PostgresError {
        PostgresError(
            .configuration,
            "the connection string is malformed; expected postgresql://user@host:5432/database (with special characters "
                + "of a password percent-encoded) or host=… port=… dbname=… user=…")
    }

    /// Parses a URL or conninfo string with libpq's own parser.
    ///
    /// libpq's message is not used, for it quotes the part it dislikes. Two mistakes pass its parser and would surface
    /// later in a message that quotes a password: an unescaped "/" or "@" in it.
    private static func parse(_ text: String, known: Set<String>) throws(PostgresError) -> [String: String] {
        let malformed = ConnectionStringFault(in: text, known: known).map(malformed) ?? malformed
        guard !text.utf8.contains(0) else { throw malformed }
        var message: UnsafeMutablePointer<CChar>?
        let options = unsafe PQconninfoParse(text, &message)
        if let message = unsafe message { unsafe PQfreemem(message) }
        guard let options = unsafe options else { throw malformed }
        defer { unsafe PQconninfoFree(options) }
        var values: [String: String] = [:]
        unsafe forEachOption(options) { keyword, value in values[keyword] = value }

        let ports = values["port", default: ""].split(separator: ",")
        guard ports.allSatisfy({ UInt16($0) != nil }) else { throw malformed }
        let isURL = text.hasPrefix("postgres://") || text.hasPrefix("postgresql://")
        if isURL {
            let hosts = values["host", default: ""].split(separator: ",")
            let isSuspect = hosts.contains { !"/@".contains($0.prefix(1)) && $0.contains("@") }
            guard !isSuspect, values["dbname"]?.contains("@") != true else { throw malformed }
        }
        if let fault = ConnectionStringFault(values: values, isURL: isURL) { throw Self.malformed(fault) }
        return values
    }

    /// The keywords libpq knows, and those its environment or service file sets.
    private static func environment() -> (keywords: Set<String>, set: Set<String>) {
        guard let options = unsafe PQconndefaults() else { return ([], []) }
        defer { unsafe PQconninfoFree(options) }
        var keywords: Set<String> = []
        var set: Set<String> = []
        unsafe forEachOption(options) { keyword, value in
            keywords.insert(keyword)
            if value != nil { set.insert(keyword) }
        }
        return (keywords, set)
    }

    static func forEachOption(
        _ options: UnsafeMutablePointer<PQconninfoOption>, _ body: (_ keyword: String, _ value: String?) -> Void
    ) {
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            let value = unsafe option.pointee.val
            unsafe body(String(cString: keyword), value.map { unsafe String(cString: $0) })
            unsafe option += 1
        }
    }
}
