import Postgres
import Reconciliation

extension RunOptions {
    /// Names and values as they are stored; durations in microseconds.
    var stored: [(name: String, value: String?)] {
        [
            ("api", rules.api.rawValue),
            ("base_url", baseURL),
            ("window_us", String(rules.window.microseconds)),
            ("stuck_after_us", String(rules.stuckAfter.microseconds)),
            ("sync_limit_us", String(rules.syncLimit.microseconds)),
            ("poll_first_us", String(rules.schedule.first.microseconds)),
            ("poll_factor", String(rules.schedule.factor)),
            ("poll_max_us", String(rules.schedule.maximum.microseconds)),
            ("patience_us", rules.patience.map { String($0.microseconds) }),
            ("limit", limit.map { String($0) }),
            ("max_calls", maxCalls.map { String($0) }),
            ("strict", String(strict)),
            ("force", String(force)),
            ("time_zone", timeZone),
            ("reauth_links", String(rules.asksForLinks)),
            ("prices", prices.map { "\($0)" }),
            ("currency", prices.map { "\($0.currency)" }),
        ]
    }

    /// Reads what ``stored`` wrote; nil when something is missing or malformed.
    init?(stored values: [String: String]) {
        func duration(_ name: String) -> Duration? {
            values[name].flatMap { Int64($0) }.map { .microseconds($0) }
        }
        guard let api = values["api"].flatMap({ APIGeneration(rawValue: $0) }), let baseURL = values["base_url"],
            let window = duration("window_us"), let stuckAfter = duration("stuck_after_us"),
            let syncLimit = duration("sync_limit_us"), let first = duration("poll_first_us"),
            let factor = values["poll_factor"].flatMap({ Double($0) }), let maximum = duration("poll_max_us")
        else { return nil }
        self.init(
            rules: Rules(
                api: api, window: window, stuckAfter: stuckAfter, syncLimit: syncLimit,
                schedule: PollSchedule(first: first, factor: factor, maximum: maximum),
                patience: duration("patience_us"), asksForLinks: values["reauth_links"] == "true"),
            baseURL: baseURL, limit: values["limit"].flatMap { Int($0) },
            maxCalls: values["max_calls"].flatMap { Int($0) }, strict: values["strict"] == "true",
            force: values["force"] == "true",
            timeZone: values["time_zone"] ?? TimeZoneRules.lagos.name,
            prices: Prices(stored: values["prices"], currency: values["currency"]))
    }
}

extension Prices {
    /// Reads what `RunOptions.stored` wrote; nil where a run has none.
    init?(stored text: String?, currency code: String?) {
        guard let text, let currency = code.flatMap({ Currency($0) }) else { return nil }
        // What somebody else wrote there is no price: the cost is unknown then, and nothing else hangs on it.
        guard let prices = try? Prices(text, currency: currency) else { return nil }
        self = prices
    }
}

extension Row {
    /// The prices of a run, from the columns `prices` and `currency`.
    func prices() throws(PostgresError) -> Prices? {
        Prices(stored: try self["prices"], currency: try self["currency"])
    }
}
