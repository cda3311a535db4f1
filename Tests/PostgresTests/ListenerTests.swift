import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A listener` {
    private let cluster: TestCluster
    private let test: TestDatabase

    init() async throws {
        cluster = try await TestCluster.shared
        test = try await cluster.makeDatabase()
    }

    @Test func `receives what is sent after it was opened, in order, from its channels only`() async throws {
        let listener = try await Listener.open(test.configuration, channels: ["plain", "We\"ird"])
        let sender = test.connect()
        try await sender.run { (session) throws(PostgresError) in
            try session.execute("select pg_notify('plain', 'é 1')")
            try session.execute("select pg_notify('other', 'not ours')")
            try session.execute("select pg_notify(\("We\"ird"), '')")
            try session.execute("select pg_notify('plain', \(String(repeating: "x", count: 7_000)))")
        }
        var received: [Notification] = []
        for await arrived in listener.notifications {
            received += arrived
            if received.count >= 3 { break }
        }
        #expect(received.map(\.channel) == ["plain", "We\"ird", "plain"])
        #expect(received.map(\.payload) == ["é 1", "", String(repeating: "x", count: 7_000)])
        await listener.close()
    }

    @Test func `tells together what was committed together`() async throws {
        let listener = try await Listener.open(test.configuration, channels: ["c"])
        try await test.connect().execute("select pg_notify('c', n::text) from generate_series(1, 100) n")
        var received: [String] = []
        var arrivals = 0
        for await arrived in listener.notifications {
            received += arrived.map(\.payload)
            arrivals += 1
            if received.count >= 100 { break }
        }
        #expect(received == (1...100).map(String.init))
        #expect(arrivals < 100)
        await listener.close()
    }

    @Test func `leaves out what one database commits, also after a reconnection, and nothing else`() async throws {
        let (own, other) = (test.connect(), test.connect())
        let listener = try await Listener.open(test.configuration, channels: ["c"], ignoring: own)
        try await own.execute("notify c, 'own'")
        try await other.execute("notify c, 'other'")
        await own.reconnect()
        try await own.execute("notify c, 'own'")
        try await other.execute("notify c, 'end'")
        var received: [String] = []
        for await arrived in listener.notifications {
            received += arrived.map(\.payload)
            if received.last == "end" { break }
        }
        #expect(received == ["other", "end"])
        await listener.close()
    }

    @Test func `ends its stream when the connection is lost`() async throws {
        let listener = try await Listener.open(test.configuration, channels: ["c"])
        try await cluster.administer { [name = test.name] (session) throws(PostgresError) in
            try session.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = \(name)")
        }
        for await _ in listener.notifications { Issue.record("nothing was sent") }
        await listener.close()
    }

    @Test func `ends its stream when closed, twice if need be`() async throws {
        let listener = try await Listener.open(test.configuration, channels: ["c"])
        await listener.close()
        await listener.close()
        for await _ in listener.notifications { Issue.record("nothing was sent") }
    }

    @Test func `forgotten by its owner ends its stream`() async throws {
        var listener: Listener? = try await Listener.open(test.configuration, channels: ["c"])
        let notifications = try #require(listener?.notifications)
        listener = nil
        for await _ in notifications { Issue.record("nothing was sent") }
    }

    @Test func `that cannot connect says so`() async throws {
        let configuration = try PostgresConfiguration(
            connectionString: test.connectionString, overrides: ["dbname": "nowhere"], applicationName: "tests")
        let error = await #expect(throws: PostgresError.self) {
            _ = try await Listener.open(configuration, channels: ["c"])
        }
        #expect(error?.kind == .connectionFailed)
        #expect(error?.message.contains("nowhere") == true)
    }
}
