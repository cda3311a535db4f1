import Ledger
import Reconciliation
import Reports
import Text

/// An account's history for a program; names and order are stable, times are ISO 8601.
enum HistoryJSON {
    static func text(_ story: Story) -> String {
        let (history, timeline) = (story.history, story.timeline)
        let head: [(String, JSONText)] = [
            ("schema_version", .integer(1)), ("account_id", .string(history.accountID.rawValue)),
        ]
        let value = JSONText.object(
            head + story.verdict.json + [
                ("account", history.state?.json ?? .null),
                ("bank_law", history.law?.json ?? .null), ("entries_left_out", .integer(Int64(timeline.leftOut))),
                ("entries", .array(timeline.entries.map(\.json))),
            ])
        return value.description
    }
}

extension AccountHistory.State {
    /// The row, for a program.
    var json: JSONText {
        .object([
            ("customer_ref", .text(customerRef)), ("institution", .text(institution)), ("bank_code", .text(bankCode)),
            ("connected_at", .text(connectedAt?.iso8601)), ("data_available", .bool(account.dataAvailable)),
            ("data_status", .text(account.dataStatus)),
            ("awaiting_update_since", .text(account.awaitingSince?.iso8601)),
            ("reauthorisation_required_since", .text(account.flaggedSince?.iso8601)),
            ("last_updated_at", .text(lastUpdatedAt?.iso8601)), ("unlinked_at", .text(account.unlinkedAt?.iso8601)),
            ("last_sync_requested_at", .text(account.lastSyncRequestedAt?.iso8601)),
            ("last_sync_job_id", .text(account.lastSyncJobID)), ("retry_after", .text(retryAfter?.iso8601)),
            ("consecutive_failures", .integer(Int64(consecutiveFailures))),
            ("standing_outcome", .text(standing?.outcome.rawValue)),
            ("standing_cause", .text(standing?.cause?.rawValue)),
            ("standing_since", .text(standing?.since.iso8601)),
        ])
    }
}

extension HistoryTimeline.Entry {
    fileprivate var json: JSONText {
        .object([("at", .string(at.iso8601))] + members)
    }

    private var members: [(String, JSONText)] {
        switch kind {
        case .event(let event):
            return [
                ("kind", .string("event")), ("event", .text(event.name)), ("data_status", .text(event.dataStatus)),
                ("sync_status", .text(event.syncStatus)), ("job_id", .text(event.jobID)),
                ("job_status", .text(event.jobStatus)), ("effect", .string(event.effect)),
            ]
        case .opened(let one):
            return [
                ("kind", .string("case_opened")), ("run_id", .integer(one.record.runID)),
                ("run_kind", .string(one.kind.rawValue)), ("reason", .string(one.record.reason.rawValue)),
                ("stuck_since", .text(one.record.stuckSince?.iso8601)),
            ]
        case .step(let step, let runID, let isEstimated):
            return [
                ("kind", .string("step")), ("run_id", .integer(runID)), ("step", .string(step.name.stored)),
                ("said", .string(step.said.words)), ("at_is_estimated", .bool(isEstimated)),
            ]
        case .settled(let one):
            return one.ending
        }
    }
}

extension AccountHistory.CaseInRun {
    fileprivate var ending: [(String, JSONText)] {
        let sentences = Sentences(of: record)
        return [
            ("kind", .string("settled")), ("run_id", .integer(record.runID)),
            ("outcome", .text(record.outcome?.rawValue)), ("detail", .text(record.detail)),
            ("what_happened", .string(sentences.whatHappened)), ("next_step", .string(sentences.nextStep)),
            ("next_attempt_at", .text(record.nextAttemptAt?.iso8601)),
            ("api_calls", .integer(Int64(record.apiCalls))), ("nights_in_a_row", .integer(Int64(record.nightsInARow))),
        ]
    }
}
