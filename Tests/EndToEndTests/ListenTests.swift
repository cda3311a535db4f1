import Foundation
import Postgres
import TestSupport
import Testing

/// The webhook receiver as it is run.
struct ListenTests {
    private static func event(_ account: String, _ id: String, status: String = "AVAILABLE") -> String {
        "{\"event\":\"mono.events.account_updated\",\"event_id\":\"\(id)\",\"data\":{\"account\":{\"_id\":\"\(account)\","
            + "\"name\":\"NAME_CANARY\",\"accountNumber\":\"NUMBER_CANARY\",\"bvn\":\"BVN_CANARY\",\"balance\":987654321},"
            + "\"meta\":{\"data_status\":\"\(status)\"}}}"
    }

    @Test
    func `every printed webhook has the effect that record_event has`() async throws {
        try await Stage.with([]) { stage in
            let listener = try await ListenerProcess(stage.database)
            for (index, fixture) in try PrintedWebhooks.all().enumerated() {
                // Different accounts and ids, or the one would be the other's duplicate.
                let heard = fixture.text.replacing(PrintedWebhooks.account, with: "heard-\(index)")
                let told = fixture.text.replacing(PrintedWebhooks.account, with: "told-\(index)")
                    .replacing("evtTEST", with: "evtTOLD")
                let reply = try #require(await listener.post(heard))
                let effect: String? = try await stage.sql.value("select mono.record_event(\(told)::jsonb)")
                #expect(reply.status == 200, "\(fixture.name)")
                #expect(reply.body == "\(effect ?? "nothing")\n", "\(fixture.name)")
            }
            let rows = try await stage.sql.run { (session) throws(PostgresError) in
                try session.query(
                    """
                    select split_part(account_id, '-', 2)::int, count(*), count(distinct (data_available, data_status,
                        awaiting_update_since is null, reauthorisation_required_since is null, last_event_time,
                        unlinked_at, last_sync_job_id, customer_ref, institution, bank_code)::text)
                    from mono.accounts group by 1 order by 1
                    """
                ) { (row) throws(PostgresError) in [try row.int(1), try row.int(2)] }
            }
            #expect(rows.count >= 16)
            #expect(rows.allSatisfy { $0 == [2, 1] }, "\(rows)")
            let events: Int? = try await stage.sql.value("select count(*) from mono.webhook_events")
            #expect(events == (try PrintedWebhooks.all().count) * 2)
            #expect(await listener.stop().code == 143)
        }
    }

    @Test
    func `strangers and nonsense are turned away, hostile payloads hurt nobody`() async throws {
        try await Stage.with([]) { stage in
            let listener = try await ListenerProcess(stage.database)
            #expect(try await listener.post(Self.event("a", "e1"), secret: "wrong")?.status == 401)
            #expect(try await listener.post(Self.event("a", "e1"), secret: nil)?.status == 401)
            #expect(try await listener.post("{\"event\":")?.status == 400)
            let none: Int? = try await stage.sql.value("select count(*) from mono.webhook_events")
            #expect(none == 0)
            let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
            let hostile = [
                "{\"event\":\"a\\u0000b\",\"data\":{\"account\":\"x\\u0000\"}}", "{\"event\":1e400000}", deep,
                "{\"event\":\"mono.events.sync_failed\",\"data\":{\"account\":{\"_id\":\"d\",\"n\":\(deep)}}}",
                "{\"event\":\"\\ud800\",\"event_id\":\"\\udc00\"}", "[]", "null", "\"x\"",
            ]
            let statuses = try await withThrowingTaskGroup(of: Int?.self) { group in
                for number in 0..<40 {
                    let good = Self.event("good\(number)", "g\(number)")
                    let body = number < hostile.count ? hostile[number] : good
                    group.addTask { try await listener.post(body)?.status }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 200, count: 40))
            let good = try await stage.healthyAccounts().count
            #expect(good == 40 - hostile.count)
            #expect(await listener.stop(SIGINT).code == 130)
        }
    }

