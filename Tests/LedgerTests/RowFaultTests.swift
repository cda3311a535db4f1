import Ledger
import Postgres
import RunStoreConformance
import TestSupport
import Testing

@testable import Reconciliation

/// What a business's database may have against one row, and what the others notice of it: nothing.
@Suite struct RowFaultTests {
    private static let ids = (0..<5).map { "a-000\($0)" }

    /// Five accounts, claimed by one worker.
    private static func night() async throws -> (LedgerFixture, ManualWorker) {
        let fixture = try await LedgerFixture()
        try await fixture.stuck(5)
        return (fixture, try await ManualWorker(fixture))
    }

    @Test(arguments: [
        "before update on mono.accounts", "before update of data_available on mono.accounts",
        "after update on mono.accounts deferrable initially deferred",
    ])
    func `a trigger may refuse a settlement whenever it runs`(moment: String) async throws {
        let (fixture, worker) = try await Self.night()
        try await fixture.database.refuse(Self.ids[3], moment)
        let result = try await worker.tryToSettle()
        #expect(result.settled.map(\.rawValue).sorted() == Self.ids.filter { $0 != Self.ids[3] })
        #expect(result.unwritten.mapValues(\.kind) == [AccountID(test: Self.ids[3]): .refused])
        #expect(result.unwritten.values.first?.words == "no such customer (SQLSTATE P0001)")
    }

    @Test func `a name that a column has no room for is one account's trouble`() async throws {
        let (fixture, worker) = try await Self.night()
        try await fixture.database.execute("alter table mono.accounts alter institution type varchar(10)")
        var cases = worker.cases
        let id = AccountID(test: Self.ids[1])
        cases[id]?.history.learned = Details(status: .available, institution: "First Bank of Nigeria")
        let result = try await worker.tryToSettle(cases)
        #expect(result.settled.count == 4)
        #expect(result.unwritten[id]?.words.contains("22001") == true)
    }

    @Test func `a lock that only a trigger waits for is waited for shortly`() async throws {
        let (fixture, worker) = try await Self.night()
        try await fixture.database.script(
            """
            create table public.customers (account_id text primary key);
            insert into public.customers select account_id from mono.accounts;
            create function public.touch() returns trigger language plpgsql as $$
            begin
                perform from public.customers c where c.account_id = new.account_id for update;
                return new;
            end
            $$;
            create trigger touch before update on mono.accounts for each row execute function public.touch();
            """)
        let busy: SQL = "select from public.customers where account_id = 'a-0002' for update"
        let result = try await fixture.database.whileHolding(busy) { try await worker.tryToSettle() }
        #expect(result.settled.count == 4)
        #expect(result.unwritten.mapValues(\.kind) == [AccountID(test: "a-0002"): .locked])
        #expect(try await worker.tryToSettle().settled.count == 5)
    }

    @Test func `a table that takes no writes for a while is no account's error`() async throws {
        let (fixture, worker) = try await Self.night()
        let result = try await fixture.database.whileHolding("lock table mono.accounts in share mode") {
            try await worker.tryToSettle()
        }
        #expect(result.settled.isEmpty)
        #expect(Set(result.unwritten.values.map(\.kind)) == [.locked] && result.unwritten.count == 5)
        #expect(try await worker.tryToSettle().settled.count == 5)
    }

    @Test func `a statement that was cancelled once is made again`() async throws {
        let (fixture, worker) = try await Self.night()
        try await fixture.database.script(
            """
            create sequence public.times;
            create function public.cancel() returns trigger language plpgsql as $$
            begin
                if nextval('public.times') = 3 then
                    raise exception 'canceling statement due to user request' using errcode = '57014';
                end if;
                return new;
            end
            $$;
            create trigger cancel before update on mono.accounts for each row execute function public.cancel();
            """)
        #expect(try await worker.tryToSettle().settled.count == 5)
    }

