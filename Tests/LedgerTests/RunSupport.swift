import Ledger
import Postgres
import TestSupport

@testable import Reconciliation
import RunStoreConformance

/// A migrated database and the workers that a test plays.
struct LedgerFixture {
    let test: TestDatabase
    /// The test's own look at the tables.
    let database: Database
    /// How its workers connect.
    let configuration: PostgresConfiguration

    /// With workers that have the rights of a role (nil: all), in a database that is there (nil: a new one).
    init(role: Role? = nil, in prepared: TestDatabase? = nil) async throws {
        if let prepared { test = prepared } else { test = try await migratedTestDatabase() }
        database = test.connect()
        if let role {
            configuration = try PostgresConfiguration(
                connectionString: test.connectionString + " options='-c role=\(role.rawValue)'",
                applicationName: "tests")
        } else {
            configuration = test.configuration
        }
    }

    /// A worker with a connection of its own.
    func worker(of run: OpenRun? = nil) async throws -> Ledger {
        let ledger = Ledger(
            database: Database(configuration), worker: Worker(host: "test", pid: 1), machine: MachineTime.test)
        if let run { try await ledger.enlist(run: run.runID) }
        return ledger
    }

    /// A row as the business has it; times are seconds before now, nil is null.
    func account(
        _ id: String, data: Bool = false, debt: Int? = nil, flag: Int? = nil, tried: Int? = nil, job: String? = nil,
        failures: Int = 0
    ) async throws {
        try await database.execute(
            """
            insert into mono.accounts (account_id, source, customer_ref, institution, bank_code, data_available, data_status,
                awaiting_update_since, reauthorisation_required_since, last_sync_requested_at, last_tried_at,
                last_sync_job_id, consecutive_failures, retry_after)
            select \(id), 'event', 'ref ' || \(id), 'Bank', '044', \(data), 'UNAVAILABLE',
                now() - make_interval(secs => \(debt as Int?)), now() - make_interval(secs => \(flag as Int?)),
                now() - make_interval(secs => \(tried as Int?)), now() - make_interval(secs => \(tried as Int?)), \(job as String?), \(failures)::int,
                case when \(failures)::int > 0 then now() end
            """)
    }

    /// So many accounts that owe an update for an hour: `a-000` and so on.
    func stuck(_ count: Int) async throws {
        try await database.execute(
            """
            insert into mono.accounts (account_id, source, awaiting_update_since)
            select 'a-' || to_char(n, 'FM0000'), 'event', now() - interval '1 hour'
            from generate_series(0, \(count - 1)::int) n
            """)
    }

    /// What a test compares of an account: dates only as present or absent, and what failed.
    func row(_ account: String) async throws -> String {
        try await database.text(
            """
            select concat_ws(' ', case when data_available then 'data' else 'no-data' end,
                case when awaiting_update_since is not null then 'awaiting' end,
                case when reauthorisation_required_since is not null then 'flagged' end,
                case when retry_after is not null then 'cool-down' end, 'failures ' || consecutive_failures)
            from mono.accounts where account_id = \(account)
            """)
    }

    /// A column of an account as text, to the microsecond.
    func column(_ name: String, of account: String) async throws -> String {
        try await database.text("select a.\(identifier: name)::text from mono.accounts a where account_id = \(account)")
    }

    /// A column of the account's case in the newest run that has one.
    func caseColumn(_ name: String, of account: String) async throws -> String {
        try await database.text(
            """
            select c.\(identifier: name)::text from mono.reconciliation_cases c
            where account_id = \(account) order by run_id desc limit 1
            """)
    }

    /// Ends the worker's connection as a crash would: the server frees its lock.
    func kill(_ ledger: Ledger) async throws {
        await ledger.database.close()
        try await untilUnlocked(ledger)
    }

    /// Lets the worker make a new connection: the server frees the lock that the old one had.
    func reconnect(_ ledger: Ledger) async throws {
        await ledger.database.reconnect()
        try await untilUnlocked(ledger)
    }

