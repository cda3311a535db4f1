import Ledger
import Postgres

@testable import Reconciliation
import RunStoreConformance

/// The three roles, each with its work as the programs do it.
enum Role: String, CaseIterable {
    case reconciler = "mono_reconciler"
    case webhook = "mono_webhook"
    case support = "mono_support"

    /// Does everything that the role is for, with connections that have its rights.
    func work(_ fixture: LedgerFixture) async throws {
        let ledger = try await fixture.worker()
        // What every command does first.
        do {
            _ = try await Migrator(ledger.database).pending()
        } catch .database(let error) {
            throw error
        }
        switch self {
        case .reconciler:
            try await reconcile(fixture)
            try await receive(ledger)
        case .webhook: try await receive(ledger)
        case .support:
            // Whether a worker lives is asked while there is one.
            try await fixture.database.execute(
                """
                insert into mono.workers (worker, lock_key, lease_until)
                values (\(ledger.worker.name), \(ledger.worker.lockKey)::bigint, now() + interval '1 hour')
                """)
            // The law of its bank is read with an account.
            try await fixture.account("open", debt: 3_600)
            try await look(ledger)
        }
        await ledger.database.close()
    }

    /// Nights and one-off runs.
    private func reconcile(_ fixture: LedgerFixture) async throws {
        for id in ["back", "recovered", "flagged", "open", "rest"] { try await fixture.account(id, debt: 3_600) }
        var options = RunOptions.test
        options.maxCalls = 9
        options.rules.patience = .seconds(60)
        var scheduler = try await ManualWorker(fixture, options: options)
        let (ledger, run) = (scheduler.ledger, scheduler.run)
        _ = try await ledger.reader.forecast(run.options.rules, limit: nil, accounts: [])
        _ = try await ledger.reader.unknown(among: [AccountID(test: "x")])
        _ = try await ledger.findOthers(run: run.runID)
        _ = try await ledger.reader.progress(of: run.runID, for: ledger.worker)
        _ = try await ledger.reserve(
            SlotRequest(slots: 1, budget: 1, lead: .zero, rate: 10), of: run)
        try await ledger.hold(until: try await ledger.reader.clock())
        _ = try await scheduler.intend(["back", "recovered", "flagged"])
        _ = try await scheduler.write(.progress, ["flagged"])
        _ = try await scheduler.write(.withdrawal, ["back"])
        _ = try await scheduler.write(
            .settlement(Settlement(.recovered, cause: .syncInDoubt, "x", clearsFlag: true)), ["recovered"])
        _ = try await ledger.readNews([AccountID(test: "open")], of: run)
        _ = try await ledger.claim(limit: 1, number: 1, of: run, isRepeat: true)
        try await ledger.tally(CallCounts(), unspent: 1, of: run)
        try await ledger.stop(run, .keyRefused("x"))
        _ = try await ledger.readSigns(run: run.runID)
        var looks = LookTally()
        looks.add(LookCell(from: 3, to: 9))
        _ = try await ledger.learn([LookKey(api: .dataSync, kind: .details, institution: "Bank"): looks], of: run)
        _ = try await ledger.probe("Bank", after: 0, of: run)
        try await ledger.forgetStop(run)
        try await ledger.deferRest(.test, of: run)
        _ = try await ledger.close(run)
        try await ledger.keepSummary("{}", of: run.runID)
        try await look(ledger)

        let second = try await ManualWorker(fixture, accounts: ["open"])
        _ = try await second.ledger.findStranded()
        _ = try await second.ledger.findElsewhere([AccountID(test: "rest")], than: second.run.runID)
        _ = try await second.ledger.readElsewhere(AccountID(test: "open"), in: second.run.runID)
        try await second.ledger.leave()
        try await ledger.leave()
        try await fixture.database.execute(
            """
            insert into mono.reconciliation_runs (kind, started_at, finished_at)
            values ('one_off', now() - interval '2 days', now() - interval '2 days')
            """)
        _ = try await ledger.admin.prunable(keep: .seconds(86_400))
        _ = try await ledger.admin.prune(keep: .seconds(86_400))
        await second.ledger.database.close()
        await ledger.database.close()
    }

    /// Webhooks, and an account that was just linked.
    private func receive(_ ledger: Ledger) async throws {
        _ = try await ledger.admin.record(payloads: [#"{"event":"mono.events.sync_failed","data":{"account":"new"}}"#])
        try await ledger.database.execute("select mono.connect_account('linked', 'ref')")
    }

    /// Reports, plans and stories.
    private func look(_ ledger: Ledger) async throws {
        let account = AccountID(test: "open")
        _ = try await ledger.reader.newestFinishedNightly()
        _ = try await ledger.reader.record(of: 1)
        _ = try await ledger.reader.history(of: account, limit: 10)
        _ = try await ledger.reader.unknown(among: [account])
        _ = try await ledger.reader.forecast(RunOptions.test.rules, limit: 1, accounts: [])
        _ = try await ledger.reader.forecast(RunOptions.test.rules, limit: nil, accounts: [account])
        _ = try await ledger.reader.status(stuckAfter: .seconds(300), runs: 7, zone: .lagos)
        _ = try await ledger.reader.find("open", limit: 5)
        _ = try await ledger.reader.backlog(RunOptions.test.rules)
    }
}
