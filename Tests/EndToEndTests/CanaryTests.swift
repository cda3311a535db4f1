import Foundation
import Postgres
import TestSupport
import Testing

/// What must never leave the process that read it: a customer's data, and the two secrets.
struct CanaryTests {
    /// Each in every shape in which Mono sends it.
    private static let name = "CANARY ADAEZE OKONKWO"
    private static let number = "9051234567"
    private static let bvn = "22345678901"
    private static let balance = "7751234509"
    private static let key = "test_sk_canary_8d21"
    private static let strangeSecret = "wh_secret_canary_not_ours"
    private static let code = "code_canary_4711"
    private static let all = [
        name, number, bvn, balance, key, strangeSecret, code, ListenerProcess.secret, "ADAEZE", "canary_password",
    ]

    /// Small letters without blanks: in this form a canary is found however it was rewritten.
    private static func bare(_ text: String) -> String { text.filter { !$0.isWhitespace }.lowercased() }

    private static func events(of account: String) -> [String] {
        let v2 = """
            {"_id":"\(account)","name":"\(name)","accountNumber":"\(number)","bvn":"\(bvn)","balance":\(balance),
            "institution":{"name":"GTBank","bankCode":"058","accountNumber":"\(number)"}}
            """
        let meta = #""meta":{"data_status":"AVAILABLE","ref":"r-1","name":"\#(name)","bvn":"\#(bvn)"}"#
        var events = ["account_updated", "account_reauthorized", "reauthorisation_required", "sync_failed", "made_up"]
            .map { #"{"event":"mono.events.\#($0)","data":{"account":\#(v2),\#(meta),"customer":"\#(name)"}}"# }
        events.append(
            #"{"event":"mono.events.account_connected","data":{"id":"\#(account)","name":"\#(name)","bvn":"\#(bvn)"}}"#)
        events.append(
            """
            {"event":"mono.accounts.jobs.update","data":{"account":"\(account)","id":"job-1","status":"finished",
            "name":"\(name)","owner":{"bvn":"\(bvn)","balance":\(balance)}}}
            """)
        // A name where a status, an event's name or an id should be.
        events.append(#"{"event":"\#(name)","event_id":"e-1","data":{"account":{"_id":"\#(name)"}}}"#)
        events.append(
            """
            {"event":"mono.events.account_updated","data":{"account":{"_id":"\(account)"},"meta":{
            "data_status":"\(name)","sync_status":"\(name)","job_id":"\(name)","retrieved_data":["\(name)"]}}}
            """)
        return events.map { $0.replacing("\n", with: "") }
    }

    @Test(arguments: ["text", "json"])
    func `no canary reaches a table, a log, a report or an error`(format: String) async throws {
        var accounts = [
            Sample("recovers", "recovers"), Sample("required", "reauthorisation", flagged: true),
            Sample("odd", "recovers", faults: [.pageForDetails]), Sample("gone", "gone"),
            Sample("garbled", "recovers", faults: [Sample.Fault("garbage", on: ["details", "job"])]),
        ]
        for index in accounts.indices { accounts[index].holder = Self.name }
        try await Stage.with([]) { stage in
            try await stage.insert(accounts)
            let logging = ["--log-level", "trace", "--log-format", format]
            let listener = try await ListenerProcess(stage.database, logging)
            let mono = try await SandboxProcess(
                accounts, key: Self.key, folder: stage.folder, webhooks: (listener.port, ListenerProcess.secret))
            let variables = [
                "MONO_BASE_URL": mono.baseURL, "MONO_SECRET_KEY": Self.key,
                "DATABASE_URL": stage.environment["DATABASE_URL", default: ""] + " password=canary_password",
            ]
            var texts: [String] = []
            for event in Self.events(of: "recovers") {
                let reply = try #require(try await listener.post(event))
                #expect(reply.status == 200)
                texts.append(reply.body)
                for (body, secret) in [
                    (event, Self.strangeSecret), (String(event.dropLast(3)), ListenerProcess.secret),
                ] {
                    texts.append(try #require(try await listener.post(body, secret: secret)).body)
                }
            }
            let file = "\(stage.folder)/events"
            let lines = Self.events(of: "odd") + ["{\"name\":\"\(Self.name)\"", Self.number + " " + Self.bvn]
            try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: file))
            // 65: two lines that are no events, a code used twice, an account that is gone; 78: a user who may not migrate.
            let commands: [([String], code: Int32)] = [
                (["record", file], 65), (["plan"], 0),
                (Stage.quick + logging + ["--reauth-links", "--stuck-after", "1ms"], 1),
                (Stage.quick + logging + ["--account", "garbled", "--json"], 1), (["report"], 0),
                (["explain", "recovers"], 0), (["explain", "odd", "--json"], 0),
                (["link", "--code", Self.code, "--customer-ref", "r-2"], 0), (["link", "--code", Self.code], 65),
                (["reauth-link", "required"], 0), (["reauth-link", "gone"], 65), (["migrate"], 78),
            ]
            for (command, code) in commands {
                let ending = try await stage.reconcile(command, environment: variables)
                // A command that dies would prove nothing.
                #expect(ending.code == code, "\(command): \(ending.everything.suffix(2_000))")
                texts.append(ending.everything)
            }
            texts.append(await listener.stop().everything)
            await mono.stop()
            texts += try await Self.rows(of: stage)
            texts += try Self.files(under: stage.reports)
            // The logs are on and the tables are full, or this test would prove nothing.
            #expect(texts.joined().utf8.count > 20_000)
            let canaries = Self.all.map(Self.bare)
            for text in texts {
                let bare = Self.bare(text)
                for canary in canaries where bare.contains(canary) {
                    Issue.record("\(canary) is in: \(text.prefix(2_000))")
                }
            }
        }
    }

    /// Every row of every table of the schema.
    private static func rows(of stage: Stage) async throws -> [String] {
        try await stage.sql.run { (session) throws(PostgresError) in
            let tables: [String] = try session.column(
                "select relname from pg_class where relnamespace = 'mono'::regnamespace and relkind = 'r' order by 1")
            var rows: [String] = []
            for table in tables {
                rows += try session.column("select t::text from mono.\(identifier: table) t", as: String.self)
            }
            return rows
        }
    }

    private static func files(under folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder).compactMap { path in
            FileManager.default.contents(atPath: "\(folder)/\(path)").map { String(decoding: $0, as: UTF8.self) }
        }
    }
}
