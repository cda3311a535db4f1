import TestSupport
import Testing

@testable import Postgres

/// Several servers, or several addresses of one, of which some say nothing.
@Suite(.timeLimit(.minutes(5))) struct SeveralHostsTests {
    private static func configuration(_ string: String, within: Duration = .seconds(4)) throws -> PostgresConfiguration
    {
        try PostgresConfiguration(connectionString: string, applicationName: "tests", connectDeadline: within)
    }

    @Test(arguments: ["", "target_session_attrs=read-write", "target_session_attrs=primary", "connect_timeout=1"])
    func `a silent one is left for the next`(more: String) async throws {
        let cluster = try await TestCluster.shared
        let silent = try SilentServer()
        let database = Database(
            try Self.configuration(
                "host=127.0.0.1,127.0.0.1 port=\(silent.port),\(cluster.port) user=postgres \(more)"))
        #expect(try await database.value("select 1", as: Int.self) == 1)
        await database.close()
    }

    @Test func `two silent ones leave time for a third`() async throws {
        let cluster = try await TestCluster.shared
        let silent = [try SilentServer(), try SilentServer()]
        let ports = silent.map { "\($0.port)" }.joined(separator: ",")
        let database = Database(
            try Self.configuration("host=127.0.0.1,127.0.0.1,127.0.0.1 port=\(ports),\(cluster.port) user=postgres"))
        #expect(try await database.value("select 1", as: Int.self) == 1)
        await database.close()
    }

    @Test func `one name with a silent address is reached at its other one`() async throws {
        let cluster = try await TestCluster.shared
        let silent = try SilentServer(address: 0x7F00_0002, port: cluster.port)
        var configuration = try Self.configuration("host=db.example port=\(cluster.port) user=postgres")
        configuration.resolve = { name in name == "db.example" ? ["127.0.0.2", "127.0.0.1"] : [] }
        let database = Database(configuration)
        let peer = try await database.run { (session) throws(PostgresError) in session.peer }
        // The name stays, for certificates and password files.
        #expect(peer == Peer(host: "db.example", address: "127.0.0.1", isEncrypted: false))
        await database.close()
        withExtendedLifetime(silent) {}
    }

    @Test func `one that falls silent is left for the next, and each connection begins at the first again`()
        async throws
    {
        let cluster = try await TestCluster.shared
        let relay = try Relay(to: cluster.port)
        let database = Database(
            try PostgresConfiguration(
                connectionString: "host=127.0.0.1,127.0.0.1 port=\(relay.port),\(cluster.port) user=postgres",
                applicationName: "tests", connectDeadline: .seconds(4), answerLimit: .milliseconds(200)))
        try await database.execute("select 1")
        #expect(relay.count == 1)
        relay.freeze()
        let error = await #expect(throws: PostgresError.self) { try await database.execute("select 1") }
        #expect(error?.kind == .connectionLost)
        #expect(try await database.value("select 2", as: Int.self) == 2)
        #expect(relay.count == 2)
        await database.close()
        relay.close()
    }

    @Test func `all of them silent are named, in the time that they share`() async throws {
        let silent = [try SilentServer(), try SilentServer()]
        let database = Database(
            try Self.configuration(
                "host=127.0.0.1,127.0.0.1 port=\(silent[0].port),\(silent[1].port) user=u dbname=d",
                within: .milliseconds(400)))
        let error = await #expect(throws: PostgresError.self) { try await database.execute("select 1") }
        #expect(error?.kind == .connectionFailed)
        #expect(
            error?.message
                == silent.map { "the server at 127.0.0.1, port \($0.port) did not answer within 0.2 s" }
                .joined(separator: "; "))
    }

    @Test func `one that refuses the password is not passed over`() async throws {
        let cluster = try await TestCluster.shared
        let test = try await cluster.makeDatabase()
        let relay = try Relay(to: cluster.port)
        let role = "role_\(test.name)"
        try await cluster.administer { (session) throws(PostgresError) in
            try session.script("create role \(role) login in role password_users password 'right'")
        }
        let database = Database(
            try Self.configuration(
                "host=127.0.0.1,127.0.0.1 port=\(cluster.port),\(relay.port) user=\(role) password=wrong"))
        let error = await #expect(throws: PostgresError.self) { try await database.execute("select 1") }
        #expect(error?.sqlState == .invalidPassword)
        #expect(error?.message.hasSuffix("failed: FATAL:  password authentication failed for user \"\(role)\"") == true)
        #expect(relay.count == 0)
        relay.close()
    }

    @Test func `one that is full is asked again while there is time`() async throws {
        let cluster = try await TestCluster.shared
        let test = try await cluster.makeDatabase()
        let relay = try Relay(to: cluster.port)
        let role = "role_\(test.name)"
        try await cluster.administer { (session) throws(PostgresError) in
            try session.script("create role \(role) login connection limit 1")
        }
        let first = Database(try Self.configuration("host=127.0.0.1 port=\(cluster.port) user=\(role) dbname=postgres"))
        try await first.execute("select 1")
        let second = Database(
            try Self.configuration(
                "host=127.0.0.1 port=\(relay.port) user=\(role) dbname=postgres", within: .seconds(60)))
        async let answer = second.value("select 1", as: Int.self)
        while relay.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
        await first.close()
        #expect(try await answer == 1)
        await second.close()
        let late = Database(
            try Self.configuration("host=127.0.0.1 port=1 user=\(role) dbname=postgres", within: .seconds(60)))
        // Nobody listens there: that is no server that would be free in a moment.
        await #expect(throws: PostgresError.self) { try await late.execute("select 1") }
        relay.close()
    }

    @Test func `one that is not what was asked for is passed over`() async throws {
        let own = try await TestCluster.start()
        let standby = try await own.startStandby()
        let string = "host=127.0.0.1,127.0.0.1 port=\(standby.port),\(own.port) user=postgres target_session_attrs="
        for (wanted, port) in [
            ("read-write", own.port), ("standby", standby.port), ("prefer-standby", standby.port),
            ("any", standby.port),
        ] {
            let database = Database(try Self.configuration(string + wanted, within: .seconds(60)))
            #expect(try await database.value("show port", as: String.self) == "\(port)", "\(wanted)")
            await database.close()
        }
        try await standby.remove()
        // No standby is left to be preferred.
        let database = Database(try Self.configuration(string + "prefer-standby", within: .seconds(60)))
        #expect(try await database.value("show port", as: String.self) == "\(own.port)")
        await database.close()
        try await own.remove()
    }
}

