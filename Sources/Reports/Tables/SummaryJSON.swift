package import Reconciliation
package import Text

/// `summary.json`: a run's counts for programs.
package enum SummaryJSON {
    /// The file's bytes.
    ///
    /// In `institutions`, the cases whose bank is not known are gathered under `(unknown)`; names are in the order of
    /// their UTF-8 bytes, and an open case counts as selected only. `outcomes` and `institutions` are what tonight
    /// found; `owners` and `work_list` go by what is known. `cost` is null without prices, `calls_saved` where it is not
    /// known.
    package static func bytes(of run: RunRecord) -> [UInt8] {
        let tally = Tally(run)
        let duration = run.finishedAt.map { finished in finished.since(run.startedAt) }
        return JSONText.object([
            ("schema_version", .integer(1)),
            ("run_id", .integer(run.runID)),
            ("kind", .string(run.kind.rawValue)),
            ("started_at", .string(run.startedAt.iso8601)),
            ("finished_at", .text(run.finishedAt?.iso8601)),
            ("duration_seconds", duration.map { .seconds($0) } ?? .null),
            ("selected", count(run.selected)),
            ("not_selected", count(run.notSelected)),
            ("outcomes", .object(Outcome.allCases.map { ($0.rawValue, count(tally[$0])) })),
            ("owners", .object(Owner.allCases.map { ($0.rawValue, count(tally.owners[$0, default: 0])) })),
            ("institutions", institutions(tally)),
            ("api_calls", run.calls.json),
            ("workers", count(run.workers)),
            ("last_event_at", .text(run.lastEventAt?.iso8601)),
            ("headline", .string(Headline.text(of: run))),
            ("exit_code", count(run.exitCode)),
            ("night", .string(run.zone.night(of: run.startedAt))),
            ("time_zone", .string(run.zone.name)),
            ("not_tried", .object(tally.notTriedInOrder.map { ($0.rawValue, count($1)) })),
            ("work_list", .object(Owner.allCases.map { ($0.rawValue, count(tally.workList[$0, default: 0])) })),
            ("known_accounts", run.closing.map { count($0.knownAccounts) } ?? .null),
            ("stuck_total", count(run.stuckTotal)),
            ("oldest_stuck_since", .text(run.oldestStuckSince?.iso8601)),
            ("cost", run.cost?.json ?? .null),
            ("calls_saved", run.closing?.callsSaved.map(count) ?? .null),
            (
                "banks_down",
                .array(tally.banksDown.map { .object([("name", .string($0)), ("since", .string($1.iso8601))]) })
            ),
        ]).bytes
    }

    private static func count(_ number: Int) -> JSONText { .integer(Int64(number)) }

    private static func institutions(_ tally: Tally) -> JSONText {
        .object(
            tally.banks.map { bank in
                let nonZero = Outcome.allCases.compactMap { outcome in
                    bank.outcomes[outcome].map { number in (outcome.rawValue, count(number)) }
                }
                return (bank.name, .object(nonZero))
            })
    }
}

extension CallCounts {
    /// By kind, and all of them.
    package var json: JSONText {
        .object(
            CallKind.allCases.map { ($0.rawValue, .integer(Int64(self[$0]))) } + [("total", .integer(Int64(total)))])
    }
}
