import Ledger
import Postgres
import Reconciliation
import RunStoreConformance
import Synchronization
import Testing

/// A server whose clock is moved, as a machine sees it that counts the time since its boot.
@Suite struct ClockTests {
    /// A machine whose time since boot a test moves against the server's clock.
    private final class Machine: Sendable {
        private let boot: String
        private let offset = Mutex(Duration.zero)
        private let begin = ContinuousClock.now

        init(_ boot: String = "test") { self.boot = boot }

        var time: MachineTime {
            MachineTime(
                boot: boot, uptime: .seconds(1_000_000) + (ContinuousClock.now - begin) + offset.withLock { $0 })
        }

        /// The server's clock went ahead by this much; or back, if negative.
        func sees(jump: Duration) { offset.withLock { $0 -= jump } }
    }

    private let fixture: LedgerFixture
    private let machine = Machine()

    init() async throws { fixture = try await LedgerFixture() }

    private func worker(_ machine: Machine) -> Ledger {
        Ledger(
            database: Database(fixture.configuration), worker: Worker(host: "test", pid: 1), machine: { machine.time })
    }

    private func seconds(_ expression: SQL, _ table: SQL) async throws -> Int? {
        try await fixture.database.value(
            "select round(extract(epoch from \(expression) - now()))::bigint from \(table)")
    }

    @Test func `where the clock goes ahead, what was requested a minute ago is no older`() async throws {
        try await fixture.account("a", debt: 3_600, tried: 60)
        let ledger = worker(machine)
        let run = try await ledger.openNightly(.test)
        try await ledger.hold(until: try await ledger.reader.clock().advanced(by: .seconds(30)))
        // An hour passes by the server's clock, and none by the machine's: the request was made before that.
        try await fixture.database.execute(
            """
            update mono.accounts set last_sync_requested_at = last_sync_requested_at - interval '1 hour';
            """)
        try await fixture.database.execute(
            """
            update mono.machine_clocks set seen_at = seen_at - interval '1 hour'
            """)
        try await fixture.database.execute("update mono.rate set hold_until = hold_until - interval '1 hour'")
        try await ledger.enlist(run: run.runID)
        let age = try #require(try await seconds("last_sync_requested_at", "mono.accounts"))
        #expect((-65 ... -60).contains(age))
        let hold = try #require(try await seconds("hold_until", "mono.rate"))
        #expect((20...30).contains(hold))
        let jump = try #require(try await ledger.readSigns(run: run.runID).jump)
        #expect(max(jump - .seconds(3_600), .seconds(3_600) - jump) < .seconds(5))
    }

    @Test func `where the clock goes back, nothing lies in the future any more`() async throws {
        try await fixture.account("a", debt: 3_600, tried: 60)
        let ledger = worker(machine)
        let run = try await ledger.openNightly(.test)
        for (table, column) in [("accounts", "last_sync_requested_at"), ("rate", "next_slot_at")] {
            try await fixture.database.script(
                "update mono.\(table) set \(column) = \(column) + interval '1 hour'")
        }
        try await fixture.database.execute("update mono.machine_clocks set seen_at = seen_at + interval '1 hour'")
        try await fixture.database.execute("update mono.workers set lease_until = lease_until + interval '1 hour'")
        try await fixture.database.execute("update mono.rate set hold_until = now() + interval '3610 s'")
        try await ledger.enlist(run: run.runID)
        #expect(try #require(try await seconds("last_sync_requested_at", "mono.accounts")) <= 0)
        #expect(try #require(try await seconds("next_slot_at", "mono.rate")) <= 0)
        #expect(try #require(try await seconds("hold_until", "mono.rate")) <= 10)
        #expect(try #require(try await seconds("lease_until", "mono.workers")) <= 15)
    }

    @Test func `one jump that two machines see is heeded once`() async throws {
        try await fixture.account("a", debt: 3_600, tried: 7_000)
        let other = Machine("other")
        let (first, second) = (worker(machine), worker(other))
        let run = try await first.openNightly(.test)
        try await second.enlist(run: run.runID)
        try await fixture.database.execute("update mono.machine_clocks set seen_at = seen_at - interval '1 hour'")
        for _ in 0..<2 {
            try await first.enlist(run: run.runID)
            try await second.enlist(run: run.runID)
        }
        let age = try #require(try await seconds("last_sync_requested_at", "mono.accounts"))
        #expect((-3_410 ... -3_395).contains(age))
        let jumps: Int? = try await fixture.database.value(
            "select round(extract(epoch from jumps))::bigint from mono.rate")
        #expect((3_595...3_605).contains(try #require(jumps)))
    }

    @Test(arguments: [Duration.milliseconds(1_500), .milliseconds(-1_500)])
    func `clocks that drift apart by a little are left alone`(drift: Duration) async throws {
        try await fixture.account("a", debt: 3_600, tried: 60)
        let ledger = worker(machine)
        let run = try await ledger.openNightly(.test)
        machine.sees(jump: drift)
        try await ledger.enlist(run: run.runID)
        #expect(try await ledger.readSigns(run: run.runID).jump == nil)
    }
}