/// How libpq's settings are taken apart.
@Suite struct ServerListTests {
    private typealias Server = ServerList.Server

    @Test func `hosts, addresses and ports belong together by their place`() {
        let list = ServerList(["host": "a,/run,b", "hostaddr": "10.0.0.1,,", "port": "1,,3"])
        #expect(
            list.servers == [
                Server(host: "a", address: "10.0.0.1", port: "1"), Server(host: "/run", port: "5432"),
                Server(host: "b", port: "3"),
            ])
        #expect(list.servers.map(\.isName) == [false, false, true])
    }

    @Test func `one port is everybody's`() {
        let list = ServerList(["hostaddr": "10.0.0.1,10.0.0.2", "port": "7"])
        #expect(list.servers == [Server(address: "10.0.0.1", port: "7"), Server(address: "10.0.0.2", port: "7")])
    }

    @Test(arguments: [
        [:], ["port": "5433"], ["host": "a,b", "port": "1,2,3"], ["host": "a,b", "hostaddr": "10.0.0.1"],
        ["host": "a,", "port": "1"],
    ])
    func `what is no list of servers is left to libpq`(settings: [String: String]) {
        #expect(ServerList(settings).servers == [Server()])
    }

    @Test func `a preferred standby is looked for among all, then anybody is taken`() {
        #expect(ServerList(["host": "a,b", "target_session_attrs": "prefer-standby"]).rounds == ["standby", "any"])
        #expect(ServerList(["host": "a", "target_session_attrs": "prefer-standby"]).rounds == [nil])
        #expect(ServerList(["host": "a,b", "target_session_attrs": "read-write"]).rounds == [nil])
    }

    @Test(arguments: [("30", .seconds(30)), ("0", nil), ("-1", nil)] as [(String, Duration?)])
    func `the string's own limit holds for each address`(text: String, limit: Duration?) {
        #expect(ServerList(["host": "a", "connect_timeout": text]).limit == limit)
    }

    @Test func `libpq tells its settings without a connection`() {
        let settings = ServerList.settings(of: ["host": "nowhere.invalid,other.invalid", "port": "5433"])
        #expect(settings["host"] == "nowhere.invalid,other.invalid")
        #expect(settings["port"] == "5433")
    }

    @Test(
        arguments: [
            (
                "connection to server at \"h\", port 1 failed: FATAL:  28P01: no \"x\"\nLOCATION:  auth_failed, auth.c:338\n",
                "connection to server at \"h\", port 1 failed: FATAL:  no \"x\"", "28P01"
            ),
            (
                "FATAL:  57P03: the database system is starting up\n", "FATAL:  the database system is starting up",
                "57P03"
            ),
            (
                "connection to server at \"h\", port 1 failed: Connection refused\n\tIs it running?\n",
                "connection to server at \"h\", port 1 failed: Connection refused; Is it running?", nil
            ),
        ] as [(String, String, String?)])
    func `the server's code is told apart from libpq's own words`(said: String, message: String, code: String?) {
        let error = ConnectionStart.refusal(said)
        #expect(error.message == message)
        #expect(error.sqlState?.rawValue == code)
    }
}