    @Test func `whose case is refused has none, and the run has an end`() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.stuck(5)
        try await fixture.database.refuse(Self.ids[2], "before insert on mono.reconciliation_cases")
        let worker = try await ManualWorker(fixture)
        #expect(worker.cases.keys.map(\.rawValue).sorted() == Self.ids.filter { $0 != Self.ids[2] })
        #expect(try await worker.tryToSettle().settled.count == 4)
        let code = try await worker.ledger.close(worker.run)
        #expect(code == 0)
        #expect(
            try await fixture.database.text(
                "select concat(selected, ' ', not_selected) from mono.reconciliation_runs") == "4 1")
    }

    @Test func `an account that cannot even be carried costs the others nothing`() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.stuck(4)
        try await fixture.database.execute(
            """
            update mono.accounts set standing_outcome = 'partial', standing_since = now() - interval '2 days',
                retry_after = now() + interval '1 day'
            where account_id in ('a-0000', 'a-0001', 'a-0002')
            """)
        try await fixture.database.refuse("a-0001", "before insert on mono.reconciliation_cases")
        let worker = try await ManualWorker(fixture)
        #expect(try await worker.tryToSettle().settled.count == 1)
        #expect(try await worker.ledger.close(worker.run) == 0)
        let carried = try await fixture.database.texts(
            "select account_id from mono.reconciliation_cases where not tried order by 1")
        #expect(carried == ["a-0000", "a-0002"])
    }

    @Test func `a case that takes nothing at all goes, so that the run has an end`() async throws {
        let (fixture, worker) = try await Self.night()
        try await fixture.database.refuse(Self.ids[4], "before update on mono.reconciliation_cases")
        let result = try await worker.tryToSettle()
        #expect(result.settled.count == 4 && result.unwritten.count == 1)
        let cases = worker.cases.filter { $0.key.rawValue == Self.ids[4] }
        let last = try await worker.tryToSettle(cases, sparing: true)
        #expect(last.lost.map(\.rawValue) == [Self.ids[4]])
        #expect(try await worker.ledger.close(worker.run) == 0)
    }

    @Test func `putting off the rest leaves out the rows that cannot be told`() async throws {
        let (fixture, worker) = try await Self.night()
        var hands = worker
        #expect(try await hands.intend(Self.ids) == [:])
        try await fixture.database.refuse(Self.ids[0])
        try await fixture.database.whileLocked(Self.ids[1]) { try await worker.ledger.deferRest(.test, of: worker.run) }
        let outcomes = try await fixture.database.texts(
            "select outcome from mono.reconciliation_cases order by account_id")
        #expect(outcomes == Array(repeating: "deferred", count: 5))
        // Nobody knows when the triggers left.
        let moved = try await fixture.database.texts(
            """
            select a.account_id from mono.accounts a join mono.reconciliation_cases c on c.account_id = a.account_id
            where a.last_sync_requested_at = c.sync_intended_at + interval '15 s' order by 1
            """)
        #expect(moved == Array(Self.ids[2...]))
    }

    @Test(arguments: [(134, false), (136, true)])
    func `a sync whose account could not be told counts from when it may have left`(
        ago: Int, isOpen: Bool
    ) async throws {
        let (fixture, worker) = try await Self.night()
        var hands = worker
        #expect(try await hands.intend(Self.ids) == [:])
        // Mono's limit of two minutes, and the 15 s in which a trigger may leave.
        try await fixture.database.script(
            """
            update mono.reconciliation_cases set outcome = 'errored', cause = 'row_refused', settled_at = now(),
                sync_intended_at = now() - interval '\(ago) s';
            update mono.accounts a set last_sync_requested_at = c.sync_intended_at
            from mono.reconciliation_cases c where c.account_id = a.account_id;
            """)
        #expect(try await worker.ledger.close(worker.run) == 1)
        var next = try await ManualWorker(fixture)
        #expect(next.cases.count == 5)
        #expect(try await next.intend(Self.ids).isEmpty == isOpen)
    }
}

extension ManualWorker {
    /// Settles cases in hand (nil: all) as recovered, as far as the database takes it.
    fileprivate func tryToSettle(_ some: [AccountID: Case]? = nil, sparing: Bool = false) async throws -> WriteResult {
        var end = Settlement(.recovered, cause: .dataFetched, "a test")
        if sparing {
            end = Settlement(.errored, cause: .rowRefused, "a test")
            end.sparesAccount = true
        }
        let cases = (some ?? cases).sorted { $0.key < $1.key }.map(\.value.snapshot)
        return try await ledger.write(cases.map { CaseWrite($0, .settlement(end)) }, of: run)
    }
}