    private func untilUnlocked(_ ledger: Ledger) async throws {
        let key = ledger.worker.lockKey
        for _ in 0..<500 {
            let held = try await database.text(
                """
                select count(*)::text from pg_locks
                where locktype = 'advisory' and (classid::bigint << 32) | objid::bigint = \(key)::bigint
                """)
            if held == "0" { return }
            // The server notices the closed socket when it next reads from it, which is at once.
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// A webhook about an account.
    func record(_ event: String, of account: String, meta: String = "{}") async throws {
        let effect = try await database.record(
            #"{"event":"mono.events.\#(event)","data":{"account":"\#(account)","meta":\#(meta)}}"#)
        guard effect == "applied" else { throw LedgerFixtureError(description: "the event was \(effect)") }
    }
}

struct LedgerFixtureError: Error, CustomStringConvertible {
    var description: String
}

extension RunOptions {
    /// Window 60 s, stuck after 5 minutes, Mono's limit 2 minutes.
    static let test = RunOptions(
        rules: Rules(api: .dataSync, window: .seconds(60)), baseURL: "https://api.withmono.com")

    /// The same with `--force`: who is in cool-down is tried as well.
    static let forced: RunOptions = {
        var options = test
        options.force = true
        return options
    }()
}

extension AccountID {
    /// A literal of a test; an ill-formed one is the test's fault.
    init(test id: String) {
        guard let valid = AccountID(id) else { preconditionFailure("\(id) is no Account ID") }
        self = valid
    }
}

/// One worker with its run and the cases in its hands.
struct ManualWorker {
    let ledger: Ledger
    let run: OpenRun
    var cases: [AccountID: Case] = [:]

    /// Opens or joins the nightly run and claims everything.
    init(_ fixture: LedgerFixture, options: RunOptions = .test) async throws {
        ledger = try await fixture.worker()
        run = try await ledger.openNightly(options)
        try await ledger.enlist(run: run.runID)
        try await claim()
    }

    init(_ fixture: LedgerFixture, accounts: [String], options: RunOptions = .test) async throws {
        ledger = try await fixture.worker()
        run = try await ledger.openOneOff(accounts.map { AccountID(test: $0) }, options)
        try await ledger.enlist(run: run.runID)
        try await claim()
    }

    mutating func claim(limit: Int = 10_000) async throws {
        let now = try await ledger.reader.clock()
        for claim in try await ledger.claim(limit: limit, number: 1, of: run).claims {
            cases[claim.accountID] = Case(claim, rules: run.options.rules, now: now)
        }
    }

    /// The case of an account.
    subscript(_ id: String) -> Case {
        get {
            guard let one = cases[AccountID(test: id)] else { preconditionFailure("no case of \(id)") }
            return one
        }
        set { cases[AccountID(test: id)] = newValue }
    }

    /// Asks for intents and tells the cases; returns what was refused.
    @discardableResult
    mutating func intend(_ ids: [String]) async throws -> [AccountID: News] {
        let answer = try await ledger.intend(ids.map { self[$0].snapshot }, of: run)
        for (id, intent) in answer.committed {
            cases[id]?.intended(at: intent.at, account: intent.account, now: intent.at)
        }
        return answer.refused
    }

    func write(_ kind: CaseWrite.Kind, _ ids: [String], calls: CallCounts = CallCounts()) async throws -> WriteResult {
        try await ledger.write(ids.map { CaseWrite(self[$0].snapshot, kind) }, calls: calls, of: run)
    }

    /// Settles every case in hand with one outcome.
    func settleAll(_ outcome: Outcome) async throws {
        let writes = cases.keys.sorted().compactMap { cases[$0] }.map {
            CaseWrite($0.snapshot, .settlement(Settlement(outcome, cause: .syncInDoubt, "a test")))
        }
        let result = try await ledger.write(writes, of: run)
        guard result.settled.count == writes.count else {
            throw LedgerFixtureError(description: "\(result.settled.count) of \(writes.count) settled")
        }
    }
}

extension Ledger {
    /// The same database, for what is done outside a run.
    var admin: LedgerAdmin { LedgerAdmin(database: database) }

    /// The news of accounts since any time, as of a run that began then.
    func news(of accounts: [AccountID], since: Timestamp) async throws -> [AccountID: News] {
        let run = OpenRun(runID: 0, kind: .nightly, startedAt: since, options: .test, age: .zero, isNew: false)
        return try await readNews(accounts, of: run)
    }
}

extension Deferral {
    static let test = Self(cause: .interrupted, detail: "a test", scope: .all)
}

extension MachineTime {
    private static let boot = ContinuousClock.now

    /// A machine whose clock goes as it should.
    static func test() -> Self { Self(boot: "test", uptime: ContinuousClock.now - boot) }
}
