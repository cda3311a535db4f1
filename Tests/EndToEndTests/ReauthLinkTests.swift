import Foundation
import Postgres
import TestSupport
import Testing

/// Re-authorisation: flags from events, confirmed by a sync, and links for customers.
struct ReauthLinkTests {
    private static let links = Stage.quick + ["--reauth-links", "--csv-profile", "plain"]

    private static func flagged(_ id: String, _ script: String = "reauthorisation") -> Sample {
        Sample(id, script, hadData: true, flagged: true, awaiting: false)
    }

    /// Links by account, as the report has them.
    private static func reported(_ stage: Stage) throws -> [String: String] {
        let pairs = try CSVTable(stage.report("accounts.csv"))["account_id", "reauth_link"]
        return Dictionary(uniqueKeysWithValues: pairs.filter { !$0.1.isEmpty })
    }

    /// Links by account, as the run's cases have them.
    private static func stored(_ stage: Stage) async throws -> [String: String] {
        let pairs = try await stage.sql.run { (session) throws(PostgresError) in
            try session.query(
                "select account_id, reauth_link from mono.reconciliation_cases where reauth_link is not null"
            ) { (row) throws(PostgresError) in (try row.string(0), try row.string(1)) }
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    private static func flaggedAccounts(_ stage: Stage) async throws -> Set<String> {
        let ids = try await stage.sql.run { (session) throws(PostgresError) in
            try session.column(
                "select account_id from mono.accounts where reauthorisation_required_since is not null",
                as: String.self)
        }
        return Set(ids)
    }

    private static func reauthCalls(_ stage: Stage) throws -> [String: Int] {
        try stage.sandbox.calls().accounts.mapValues(\.reauth).filter { $0.value > 0 }
    }

    // MARK: In a run

    @Test
    func `a run confirms flags, and asks for a link of each confirmed account and of no other`() async throws {
        var impossible = Self.flagged("impossible")
        impossible.canReauthorise = false
        let accounts = [
            Self.flagged("back", "recovers"), Self.flagged("refused"), impossible, Sample("stuck", "recovers"),
            Sample("failing", "failed"), Sample("lost", "available"), .healthy("healthy"),
        ]
        try await Stage.with(accounts) { stage in
            let ending = try await stage.reconcile(Self.links + ["--log-level", "trace"])
            #expect(ending.code == 0, "\(ending.errors)")
            let truth = try stage.sandbox.truth(api: "realtime", window: "2s")
            #expect(try await stage.outcomes() == truth)
            #expect(truth["back"] == "recovered")
            #expect(truth["refused"] == "reauthorisation_required")
            #expect(try await Self.flaggedAccounts(stage) == ["refused", "impossible"])
            #expect(try Self.reauthCalls(stage) == ["refused": 1, "impossible": 1])
            #expect(try await stage.runs().map(\.calls) == [try stage.sandbox.calls().kinds])
            #expect(try Summary(stage.report("summary.json")).apiCalls["reauth"] == 2)

            let links = try await Self.stored(stage)
            #expect(Array(links.keys) == ["refused"])
            #expect(links["refused"]?.hasPrefix("https://link.mono.co/AL") == true)
            #expect(try Self.reported(stage) == links)
            // The log is on, or this would prove nothing.
            #expect(ending.errors.contains("answer=a link call=reauth"))
            #expect(!ending.everything.contains("link.mono.co"))
            try Self.checkWords(stage)
        }
    }

    private static func checkWords(_ stage: Stage) throws {
        let steps = Dictionary(
            uniqueKeysWithValues: try CSVTable(stage.report("accounts.csv"))["account_id", "next_step"])
        #expect(steps["refused"]?.hasPrefix("Send the customer the link") == true)
        #expect(steps["impossible"]?.hasPrefix("Ask the customer to link the account again") == true)
    }

    @Test
    func `without the option no link is asked for`() async throws {
        try await Stage.with([Self.flagged("refused")]) { stage in
            let ending = try await stage.reconcile(Stage.quick)
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(try stage.sandbox.calls().kinds.reauth == 0)
            #expect(try await Self.stored(stage).isEmpty)
        }
    }

    @Test
    func `the variable is as good as the option`() async throws {
        try await Stage.with([Self.flagged("refused")]) { stage in
            let on = ["MONO_RECONCILE_REAUTH_LINKS": "true"]
            let ending = try await stage.reconcile(Stage.quick, environment: on)
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(Array(try await Self.stored(stage).keys) == ["refused"])
        }
    }

    @Test(arguments: ["503", "429", "403", "401", "404", "400", "html", "html_401", "reset", "garbage"])
    func `a link that does not come leaves the outcome as it is`(mode: String) async throws {
        var account = Self.flagged("refused")
        account.faults = [Sample.Fault(mode, on: ["reauth"])]
        try await Stage.with([account]) { stage in
            let ending = try await stage.reconcile(Self.links)
            #expect(ending.code == (mode == "401" ? 77 : 0), "\(ending.errors)")
            #expect(try await stage.outcomes() == ["refused": "reauthorisation_required"])
            #expect(try stage.sandbox.calls().kinds.reauth == 1)
            #expect(try await Self.stored(stage).isEmpty)
            #expect(try await stage.runs().map(\.calls) == [try stage.sandbox.calls().kinds])
        }
    }

    @Test(arguments: [0, 1])
    func `a link is paid for from the budget, or not asked for`(links: Int) async throws {
        let budget = 3
        var account = Self.flagged("refused")
        // Without data before, the third call looks at the details.
        account.hadData = links == 1
        try await Stage.with([account]) { stage in
            let ending = try await stage.reconcile(Self.links + ["--max-calls", "\(budget)"])
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(try await stage.outcomes() == ["refused": "reauthorisation_required"])
            #expect(try stage.sandbox.calls().total == budget)
            #expect(try stage.sandbox.calls().kinds.reauth == links)
        }
    }

    @Test
    func `an event that says so in mid-run confirms it`() async throws {
        try await Stage.with([Sample("waiting", "never_ready")]) { stage in
            let patient = ["--window", "60s", "--poll-first", "30s", "--poll-max", "30s", "--reauth-links"]
            let tool = try stage.start(patient)
            try await stage.until("the sync's answer is noted") {
                let answers: Int? = try await stage.sql.value(
                    "select count(*) from mono.reconciliation_cases where sync_answer is not null")
                return answers == 1
            }
            try await Self.record(stage, Self.bare("reauthorisation_required", "waiting"))
            let ending = await tool.completion()
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(try await stage.outcomes() == ["waiting": "reauthorisation_required"])
            #expect(Array(try await Self.stored(stage).keys) == ["waiting"])
        }
    }

    // MARK: Events

    private static func bare(_ event: String, _ account: String) -> String {
        #"{"event":"mono.events.\#(event)","data":{"account":{"_id":"\#(account)"}}}"#
    }

    private static func record(_ stage: Stage, _ payload: String) async throws {
        #expect(try await stage.sql.value("select mono.record_event(\(payload)::jsonb)", as: String.self) == "applied")
    }

    @Test
    func `both generations' events flag, a night confirms, and re-authorising makes the account await`() async throws {
        let accounts = ["v1", "v2", "job"].map { Sample($0, "reauthorisation", hadData: true, awaiting: false) }
        try await Stage.with(accounts) { stage in
            let said = [
                Self.bare("reauthorisation_required", "v1"),
                #"{"event":"mono.events.account_updated","data":{"account":{"_id":"v2"},"meta":{"#
                    + #""data_status":"AVAILABLE","sync_status":"reauthorisation_required"}}}"#,
                #"{"event":"mono.accounts.jobs.update","data":{"id":"j","account":"job","#
                    + #""status":"REAUTHORISATION_REQUIRED"}}"#,
            ]
            for payload in said { try await Self.record(stage, payload) }
            #expect(try await Self.flaggedAccounts(stage) == ["v1", "v2", "job"])
            #expect(try await stage.reconcile(Self.links).code == 0)
            #expect(try await Self.flaggedAccounts(stage) == ["v1", "v2", "job"])
            #expect(try Self.reauthCalls(stage) == ["v1": 1, "v2": 1, "job": 1])

            try await Self.record(stage, Self.bare("account_reauthorized", "v1"))
            #expect(try await Self.flaggedAccounts(stage) == ["v2", "job"])
            let isAwaiting: Bool? = try await stage.sql.value(
                "select awaiting_update_since > now() - interval '1 minute' from mono.accounts where account_id = 'v1'")
            #expect(isAwaiting == true)
        }
    }

    // MARK: On demand

    @Test
    func `reauth-link prints a link, or a token, and nothing is written`() async throws {
        try await Stage.with([Self.flagged("refused")]) { stage in
            let before = try await stage.fingerprint()
            let text = try await stage.reconcile(["reauth-link", "refused"])
            #expect(text.code == 0, "\(text.errors)")
            #expect(text.output.hasPrefix("Link for the customer to re-authorise refused:\nhttps://link.mono.co/AL"))
            let quiet = try await stage.reconcile(["reauth-link", "refused", "--quiet"])
            #expect(quiet.output.hasPrefix("https://link.mono.co/AL"))
            #expect(quiet.output.split(separator: "\n").count == 1)
            let json = try await stage.reconcile(["reauth-link", "refused", "--json"])
            let value = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
            let parsed = try #require(value as? [String: Any])
            #expect(parsed["schema_version"] as? Int == 1)
            #expect(parsed["account_id"] as? String == "refused")
            #expect((parsed["link"] as? String)?.hasPrefix("https://") == true)
            let support = stage.database.connectionString + " options='-c role=mono_support'"
            let token = try await stage.reconcile(
                ["reauth-link", "refused", "--api", "data-sync"], environment: ["DATABASE_URL": support])
            #expect(token.code == 0, "\(token.errors)")
            #expect(token.output.contains("valid for 10 minutes:\nTest"))
            let tokenJSON = try await stage.reconcile(
                ["reauth-link", "refused", "--json"], environment: ["MONO_API": "data-sync"])
            #expect(tokenJSON.output.contains("\"valid_for_seconds\": 600"))
            #expect(try stage.sandbox.calls().kinds.reauth == 5)
            #expect(try await stage.fingerprint() == before)
        }
    }

    @Test
    func `what cannot be asked for costs no call`() async throws {
        try await Stage.with([Self.flagged("unlinked")]) { stage in
            try await Self.record(stage, Self.bare("account_unlinked", "unlinked"))
            for (account, text) in [
                ("unlinked", "was unlinked at"), ("other", "nor a reference in mono.accounts"), ("a b", "\"a b\""),
            ] {
                let ending = try await stage.reconcile(["reauth-link", account])
                #expect(ending.code == 65)
                #expect(ending.complaints.count == 1)
                #expect(ending.errors.contains(text))
            }
            #expect(try stage.sandbox.calls().total == 0)
        }
    }

    @Test(
        arguments: [
            ("503", 69, "HTTP 503"), ("429", 75, "too many requests"), ("403", 77, "HTTP 403"), ("401", 77, "key"),
            ("404", 65, "does not know"), ("400", 69, "HTTP 400"), ("html", 69, "HTML page"),
            ("reset", 69, "broke off"),
            ("html_401", 69, "HTTP 401 with an HTML page"), ("html_404", 69, "MONO_BASE_URL"),
            ("wrong_account", 69, "another account"),
        ] as [(String, Int32, String)])
    func `Mono's troubles are told apart`(mode: String, code: Int32, text: String) async throws {
        var account = Self.flagged("refused")
        account.faults = [Sample.Fault(mode, on: ["reauth"])]
        try await Stage.with([account]) { stage in
            let ending = try await stage.reconcile(["reauth-link", "refused"])
            #expect(ending.code == code, "\(ending.errors)")
            #expect(ending.complaints.count == 1)
            #expect(ending.errors.contains(text), "\(ending.errors)")
            #expect(ending.output.isEmpty)
        }
    }

    @Test(arguments: ["realtime", "data-sync"])
    func `an account that cannot be re-authorised gets a sentence for support`(api: String) async throws {
        var account = Self.flagged("impossible")
        account.canReauthorise = false
        try await Stage.with([account]) { stage in
            let ending = try await stage.reconcile(["reauth-link", "impossible", "--api", api])
            #expect(ending.code == 1)
            let sentence = "Mono says that this account cannot be re-authorised: the customer has to link it again."
            #expect(ending.errors == "mono-reconcile: \(sentence)\n")
        }
    }
}
