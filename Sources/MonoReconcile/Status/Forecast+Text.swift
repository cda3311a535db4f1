import Ledger
import Reconciliation
import Reports
import Text

extension Forecast {
    /// Whether a run would join the open one and take up nothing else, as ``RunLifecycle`` decides it.
    private var joins: Bool {
        openRun.map { isWorkedOn || $0.age < RunLifecycle.oneNight } ?? false
    }

    /// The accounts that a run would work on itself.
    private var taken: [Item] {
        joins ? unsettled : unsettled + items.filter { $0.openIn == nil }
    }

    /// Those named that another run has in hand.
    private var held: [Item] { items.filter { $0.openIn != nil } }

    /// The rules, the budget and the prices: a joiner goes by the open run's.
    private func terms(_ settings: RunSettings) -> (rules: Rules, maxCalls: Int?, prices: Prices?) {
        if joins, let openRun { return (openRun.options.rules, openRun.budgetLeft, openRun.options.prices) }
        return (settings.rules, settings.maxCalls, settings.prices)
    }

    /// The fewest calls (all data is there already), and those with `looks` after each trigger, and a link for each
    /// flagged account, whatever the budget.
    private func calls(_ settings: RunSettings, looks: Int) -> (least: Int, most: CallCounts) {
        let rules = terms(settings).rules
        let taken = taken
        let triggered = taken.count { $0.isTriggered }
        // Neither takes a sync: one needs none, the other cannot have one.
        let looked = taken.count { !$0.isTriggered && !$0.mayBeSynced }
        let inspected = taken.count { $0.isInspected && !$0.isTriggered && $0.mayBeSynced }
        let synced = taken.count - triggered - looked
        var most = CallCounts()
        most.details = looked + inspected
        most.trigger = synced
        most[rules.api.look] += (triggered + synced) * looks
        most.reauth = rules.asksForLinks ? taken.count { $0.reason == .reauthorisationRequired } : 0
        return (triggered + looked + inspected + (synced - inspected) * 2, most)
    }

    /// The fewest calls, and a usual number: inspection, trigger and three looks.
    ///
    /// Neither is above the budget.
    func expectedCalls(_ settings: RunSettings) -> (least: Int, usual: Int) {
        let (least, usual) = usualCalls(settings)
        let limit = terms(settings).maxCalls ?? .max
        return (min(least, limit), min(usual.total, limit))
    }

    private func usualCalls(_ settings: RunSettings) -> (least: Int, most: CallCounts) {
        calls(settings, looks: terms(settings).rules.api == .realtime ? 3 : 1)
    }

    /// What the usual calls cost; nil without prices.
    ///
    /// A budget cuts all kinds alike.
    func expectedCost(_ settings: RunSettings) -> (total: Money, currency: Currency)? {
        guard let prices = terms(settings).prices else { return nil }
        let calls = usualCalls(settings).most
        let (made, all) = (expectedCalls(settings).usual, max(1, calls.total))
        // Cost × made ÷ all, in an order that cannot overflow.
        let (each, rest) = Cost(of: calls, at: prices).total.hundredths.quotientAndRemainder(dividingBy: all)
        return (Money(hundredths: each * made + rest * made / all), prices.currency)
    }

    /// Seconds that a run takes with so many calls: those at the rate, and one window after the last trigger.
    private func seconds(_ calls: Int, _ settings: RunSettings) -> Int64 {
        guard calls > 0 else { return 0 }
        let waits = taken.contains { $0.isTriggered || $0.mayBeSynced }
        return Int64((Double(calls) / settings.rate).rounded(.up))
            + (waits ? terms(settings).rules.window.components.seconds : 0)
    }

