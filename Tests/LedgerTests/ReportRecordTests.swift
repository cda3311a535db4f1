import Ledger
import Postgres
import Reconciliation
import RunStoreConformance
import TestSupport
import Testing

/// What the tables give back: whole runs for reports, news for cases, slots for calls.
@Suite struct ReportRecordTests {
    @Test func `a record carries every column of a case`() async throws {
        let fixture = try await LedgerFixture()
        let ledger = try await fixture.worker()
        let run = try await ledger.openNightly(.test)
        try await fixture.database.execute(
            """
            insert into mono.reconciliation_cases (run_id, account_id, customer_ref, institution, bank_code, reason,
                stuck_since, worker, sync_intended_at, had_data, sync_job_id, sync_answer, polls, api_calls, outcome,
                cause, detail, data_status_before, data_status_after, data_request_id, reauth_link, nights_in_a_row,
                next_attempt_at, steps, settled_at, outcome_before)
            values (\(run.runID), 'x', 'ref', 'Bank', '044', 'requested', 'epoch', 'w', timestamptz 'epoch' + interval '1 s',
                true, 'job', 'in_doubt', 3, 4, 'partial', 'budget', 'why', 'FAILED', 'PARTIAL', 'req', 'https://x', 5,
                timestamptz 'epoch' + interval '2 s', '[[0.25, "trigger", "503"], [1, "settle", "x"]]',
                timestamptz 'epoch' + interval '3 s', 'deferred')
            """)
        var expected = CaseRecord(runID: run.runID, accountID: "x", reason: .requested)
        expected.customerRef = "ref"
        expected.institution = "Bank"
        expected.bankCode = "044"
        expected.stuckSince = Timestamp(microseconds: 0)
        expected.worker = "w"
        expected.syncIntendedAt = Timestamp(microseconds: 1_000_000)
        expected.hadData = true
        expected.syncJobID = "job"
        expected.syncAnswer = "in_doubt"
        expected.polls = 3
        expected.apiCalls = 4
        expected.outcome = .partial
        expected.cause = .budget
        expected.detail = "why"
        expected.dataStatusBefore = "FAILED"
        expected.dataStatusAfter = "PARTIAL"
        expected.dataRequestID = "req"
        expected.reauthLink = "https://x"
        expected.nightsInARow = 5
        expected.outcomeBefore = .deferred
        expected.nextAttemptAt = Timestamp(microseconds: 2_000_000)
        expected.steps = [
            Step(seconds: 0.25, name: .trigger, said: "503"), Step(seconds: 1, name: .settle, said: "x"),
        ]
        expected.settledAt = Timestamp(microseconds: 3_000_000)
        #expect(try await ledger.reader.record(of: run.runID)?.cases == [expected])
    }

