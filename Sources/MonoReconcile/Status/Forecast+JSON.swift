import Ledger
import Reconciliation
import Reports
import Text

extension Forecast {
    /// The same for a program.
    func json(_ settings: RunSettings) -> String {
        let night = night(settings)
        let (least, most) = bounds(settings)
        let taken = taken
        let prices = terms(settings).options.prices
        func money(_ calls: Int) -> JSONText { prices.map { cost(of: calls, in: night, $0).json } ?? .null }
        func number(_ number: Int) -> JSONText { .integer(Int64(number)) }
        func object(_ item: Item) -> JSONText {
            .object([
                ("account_id", .string(item.accountID)), ("reason", .string(item.reason.rawValue)),
                ("stuck_since", .text(item.stuckSince?.iso8601)), ("institution", .text(item.institution)),
                ("open_in_run", item.openIn.map { .integer($0) } ?? .null),
                ("limited_until", .text(item.limitedUntil?.iso8601)),
            ])
        }
        let value = JSONText.object([
            ("schema_version", .integer(1)), ("selected", .integer(Int64(taken.count))),
            ("not_selected", .integer(Int64(joins ? 0 : notSelected))),
            ("cooling_down", coolingDown.map { .integer(Int64($0)) } ?? .null),
            ("open_run", openRun.map { .integer($0.runID) } ?? .null),
            ("open_cases", .integer(Int64(unsettled.count))),
            ("calls_at_least", number(least)), ("calls_expected", number(night.calls.expected)),
            ("calls_low", number(night.calls.low)), ("calls_high", number(night.calls.high)),
            ("calls_by_kind", night.kinds.json),
            ("cost_expected", money(night.calls.expected)), ("cost_low", money(night.calls.low)),
            ("cost_high", money(night.calls.high)), ("currency", .text(prices.map { "\($0.currency)" })),
            ("duration_seconds_expected", number(night.seconds.expected)),
            ("duration_seconds_low", number(night.seconds.low)), ("duration_seconds_high", number(night.seconds.high)),
            ("duration_seconds_at_most", .integer(seconds(most, settings))),
            ("usual_seconds_to_settle", usualSettle.map { .seconds($0.median) } ?? .null),
            ("known_accounts", backlog.map { .integer(Int64($0.known.number)) } ?? .null),
            ("oldest_stuck_since", .text(backlog?.oldest?.since.iso8601)),
            ("accounts", .array(taken.map(object))), ("held", .array(held.map(object))),
        ])
        return value.description
    }
}