    /// A screen for a person.
    func text(_ settings: RunSettings, zone: TimeZoneRules) -> String {
        var lines = openLines
        if backlog?.known.number == 0 {
            lines.append("\(KnownAccounts.none); the manual's page adoption.md tells how they get there.")
        }
        lines += held.map { "Held by run \($0.openIn ?? 0): \($0.accountID); `run` would wait for it there" }
        let taken = taken
        guard !taken.isEmpty else {
            let isIdle = openRun == nil && held.isEmpty && resting == nil
            let why = isIdle ? "Nothing is stuck: a" : "A"
            return (lines + [resting].compactMap { $0 } + ["\(why) run would make no API call."]).joined(
                separator: "\n")
        }
        let (least, usual) = expectedCalls(settings)
        lines.append("A run now would take up \(taken.count) account\(taken.count == 1 ? "" : "s"):")
        for reason in Reason.allCases {
            let count = taken.count { $0.reason == reason }
            if count > 0 { lines.append("  \(count)  \(reason.rawValue)") }
        }
        if notSelected > 0, !joins {
            let oldest = backlog.flatMap { all in all.oldest.map { "; of all \($0.text(at: all.now))" } } ?? ""
            lines.append("  \(notSelected)  left out by --limit\(oldest)")
        }
        if !joins { lines += [resting].compactMap { $0 } }
        let capped = terms(settings).maxCalls.map { ", capped at \($0) by --max-calls" } ?? ""
        lines.append("API calls: about \(usual), at least \(least)\(capped)")
        if let (total, currency) = expectedCost(settings) { lines.append("Cost: about \(total.text(in: currency))") }
        lines.append(
            "Syncs that may send a customer an OTP: up to \(taken.count { !$0.isTriggered && $0.mayBeSynced })")
        lines.append("Duration: \(duration(usual, settings)) at --rate \(settings.rateText)")
        lines.append("")
        for item in taken.prefix(20) {
            let since = item.stuckSince.map { LocalClock(zone: zone, now: $0).second($0) } ?? "-"
            let limit = item.limitedUntil.map {
                "  inside Mono's limit until \(LocalClock(zone: zone, now: $0).minute($0))"
            }
            lines.append(
                "  \(item.accountID)  \(item.reason.rawValue)  since \(since)  \(item.institution?.printable() ?? "")"
                    + (limit ?? ""))
        }
        if taken.count > 20 { lines.append("  … and \(taken.count - 20) more (--json lists all)") }
        return lines.joined(separator: "\n")
    }

    /// How long it takes: for accounts named as recent syncs did, else the calls and one window.
    private func duration(_ calls: Int, _ settings: RunSettings) -> String {
        let most = seconds(calls, settings)
        guard let usualSettle, taken.contains(where: { $0.isTriggered || $0.mayBeSynced }) else {
            return "about \(most) s"
        }
        let place = usualSettle.bank.map { " at \($0.printable(limit: 60))" } ?? ""
        let syncs = "\(usualSettle.syncs) recent sync\(usualSettle.syncs == 1 ? "" : "s")"
        return
            "usually \(max(1, usualSettle.median.components.seconds)) s (median of \(syncs)\(place)), at most \(most) s"
    }

    /// Those in their cool-down, which a run lists without a call.
    private var resting: String? {
        guard let coolingDown, coolingDown > 0 else { return nil }
        return "  \(coolingDown)  in cool-down: listed, and not tried until it ends (--force tries them)"
    }

    private var openLines: [String] {
        guard let openRun else { return [] }
        let open = unsettled.count { $0.openIn == openRun.runID }
        let cases = "\(open) account\(open == 1 ? "" : "s") still open"
        return [
            joins
                ? "Run \(openRun.runID) is open with \(cases): `run` would join it instead of selecting anew."
                : "Run \(openRun.runID) was left with \(cases): `run` would bring it to its end, and then select anew."
        ]
    }

    /// The same for a program.
    func json(_ settings: RunSettings) -> String {
        let (least, usual) = expectedCalls(settings)
        let most = min(
            calls(settings, looks: terms(settings).rules.mostLooks).most.total, terms(settings).maxCalls ?? .max)
        let taken = taken
        let cost = expectedCost(settings)
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
            ("calls_at_least", .integer(Int64(least))), ("calls_expected", .integer(Int64(usual))),
            ("cost_expected", cost?.total.json ?? .null), ("currency", .text(cost.map { "\($0.currency)" })),
            ("duration_seconds_at_most", .integer(seconds(most, settings))),
            ("usual_seconds_to_settle", usualSettle.map { .seconds($0.median) } ?? .null),
            ("known_accounts", backlog.map { .integer(Int64($0.known.number)) } ?? .null),
            ("oldest_stuck_since", .text(backlog?.oldest?.since.iso8601)),
            ("accounts", .array(taken.map(object))), ("held", .array(held.map(object))),
        ])
        return value.description
    }
}

extension Forecast.Item {
    /// Whether a run may ask for a sync of it: it is not healthy, and Mono takes a request.
    fileprivate var mayBeSynced: Bool { !isHealthy && limitedUntil == nil }
}

extension Rules {
    /// The looks that a case makes which stays silent for its whole window, the last one at its end.
    fileprivate var mostLooks: Int {
        guard api == .realtime else { return 1 }
        var (looks, waited) = (1, Duration.zero)
        while looks < 100_000 {
            waited += schedule.delay(afterLooks: looks - 1)
            guard waited < window else { break }
            looks += 1
        }
        return looks
    }
}

extension RunSettings {
    /// The rate as an operator types it: without decimals if it is whole.
    fileprivate var rateText: String {
        rate == rate.rounded() ? String(Int(rate)) : String(rate)
    }
}
