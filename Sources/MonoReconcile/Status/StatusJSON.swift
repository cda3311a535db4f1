import Ledger
import Reconciliation
import Reports
import Text

/// The same for a program; names and order are stable, times are ISO 8601.
enum StatusJSON {
    static func text(_ status: LedgerStatus) -> String {
        let backlog: [(String, JSONText)] = [
            ("stuck", status.stuck.json), ("flagged", status.flagged.json), ("awaiting", status.awaiting.json),
            ("oldest_stuck_since", .text(status.oldestStuck?.since.iso8601)),
            ("oldest_stuck_account", .text(status.oldestStuck?.accountID.rawValue)),
        ]
        let value = JSONText.object([
            ("schema_version", .integer(1)), ("now", .string(status.now.iso8601)),
            ("attention", .array(StatusText.attention(status).map { .string($0) })),
            ("runs", .array(status.runs.map(\.json))), ("workers", .array(status.workers.map(\.json))),
            ("known_accounts", status.known.json), ("backlog", .object(backlog)), ("work_list", status.workList.json),
            ("not_tried", status.workList.notTriedJSON), ("last_event", status.lastEvent?.json ?? .null),
            ("events_in_24_hours", status.eventsOfTheDay.json),
        ])
        return value.description
    }
}

extension LedgerStatus.Count {
    fileprivate var json: JSONText {
        .object([("count", .integer(Int64(number))), ("is_more", .bool(isCut))])
    }
}

extension KnownAccounts {
    fileprivate var json: JSONText { .object([("count", .integer(Int64(number))), ("is_exact", .bool(isExact))]) }
}

extension WorkList {
    /// Accounts by who must act; all owners, zeros too.
    fileprivate var json: JSONText {
        .object(Owner.allCases.map { ($0.rawValue, .integer(Int64(owners[$0, default: 0]))) })
    }

    /// Of the last finished nightly run; a cause that is not known is null.
    fileprivate var notTriedJSON: JSONText {
        .array(
            notTried.map { one in
                .object([
                    ("run_id", lastNight.map { .integer($0) } ?? .null), ("cause", .text(one.cause?.rawValue)),
                    ("count", .integer(Int64(one.count))),
                ])
            })
    }
}

extension LedgerStatus.Run {
    fileprivate var json: JSONText {
        let took = finishedAt.map { JSONText.seconds($0.since(startedAt)) } ?? .null
        return .object([
            ("run_id", .integer(runID)), ("kind", .string(kind.rawValue)), ("started_at", .string(startedAt.iso8601)),
            ("finished_at", .text(finishedAt?.iso8601)), ("duration_seconds", took),
            ("exit_code", exitCode.map { .integer(Int64($0)) } ?? .null), ("selected", cases.json),
            ("settled", .integer(Int64(settled))), ("not_selected", .integer(Int64(notSelected))),
            (
                "outcomes",
                .object(Outcome.allCases.map { ($0.rawValue, .integer(Int64(outcomes[$0, default: 0]))) })
            ), ("api_calls", calls.json), ("cost", cost?.json ?? .null),
            ("calls_saved", callsSaved.map { .integer(Int64($0)) } ?? .null), ("forecast", foretold?.json ?? .null),
            ("forecast_error_percent", forecastError.map { .integer(Int64($0)) } ?? .null),
        ])
    }
}

extension LedgerStatus.Foretold {
    fileprivate var json: JSONText {
        .object([
            ("calls", .integer(Int64(calls.expected))), ("calls_low", .integer(Int64(calls.low))),
            ("calls_high", .integer(Int64(calls.high))), ("duration_seconds", .seconds(duration)),
        ])
    }
}

extension LedgerStatus.LiveWorker {
    fileprivate var json: JSONText {
        .object([
            ("worker", .string(name)), ("run_id", runID.map { .integer($0) } ?? .null), ("host", .string(host)),
            ("pid", .integer(Int64(pid))), ("started_at", .string(startedAt.iso8601)),
            ("api_calls", .integer(Int64(calls))),
        ])
    }
}

extension LedgerStatus.LastEvent {
    fileprivate var json: JSONText {
        .object([
            ("received_at", .string(receivedAt.iso8601)), ("event", .text(name)), ("effect", .string(effect)),
        ])
    }
}