    @Test
    func `no personal data and no secret is logged or stored`() async throws {
        try await Stage.with([]) { stage in
            let listener = try await ListenerProcess(stage.database, ["--log-level", "trace", "--log-format", "json"])
            #expect(try await listener.post(Self.event("a", "e1"))?.status == 200)
            #expect(try await listener.post(Self.event("a", "e2") + "NAME_CANARY")?.status == 400)
            #expect(try await listener.post(Self.event("a b NAME_CANARY", "e3"))?.body.hasPrefix("rejected") == true)
            _ = try await listener.connect().get("/NAME_CANARY")
            let ending = await listener.stop()
            let rows = try await stage.sql.run { (session) throws(PostgresError) in
                try session.column(
                    "select t::text from mono.webhook_events t union all select t::text from mono.accounts t",
                    as: String.self)
            }
            #expect(rows.count == 3)
            #expect(ending.errors.contains("\"account\":\"a\""))
            for text in rows + [ending.everything] {
                for canary in ["NAME_", "NUMBER_", "BVN_", "987654321", ListenerProcess.secret] {
                    #expect(!text.contains(canary), "\(text)")
                }
            }
        }
    }

    @Test
    func `what is not taken is told at the usual level, without a secret or a name`() async throws {
        try await Stage.with([]) { stage in
            let listener = try await ListenerProcess(stage.database)
            let body = Self.event("a", "e1")
            func post(_ path: String, _ headers: String = "") async throws -> Int? {
                let connection = try listener.connect()
                await connection.send(
                    "POST \(path) HTTP/1.1\r\nHost: h\r\nmono-webhook-secret: \(ListenerProcess.secret)\r\n"
                        + "\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
                return await connection.reply()?.status
            }
            for _ in 1...3 { #expect(try await listener.post(body, secret: "NAME_wrong")?.status == 401) }
            #expect(try await post("/api/webhooks/mono") == 404)
            #expect(try await post("/webhooks/mono", "Content-Encoding: gzip\r\n") == 415)
            #expect(try await listener.connect().get("/webhooks/mono")?.status == 405)
            #expect(try await post("/webhooks/mono/") == 200)
            let errors = await listener.stop().errors
            for part in [
                "not MONO_WEBHOOK_SECRET", "another path than /webhooks/mono", ": /api/webhooks/mono",
                "answered with 415", ": gzip", "no POST", ": GET",
            ] {
                #expect(errors.split(separator: "\n").count { $0.contains(part) } == 1, "\(part) in \(errors)")
            }
            #expect(!errors.contains(ListenerProcess.secret) && !errors.contains("NAME_"))
        }
    }

    @Test
    func `SIGTERM under load loses nothing that was answered with 200`() async throws {
        try await Stage.with([]) { stage in
            let listener = try await ListenerProcess(stage.database)
            let recorded = try await withThrowingTaskGroup(of: [String].self) { group in
                for client in 0..<16 {
                    group.addTask {
                        let connection = try listener.connect()
                        var answered: [String] = []
                        for number in 0..<100_000 {
                            let id = "e-\(client)-\(number)"
                            guard
                                let reply = await connection.post(
                                    Self.event("a\(client)", id), secret: ListenerProcess.secret)
                            else { break }
                            if reply.status == 200 { answered.append(id) }
                            if client == 0, number == 20 { listener.tool.signal(SIGTERM) }
                        }
                        return answered
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            let told = ContinuousClock.now
            let ending = await listener.tool.completion()
            #expect(ContinuousClock.now - told < .seconds(5))
            #expect(ending.code == 143, "\(ending.errors)")
            #expect(ending.complaints.count == 1, "\(ending.errors)")
            #expect(recorded.count >= 20)
            let missing: Int? = try await stage.sql.value(
                "select count(*) from unnest(\(recorded)) id where id not in (select event_key from mono.webhook_events)"
            )
            #expect(missing == 0)
        }
    }
}