    @Test func `a record carries every column of a run`() async throws {
        let fixture = try await LedgerFixture()
        let ledger = try await fixture.worker()
        var options = RunOptions.test
        options.prices = try Prices("details=12.5,trigger=10,job=0,reauth=5", currency: #require(Currency("GHS")))
        let run = try await ledger.openOneOff([], options)
        try await fixture.database.execute(
            """
            update mono.reconciliation_runs set finished_at = timestamptz 'epoch' + interval '9 s', not_selected = 1,
                calls_details = 2, calls_trigger = 3, calls_job = 4, calls_reauth = 5, workers = 6,
                last_event_at = 'epoch', exit_code = 77, stop_detail = 'why', closing = '{"brought": 1, "followed": 2, "calls_saved": 12,
                "previous": {"run_id": 3, "started_at": "1970-01-01T00:00:00.000004+00:00", "cases": 5, "unresolved": 6, "calls": 7, "back": 8,
                "unlinked": 9, "gone": 27, "stuck_after_us": 11}}'
            """)
        var expected = RunRecord(runID: run.runID, kind: .oneOff, startedAt: run.startedAt)
        expected.finishedAt = Timestamp(microseconds: 9_000_000)
        expected.notSelected = 1
        expected.isLimited = false
        expected.calls.details = 2
        expected.calls.trigger = 3
        expected.calls.job = 4
        expected.calls.reauth = 5
        expected.workers = 6
        expected.lastEventAt = Timestamp(microseconds: 0)
        expected.exitCode = 77
        expected.api = .dataSync
        expected.stopDetail = "why"
        var previous = PreviousNight(runID: 3, startedAt: Timestamp(microseconds: 4))
        (previous.cases, previous.unresolved, previous.calls) = (5, 6, 7)
        (previous.backSince, previous.unlinkedSince, previous.absent) = (8, 9, 10)
        previous.stuckAfter = .microseconds(11)
        var closing = ClosingFacts()
        (closing.syncsThatBroughtData, closing.syncsFollowedByEvent, closing.previous) = (1, 2, previous)
        closing.callsSaved = 12
        expected.closing = closing
        expected.prices = options.prices
        #expect(try await ledger.reader.record(of: run.runID) == expected)
        #expect(try await ledger.reader.record(of: run.runID + 1) == nil)
    }

    @Test func `nights are counted from the first with this outcome, whatever was found out in between`() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.stuck(4)
        // One letter a night for each account: p partial, b bank unavailable, d deferred, - not in the run.
        let nights = [["p", "p", "p", "p"], ["p", "d", "-", "b"], ["p", "p", "p", "b"], ["b", "p", "p", "d"]]
        let outcomes: [String: Outcome] = ["p": .partial, "b": .bankUnavailable, "d": .deferred]
        var counts: [String] = []
        for night in nights {
            for (number, letter) in night.enumerated() {
                try await fixture.database.execute(
                    """
                    update mono.accounts set unlinked_at = case when \(letter) = '-' then now() end
                    where account_id = \("a-000\(number)")
                    """)
            }
            let scheduler = try await ManualWorker(fixture, options: .forced)
            for (number, letter) in night.enumerated() where letter != "-" {
                let end = Settlement(try #require(outcomes[letter]), cause: .syncInDoubt, "x")
                _ = try await scheduler.write(.settlement(end), ["a-000\(number)"])
            }
            // Asked twice, as by two workers.
            #expect(try await scheduler.ledger.close(scheduler.run) != nil)
            _ = try await scheduler.ledger.close(scheduler.run)
            let record = try #require(try await scheduler.ledger.reader.record(of: scheduler.run.runID))
            counts.append(record.cases.map { "\($0.nightsInARow)" }.joined(separator: " "))
            // A one-off run in between neither counts nor breaks the row.
            let oneOff = try await ManualWorker(fixture, accounts: ["a-0000"])
            try await oneOff.settleAll(.errored)
            _ = try await oneOff.ledger.close(oneOff.run)
            try await fixture.database.letDayPass()
        }
        #expect(counts == ["1 1 1 1", "2 2 1", "3 3 3 2", "1 4 4 3"])
    }

    @Test func `a summary is kept as it was first reported`() async throws {
        let fixture = try await LedgerFixture()
        let ledger = try await fixture.worker()
        let run = try await ledger.openNightly(.test)
        try await ledger.keepSummary(#"{"a": 1}"#, of: run.runID)
        try await ledger.keepSummary(#"{"a": 2}"#, of: run.runID)
        #expect(try await fixture.database.text("select summary::text from mono.reconciliation_runs") == #"{"a": 1}"#)
    }

    // MARK: News

    static let webhooks: [(file: String, kind: EventNote.Kind)] = [
        ("account-connected-2025", .other), ("account-connected-2026", .other),
        ("account-reauthorized-2026", .reauthorised), ("account-reauthorized-v1", .reauthorised),
        ("account-updated-2026", .updated(status: .available, sync: nil, job: nil)),
        ("account-updated-failed-balance-only", .updated(status: .partial, sync: nil, job: nil)),
        ("account-updated-partial", .updated(status: .partial, sync: nil, job: nil)),
        ("account-updated-processing", .updated(status: .processing, sync: nil, job: nil)),
        ("account-updated-unavailable", .updated(status: .unavailable, sync: nil, job: nil)),
        ("account-updated-v1", .updated(status: .available, sync: nil, job: nil)),
        ("reauthorisation-required", .reauthorisationRequired), ("sync-failed", .syncFailed),
    ]

    @Test(arguments: webhooks)
    func `each webhook is read as what it says`(webhook: (file: String, kind: EventNote.Kind)) async throws {
        #expect(try await news([webhook.file]).map(\.kind) == [webhook.kind])
    }

    @Test func `webhooks of realtime jobs carry the job and how it ended`() async throws {
        let kinds = try await news([
            "job-update-processing", "job-update-finished", "job-update-failed", "account-updated-realtime-new-data",
            "account-updated-realtime-reauth-required",
        ]).map(\.kind)
        let statuses = kinds.compactMap { kind -> JobStatus? in
            if case .jobUpdate(let job, let status) = kind, !job.isEmpty { status } else { nil }
        }
        #expect(statuses == [.processing, .finished, .failed])
        let syncs = kinds.compactMap { kind -> EventNote.SyncStatus? in
            if case .updated(_, let sync, let job?) = kind, !job.isEmpty { sync } else { nil }
        }
        #expect(syncs == [.successful, .reauthorisationRequired])
    }

    @Test func `events come in the order of arrival, since the time asked, and only those that were applied`()
        async throws
    {
        let fixture = try await LedgerFixture()
        let ledger = try await fixture.worker()
        let account = AccountID(test: Fixtures.account)
        _ = try await fixture.database.record(Fixtures.webhook("sync-failed"))
        let since = try await ledger.reader.clock()
        for file in ["account-updated-2026", "account-synced", "reauthorisation-required", "reauthorisation-required"] {
            _ = try await fixture.database.record(Fixtures.webhook(file))
        }
        // Older by Mono's own clock: stale.
        let stale = try Fixtures.webhook("account-updated-2026")
            .replacing("2026-", with: "2020-").replacing("event_id\": \"", with: "event_id\": \"old")
        #expect(try await fixture.database.record(stale) == "stale")
        let news = try #require(try await ledger.news(of: [account], since: since)[account])
        #expect(
            news.events.map(\.kind) == [.updated(status: .available, sync: nil, job: nil), .reauthorisationRequired])
        #expect(news.events.map(\.receivedAt) == news.events.map(\.receivedAt).sorted())
        let first = try #require(news.events.first)
        // The time itself is included, the next microsecond is not.
        let included = try await ledger.news(of: [account], since: first.receivedAt)
        #expect(included[account]?.events.count == 2)
        let after = try await ledger.news(of: [account], since: first.receivedAt.advanced(by: .microseconds(1)))
        #expect(after[account]?.events.count == 1)
    }

    @Test func `an account that is not there has news too`() async throws {
        let fixture = try await LedgerFixture()
        let ledger = try await fixture.worker()
        let account = AccountID(test: "nobody")
        let news = try await ledger.news(of: [account], since: Timestamp(microseconds: 0))
        #expect(news == [account: News(account: nil)])
        #expect(try await ledger.news(of: [], since: Timestamp(microseconds: 0)) == [:])
    }

    private func news(_ files: [String]) async throws -> [EventNote] {
        let fixture = try await LedgerFixture()
        let ledger = try await fixture.worker()
        let account = AccountID(test: Fixtures.account)
        for file in files {
            let effect = try await fixture.database.record(Fixtures.webhook(file))
            #expect(effect == "applied", "\(file)")
        }
        return try await ledger.news(of: [account], since: Timestamp(microseconds: 0))[account]?.events ?? []
    }

    // MARK: Slots

    @Test func `eight workers never take more than the budget holds`() async throws {
        let fixture = try await LedgerFixture()
        let opener = try await fixture.worker()
        var options = RunOptions.test
        options.maxCalls = 50
        let run = try await opener.openNightly(options)
        let paid = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let ledger = try await fixture.worker(of: run)
                    var sum = 0
                    for _ in 0..<10 {
                        let grant = try await ledger.reserve(
                            SlotRequest(slots: 3, budget: 3, lead: .zero, rate: 1_000), of: run)
                        sum += grant.paid
                    }
                    return sum
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(paid == 50)
        let none = try await opener.reserve(SlotRequest(slots: 1, budget: 1, lead: .zero, rate: 10), of: run)
        #expect(none.paid == 0 && none.budgetLeft == 0)
        try await opener.tally(CallCounts(), unspent: 4, of: run)
        let some = try await opener.reserve(SlotRequest(slots: 1, budget: 3, lead: .zero, rate: 10), of: run)
        #expect(some.paid == 3 && some.budgetLeft == 1)
        #expect(try await opener.openNightly(options).budgetLeft == 1)
    }
}
