import Foundation
import Postgres
import Testing
import Webhooks

/// The database reads of a cut what it reads of the whole.
struct CutTests {
    /// Values for any place; the shorter ones more often.
    private static let values = [
        "null", "0", "true", "false", "1e300", "\"\"", "\" \"", "\"a\"", "\"6a10f0\"", "\"6a10f0\"", "\"AVAILABLE\"",
        "\"available\"", "\" PARTIAL\\t\"", "\"FAILED\"", "\"SUCCESSFUL\"", "\"REAUTHORISATION_REQUIRED\"",
        "\"mono.events.account_updated\"", "\"mono.accounts.jobs.update\"", "\"mono.events. sync_failed\"",
        "\"2026-11-02T01:00:45.856Z\"", "\"2026-11-02\"", "\"Ada \\u00d6bi\\n\"", "\"🙂\\\"\\\\\\u0001\"",
        "[]", "[\"balance\",\"Transactions\",1,null,[\"identity\"],\"bvn\"]", "{}", "{\"_id\":\"x\"}",
        "{\"name\":\"N\"}",
        "[{\"_id\":\"x\"}]", "\"" + String(repeating: "x", count: 64) + "\"",
        "\"" + String(repeating: "x", count: 65) + "\"",
        "\"" + String(repeating: "y", count: 128) + "\"", "\"" + String(repeating: "y", count: 129) + "\"",
        "\"" + String(repeating: "Z_", count: 40) + "\"", "\"" + String(repeating: "é🙂", count: 150) + "\"",
        "\"" + String(repeating: "e", count: 100_005) + "\"",
    ]

    /// An object of random members, duplicates among them.
    private static func object(_ members: [(String, String)], _ random: inout Seeded) -> String {
        var chosen = members.filter { _ in Int.random(in: 0..<4, using: &random) > 0 }
        if let again = members.randomElement(using: &random), Int.random(in: 0..<3, using: &random) == 0 {
            chosen.append(again)
        }
        return "{" + chosen.shuffled(using: &random).map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
    }

    private static func payload(_ random: inout Seeded) -> String {
        func any() -> String { values.randomElement(using: &random) ?? "null" }
        /// Mostly the object, or nothing would be tried below it.
        func mostly(_ text: String) -> String { Int.random(in: 0..<6, using: &random) == 0 ? any() : text }
        func event() -> String {
            Int.random(in: 0..<3, using: &random) == 0
                ? any() : "\"mono.\(Bool.random(using: &random) ? "accounts.jobs.update" : "events.account_updated")\""
        }
        func bank() -> String { object(["name", "bankCode", "bank_code", "type"].map { ($0, any()) }, &random) }
        let account = object(
            [("_id", any()), ("id", any()), ("name", any()), ("institution", mostly(bank()))], &random)
        let meta = object(
            ["data_status", "sync_status", "job_id", "has_new_data", "retrieved_data", "data_request_id", "ref", "x"]
                .map { ($0, any()) }, &random)
        let data = object(
            [
                ("account", mostly(account)), ("id", any()), ("_id", any()), ("status", any()),
                ("institution", mostly(bank())), ("meta", mostly(meta)), ("customer", account),
            ], &random)
        return object(
            [("event", event()), ("event_id", any()), ("timestamp", any()), ("data", mostly(data)), ("app", data)],
            &random)
    }

    @Test
    func `a cut is parsed as the whole is`() async throws {
        try await Stage.with([]) { stage in
            var random = Seeded(state: 20_261_123)
            let whole = try PrintedWebhooks.all().map(\.text) + (0..<600).map { _ in Self.payload(&random) }
            let cut = try whole.map { try PayloadCut(Array($0.utf8)).text }
            let differing = try await stage.sql.run { (session) throws(PostgresError) in
                try session.column(
                    """
                    select w || chr(10) || c || chr(10) || mono.parse_event(w::jsonb)::text || chr(10)
                        || mono.parse_event(c::jsonb)::text
                    from unnest(\(whole), \(cut)) as t (w, c)
                    -- The digest is the one thing that the cut brings itself.
                    where to_jsonb(mono.parse_event(w::jsonb)) - 'digest'
                            is distinct from to_jsonb(mono.parse_event(c::jsonb)) - 'digest'
                        or (mono.parse_event(c::jsonb)).digest <> c::jsonb ->> 'payload_sha256'
                    """, as: String.self)
            }
            let count = differing.count
            #expect(count == 0, "\(differing.first?.prefix(3_000) ?? "")")
            // Most of the variants say something, or this would prove little.
            let telling: Int? = try await stage.sql.value(
                """
                select count(*) from unnest(\(cut)) as t (c)
                where (mono.parse_event(c::jsonb)).account_id is not null
                    and (mono.parse_event(c::jsonb)).data_status is not null
                """)
            #expect(telling ?? 0 > 50)
        }
    }
}

/// The same numbers in every run.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) ^ (state << 31)
    }
}
