import Foundation
import Postgres
import TestSupport
import Testing

@testable import MonoSandbox

/// `link`: a code for an account, whatever comes first and whatever fails on the way.
struct LinkTests {
    private static let code = "code_canary_91f3"
    /// The account that the sandbox makes of the code.
    private static let account = Dice(seed: 1).id(code, "account")

    private static func link(
        _ stage: Stage, _ options: [String] = [], code: String = code, environment: [String: String] = [:]
    ) async throws -> Tool.Completion {
        let ending = try await stage.reconcile(["link", "--code", code] + options, environment: environment)
        #expect(!ending.everything.contains("canary"))
        #expect(!ending.everything.contains(Stage.key))
        #expect(ending.complaints.count == (ending.code == 0 ? 0 : 1), "\(ending.errors)")
        return ending
    }

    /// The account's row in words, nil when there is none.
    private static func row(_ stage: Stage) async throws -> String? {
        try await stage.sql.value(
            """
            select concat_ws(' ', case when data_available then 'data' end,
                case when awaiting_update_since is not null then 'awaiting' end, customer_ref)
            from mono.accounts where account_id = \(account)
            """)
    }

    private static func record(_ stage: Stage, _ event: String, meta: String = "{}") async throws {
        let payload = #"{"event":"mono.events.\#(event)","data":{"account":"\#(account)","meta":\#(meta)}}"#
        #expect(try await stage.sql.value("select mono.record_event(\(payload)::jsonb)", as: String.self) == "applied")
    }

    @Test(arguments: ["realtime", "data-sync"])
    func `a code becomes an account that awaits its data`(api: String) async throws {
        try await Stage.with([]) { stage in
            let ending = try await Self.link(stage, ["--customer-ref", "LOAN 7", "--api", api])
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(ending.output.hasPrefix("linked \(Self.account);"))
            #expect(try await Self.row(stage) == "awaiting LOAN 7")
            #expect(try stage.sandbox.calls().total == 1)
            // The account that the database showed it would take is not there.
            #expect(try await stage.sql.value("select count(*) from mono.accounts", as: Int.self) == 1)
            #expect(try await stage.runs().isEmpty)
        }
    }

    @Test
    func `the result can be had for programs, and the code from standard input`() async throws {
        try await Stage.with([]) { stage in
            let file = stage.folder + "/code"
            try Data("\(Self.code)\n".utf8).write(to: URL(filePath: file))
            let input = try #require(FileHandle(forReadingAtPath: file))
            let tool = try Tool(
                .reconcile, ["link", "--code", "-", "--quiet"], environment: stage.environment,
                input: input.fileDescriptor)
            try input.close()
            let quiet = await tool.completion()
            #expect(quiet.output == Self.account + "\n", "\(quiet.errors)")
            let json = try await Self.link(stage, ["--json", "--customer-ref", "r"], code: "code_other")
            let value = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
            let parsed = try #require(value as? [String: Any])
            #expect(parsed["schema_version"] as? Int == 1)
            #expect(parsed["account_id"] as? String == Dice(seed: 1).id("code_other", "account"))
            #expect(parsed["customer_ref"] as? String == "r")
        }
    }

