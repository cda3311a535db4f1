import Foundation
import Postgres
import TestSupport
import Testing

/// A listener whose database goes, hangs or changes its mind, and one that cannot begin.
struct ListenOutageTests {
    private static func event(_ id: String) -> String {
        "{\"event\":\"mono.events.sync_failed\",\"event_id\":\"\(id)\",\"data\":{\"account\":\"a\"}}"
    }

    private static func withCluster(_ body: (Stage, TestCluster) async throws -> Void) async throws {
        let cluster = try await TestCluster.start()
        let result: Result<Void, any Error>
        do {
            result = .success(try await Stage.with([], cluster: cluster) { try await body($0, cluster) })
        } catch {
            result = .failure(error)
        }
        try await cluster.remove()
        try result.get()
    }

    @Test
    func `without its database it answers 503, and 200 when the database is back`() async throws {
        try await Self.withCluster { stage, cluster in
            let listener = try await ListenerProcess(stage.database)
            #expect(try await listener.post(Self.event("before"))?.status == 200)
            #expect(try await listener.connect().get("/readyz")?.status == 200)
            await stage.sql.close()
            try await cluster.stop()
            for number in 0..<3 {
                let reply = try #require(try await listener.post(Self.event("while-\(number)")))
                #expect(reply.status == 503)
                #expect(reply.headers["retry-after"] != nil)
            }
            try await stage.until("not ready") { try await listener.connect().get("/readyz")?.status == 503 }
            #expect(try await listener.connect().get("/healthz")?.status == 200)
            try await cluster.startServer()
            for number in 0..<3 { #expect(try await listener.post(Self.event("while-\(number)"))?.status == 200) }
            try await stage.until("ready again") { try await listener.connect().get("/readyz")?.status == 200 }
            let ending = await listener.stop()
            // It goes, it is back, and the last words; in between it is not ready and ready again.
            #expect(ending.complaints.count { !$0.contains("ready") } == 3, "\(ending.errors)")
            #expect(ending.errors.contains("again; 3 were answered with 503"))
            let sql = stage.database.connect()
            let keys: String? = try await sql.value(
                "select string_agg(event_key, ' ' order by 1) from mono.webhook_events")
            await sql.close()
            #expect(keys == "before while-0 while-1 while-2")
        }
    }

    @Test
    func `a frozen server is answered with 503, and no obstacle to the end`() async throws {
        try await Self.withCluster { stage, cluster in
            let listener = try await ListenerProcess(stage.database)
            #expect(try await listener.post(Self.event("before"))?.status == 200)
            let backends = try await stage.sql.run { (session) throws(PostgresError) in
                try session.column("select pid from pg_stat_activity where usename = 'hook'", as: Int.self)
            }
            #expect(!backends.isEmpty)
            for backend in backends { cluster.signal(backend, SIGSTOP) }
            let asked = ContinuousClock.now
            #expect(try await listener.post(Self.event("while"))?.status == 503)
            #expect(ContinuousClock.now - asked < .seconds(9))
            let told = ContinuousClock.now
            let ending = await listener.stop()
            #expect(ContinuousClock.now - told < .milliseconds(5_500))
            #expect(ending.code == 143)
            for backend in backends { cluster.signal(backend, SIGCONT) }
        }
    }

    @Test
    func `a connection that may only read is given up`() async throws {
        try await Self.withCluster { stage, _ in
            try await stage.sql.execute("alter role hook set default_transaction_read_only = on")
            let listener = try await ListenerProcess(stage.database)
            #expect(try await listener.post(Self.event("one"))?.status == 503)
            try await stage.sql.execute("alter role hook reset default_transaction_read_only")
            // The connection was the old one.
            #expect(try await listener.post(Self.event("two"))?.status == 200)
            _ = await listener.stop()
        }
    }

    @Test
    func `a trigger of the business's own that fails for one account holds up no other`() async throws {
        try await Stage.with([]) { stage in
            try await stage.refuseCursedAccount()
            let listener = try await ListenerProcess(stage.database)
            let statuses = try await withThrowingTaskGroup(of: (Int, Int?).self) { group in
                for number in 0..<30 {
                    let account = number == 13 ? "cursed" : "good"
                    let body = Self.event("e\(number)").replacing("\"a\"", with: "\"\(account)\"")
                    group.addTask { (number, try await listener.post(body)?.status) }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            for number in 0..<30 { #expect(statuses[number] == (number == 13 ? 503 : 200)) }
            let ending = await listener.stop()
            #expect(ending.complaints.count == 2, "\(ending.errors)")
            #expect(ending.errors.contains("no such customer"))
        }
    }

    @Test
    func `a row that another transaction keeps locked holds up no other account`() async throws {
        try await Stage.with([]) { stage in
            let listener = try await ListenerProcess(stage.database)
            #expect(try await listener.post(Self.event("first"))?.status == 200)
            let (held, over) = (AsyncStream<Void>.makeStream(), DispatchSemaphore(value: 0))
            let business = stage.database.connect()
            async let transaction: Void = business.transaction { (session) throws(PostgresError) in
                try session.execute("select from mono.accounts where account_id = 'a' for update")
                held.continuation.finish()
                over.wait()
            }
            for await _ in held.stream {}
            let statuses = try await withThrowingTaskGroup(of: (Int, Int?).self) { group in
                for number in 0..<30 {
                    let account = number == 13 ? "a" : "other-\(number)"
                    let body = Self.event("e\(number)").replacing("\"a\"", with: "\"\(account)\"")
                    group.addTask { (number, try await listener.post(body)?.status) }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            over.signal()
            try await transaction
            await business.close()
            for number in 0..<30 { #expect(statuses[number] == (number == 13 ? 503 : 200), "\(number)") }
            #expect(try await listener.post(Self.event("e13"))?.status == 200)
            let ending = await listener.stop()
            #expect(ending.complaints.count == 2, "\(ending.errors)")
            #expect(ending.errors.contains("55P03"))
        }
    }

    @Test
    func `what is answered with 200 outlasts a power cut, on the first connection and on a new one`() async throws {
        try await Stage.with([]) { stage in
            try await stage.sql.run { (session) throws(PostgresError) in
                try session.script(
                    """
                    create table public.seen (n int generated always as identity, value text);
                    create function see() returns trigger language plpgsql security definer as $$ begin
                        insert into public.seen (value) values (current_setting('synchronous_commit'));
                        return new;
                    end $$;
                    create trigger see before insert on mono.webhook_events for each row execute function see();
                    """)
            }
            let usual: String? = try await stage.sql.value("show synchronous_commit")
            #expect(usual == "off")
            let listener = try await ListenerProcess(stage.database)
            #expect(try await listener.post(Self.event("one"))?.status == 200)
            try await stage.sql.execute(
                """
                select pg_terminate_backend(pid, 10000) from pg_stat_activity
                where datname = current_database() and usename = 'hook'
                """)
            #expect(try await listener.post(Self.event("two"))?.status == 200)
            _ = await listener.stop()
            let values: String? = try await stage.sql.value("select string_agg(distinct value, ' ') from seen")
            #expect(values == "on")
        }
    }

    @Test
    func `without a usable secret it does not begin`() async throws {
        let file = "/nowhere/secret"
        let cases: [(variables: [String: String], says: String)] = [
            (["MONO_WEBHOOK_SECRET": ""], "set MONO_WEBHOOK_SECRET"),
            (["MONO_WEBHOOK_SECRET_FILE": file], "both set"),
            (["MONO_WEBHOOK_SECRET": "", "MONO_WEBHOOK_SECRET_FILE": file], "cannot read \(file)"),
            (["MONO_WEBHOOK_SECRET": "", "MONO_WEBHOOK_SECRET_FILE": "/etc/passwd"], "does not hold one secret"),
            (["MONO_WEBHOOK_SECRET": "canary\nmore"], "copy it again"),
        ]
        for (variables, says) in cases {
            let environment = ["DATABASE_URL": "host=/nowhere", "MONO_WEBHOOK_SECRET": "canary"]
            let ending = try await Tool.run(
                .reconcile, ["listen", "--port", "0"], environment: environment.merging(variables) { $1 })
            #expect(ending.code == 78, "\(says)")
            #expect(ending.complaints.count == 1)
            #expect(ending.errors.contains(says), "\(ending.errors)")
            #expect(!ending.everything.contains("canary"))
        }
    }

    @Test
    func `a secret may be in a file`() async throws {
        try await Stage.with([]) { stage in
            let file = "\(stage.folder)/secret"
            try Data("from a file\n".utf8).write(to: URL(filePath: file))
            let environment = ["MONO_WEBHOOK_SECRET": "", "MONO_WEBHOOK_SECRET_FILE": file]
            let tool = try Tool(
                .reconcile, ["listen", "--port", "0"],
                environment: ListenerProcess.environment(stage.database).merging(environment) { $1 })
            let line = try #require(await tool.line(beginningWith: "listening on "))
            let port = try #require(line.split(separator: ":").last.flatMap { Int($0) })
            #expect(try await HTTPConnection(port: port).post("{}", secret: "from a file")?.status == 200)
            tool.signal(SIGTERM)
            _ = await tool.completion()
        }
    }

    @Test(
        arguments: [
            (["--port", "65536"], 64), (["--port", "http"], 64), (["--host", ""], 64), (["--log-level", "loud"], 64),
            (["--host", "192.0.2.1"], 78), (["--host", "no.such.host.invalid"], 78),
        ] as [([String], Int32)])
    func `where it cannot listen is told`(options: [String], code: Int32) async throws {
        try await Stage.with([]) { stage in
            let ending = try await Tool.run(
                .reconcile, ["listen", "--port", "0"] + options,
                environment: ListenerProcess.environment(stage.database))
            #expect(ending.code == code, "\(ending.errors)")
            #expect(ending.complaints.count == 1, "\(ending.errors)")
            #expect(ending.output.isEmpty)
        }
    }

    @Test
    func `a taken port, a missing schema and a missing database are told`() async throws {
        try await Stage.with([]) { stage in
            let first = try await ListenerProcess(stage.database)
            let second = try await Tool.run(
                .reconcile, ["listen", "--port", "\(first.port)"],
                environment: ListenerProcess.environment(stage.database))
            #expect(second.code == 78)
            #expect(second.errors.contains("already in use"))
            _ = await first.stop()
            let empty = try await TestCluster.shared.makeDatabase()
            let pending = try await Tool.run(
                .reconcile, ["listen", "--port", "0"],
                environment: [
                    "DATABASE_URL": empty.connectionString, "MONO_WEBHOOK_SECRET": "secret",
                ])
            #expect(pending.code == 78)
            #expect(pending.errors.contains("mono-reconcile migrate"))
            let none = try await Tool.run(
                .reconcile, ["listen", "--port", "0"],
                environment: [
                    "DATABASE_URL": "host=127.0.0.1 port=\(try freeLoopbackPort()) user=nobody dbname=nothing",
                    "MONO_WEBHOOK_SECRET": "secret",
                ])
            #expect(none.code == 69)
        }
    }
}