    @Test(arguments: [true, false])
    func `nothing is lost whether the events or the link come first`(eventsFirst: Bool) async throws {
        try await Stage.with([]) { stage in
            if !eventsFirst { #expect(try await Self.link(stage, ["--customer-ref", "r"]).code == 0) }
            try await Self.record(stage, "account_connected")
            try await Self.record(stage, "account_updated", meta: #"{"data_status":"AVAILABLE"}"#)
            if eventsFirst { #expect(try await Self.link(stage, ["--customer-ref", "r"]).code == 0) }
            #expect(try await Self.row(stage) == "data r")
        }
    }

    @Test
    func `a code that was used, or is none of Mono's, says what codes are`() async throws {
        try await Stage.with([]) { stage in
            #expect(try await Self.link(stage).code == 0)
            for code in [Self.code, "canary"] {
                let again = try await Self.link(stage, code: code)
                #expect(again.code == 65)
                #expect(again.errors.contains("valid for 10 minutes and only once"))
                #expect(again.output.isEmpty)
            }
        }
    }

    @Test(arguments: [
        (["--code", "two canary"], "--code"), (["--code", "-"], "--code"),
        (["--code", "code_canary", "--customer-ref", "a\nb"], "--customer-ref"),
        (["--code", "code_canary", "--customer-ref", String(repeating: "x", count: 257)], "--customer-ref"),
    ])
    func `what is malformed costs no call`(arguments: [String], named: String) async throws {
        try await Stage.with([]) { stage in
            let ending = try await stage.reconcile(["link"] + arguments)
            #expect(ending.code == 65)
            #expect(ending.errors.contains(named))
            #expect(!ending.everything.contains("canary"))
            #expect(try stage.sandbox.calls().total == 0)
        }
    }

    @Test
    func `a database that cannot record costs no code`() async throws {
        try await Stage.with([]) { stage in
            let port = try freeLoopbackPort()
            let database = stage.database.connectionString
            let cases: [(String, Int32)] = [
                ("host=127.0.0.1 port=\(port) dbname=d user=u", 69),
                (stage.environment["DATABASE_URL", default: ""] + " options='-c default_transaction_read_only=on'", 69),
                (database + " options='-c role=mono_support'", 78),
            ]
            for (url, code) in cases {
                let ending = try await Self.link(stage, environment: ["DATABASE_URL": url])
                #expect(ending.code == code, "\(ending.errors)")
            }
            #expect(try stage.sandbox.calls().total == 0)
            // The webhook's rights are enough, and the code is still good.
            let webhook = database + " options='-c role=mono_webhook'"
            #expect(try await Self.link(stage, environment: ["DATABASE_URL": webhook]).code == 0)
        }
    }

    @Test(
        arguments: [
            (["401:1"], 77, "key"), (["403:1"], 77, "HTTP 403"), (["429:1:30s"], 75, "in 30 s"),
            (["503:1"], 69, "not known"), (["reset:1"], 69, "not known"), (["html:1"], 69, "not known"),
            (["html_401:1"], 69, "not known"), (["html_403:1"], 69, "HTML page"), (["html_404:1"], 69, "HTML page"),
        ] as [([String], Int32, String)])
    func `Mono's troubles are told apart`(faults: [String], code: Int32, text: String) async throws {
        try await Stage.with([], sandboxOptions: faults.flatMap { ["--fault", $0] }) { stage in
            let ending = try await Self.link(stage)
            #expect(ending.code == code, "\(ending.errors)")
            #expect(ending.errors.contains(text), "\(ending.errors)")
            #expect(try stage.sandbox.calls().total == 1)
            #expect(try await Self.row(stage) == nil)
        }
    }

    @Test
    func `a refused key and an API that is not there use no code`() async throws {
        try await Stage.with([]) { stage in
            let refused = try await Self.link(stage, environment: ["MONO_SECRET_KEY": "test_sk_other"])
            #expect(refused.code == 77)
            let port = try freeLoopbackPort()
            let nobody = try await Self.link(stage, environment: ["MONO_BASE_URL": "http://127.0.0.1:\(port)"])
            #expect(nobody.code == 69)
            #expect(nobody.errors.contains("the code was not used"))
            #expect(try await Self.link(stage).code == 0)
        }
    }

    // MARK: After the exchange

    /// Answers late enough that something can happen while Mono has the code.
    private static let slow = ["--answer-time", "1500ms"]

    /// Ends the connection that holds the open transaction.
    private static func breakTransaction(_ stage: Stage) async throws {
        let ended: Int? = try await stage.sql.value(
            """
            select count(pg_terminate_backend(pid)) from pg_stat_activity
            where datname = current_database() and usename = 'night' and state = 'idle in transaction'
            """)
        #expect(ended == 1)
    }

    @Test
    func `a connection that is lost while Mono answers loses nothing`() async throws {
        try await Stage.with([], sandboxOptions: Self.slow) { stage in
            let tool = try stage.start(["link", "--code", Self.code, "--customer-ref", "r"])
            try await stage.until("Mono has the code") { try stage.sandbox.calls().total == 1 }
            try await Self.breakTransaction(stage)
            let ending = await tool.completion()
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(try await Self.row(stage) == "awaiting r")
            #expect(try stage.sandbox.calls().total == 1)
        }
    }

    @Test
    func `a database that is gone afterwards is told the account by hand`() async throws {
        try await Stage.with([], sandboxOptions: Self.slow) { stage in
            let tool = try stage.start(["link", "--code", Self.code, "--customer-ref", "O'Brien"])
            try await stage.until("Mono has the code") { try stage.sandbox.calls().total == 1 }
            let name = stage.database.name
            try await stage.sql.execute("alter database \(identifier: name) connection limit 0")
            try await Self.breakTransaction(stage)
            try Self.checkAdvice(await tool.completion())
            #expect(try await Self.row(stage) == nil)
        }
    }

    @Test
    func `a commit that fails twice is told likewise`() async throws {
        try await Stage.with([]) { stage in
            try await stage.sql.run { (session) throws(PostgresError) in
                try session.script(
                    """
                    create function refuse() returns trigger language plpgsql as $$
                    begin raise exception 'no room'; end $$;
                    create constraint trigger refuse after insert on mono.accounts deferrable initially deferred
                        for each row execute function refuse();
                    """)
            }
            let ending = try await Self.link(stage, ["--customer-ref", "O'Brien"])
            try Self.checkAdvice(ending)
            #expect(try stage.sandbox.calls().total == 1)
        }
    }

    private static func checkAdvice(_ ending: Tool.Completion) throws {
        #expect(ending.code == 69, "\(ending.errors)")
        #expect(ending.complaints.count == 1)
        let command = #"psql "$DATABASE_URL" -c "select mono.connect_account('\#(account)', 'O''Brien')""#
        #expect(ending.errors.contains(command), "\(ending.errors)")
        #expect(!ending.everything.contains("canary"))
        #expect(ending.output.isEmpty)
    }

    @Test
    func `whoever interrupts it hears how far it had come`() async throws {
        try await Stage.with([], sandboxOptions: Self.slow) { stage in
            let tool = try stage.start(["link", "--code", Self.code])
            try await stage.until("Mono has the code") { try stage.sandbox.calls().total == 1 }
            tool.signal(SIGTERM)
            let ending = await tool.completion()
            #expect(ending.code == 143)
            #expect(ending.errors.contains("interrupted while Mono had the code"))
        }
    }
}
