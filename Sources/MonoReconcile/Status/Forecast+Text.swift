import Ledger
import Reconciliation
import Reports

extension Forecast {
    /// Whether a run would join the open one and take up nothing else, as ``RunLifecycle`` decides it.
    var joins: Bool {
        openRun.map { isWorkedOn || $0.age < RunLifecycle.oneNight } ?? false
    }

    /// The accounts that a run would work on itself.
    var taken: [Item] {
        joins ? unsettled : unsettled + items.filter { $0.openIn == nil }
    }

    /// Those named that another run has in hand.
    var held: [Item] { items.filter { $0.openIn != nil } }

    /// The options and the budget: a joiner goes by the open run's.
    func terms(_ settings: RunSettings) -> (options: RunOptions, maxCalls: Int?) {
        if joins, let openRun { return (openRun.options, openRun.budgetLeft) }
        return (RunOptions(rules: settings.rules, baseURL: "", prices: settings.prices), settings.maxCalls)
    }

    /// What the run is expected to take.
    func night(_ settings: RunSettings) -> NightForecast {
        let (options, maxCalls) = terms(settings)
        let groups = Dictionary(taken.map { ($0.group, 1) }, uniquingKeysWith: +)
        return NightForecast(groups, options: options, budget: maxCalls, memory: memory, rate: settings.rate)
    }

    /// The fewest calls (all data is there already), and the most: all looks of the plain schedule, and a link for each
    /// flagged account.
    func bounds(_ settings: RunSettings) -> (least: Int, most: Int) {
        let (options, maxCalls) = terms(settings)
        let taken = taken
        let triggered = taken.count { $0.isTriggered }
        // Neither takes a sync: one needs none, the other cannot have one.
        let looked = taken.count { !$0.isTriggered && !$0.mayBeSynced }
        let inspected = taken.count { $0.isInspected && !$0.isTriggered && $0.mayBeSynced }
        let synced = taken.count - triggered - looked
        let links = options.rules.asksForLinks ? taken.count { $0.reason == .reauthorisationRequired } : 0
        let least = triggered + looked + inspected + (synced - inspected) * 2
        let most = looked + inspected + synced + (triggered + synced) * options.rules.mostLooks + links
        return (min(least, maxCalls ?? .max), min(most, maxCalls ?? .max))
    }

    /// What so many of the expected calls cost; nil without prices.
    ///
    /// Fewer or more calls are so of all kinds alike.
    func cost(of calls: Int, in night: NightForecast, _ prices: Prices) -> Money {
        let all = max(1, night.kinds.total)
        // Cost × calls ÷ all, in an order that cannot overflow.
        let (each, rest) = Cost(of: night.kinds, at: prices).total.hundredths.quotientAndRemainder(dividingBy: all)
        return Money(hundredths: each * calls + rest * calls / all)
    }

    /// Seconds that a run takes with so many calls: those at the rate, and one window after the last trigger.
    func seconds(_ calls: Int, _ settings: RunSettings) -> Int64 {
        guard calls > 0 else { return 0 }
        let waits = taken.contains { $0.isTriggered || $0.mayBeSynced }
        return Int64((Double(calls) / settings.rate).rounded(.up))
            + (waits ? terms(settings).options.rules.window.components.seconds : 0)
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
        lines += expectations(settings)
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

    /// Calls, cost, syncs and time.
    private func expectations(_ settings: RunSettings) -> [String] {
        let night = night(settings)
        let (options, maxCalls) = terms(settings)
        let capped = maxCalls.map { ", capped at \($0) by --max-calls" } ?? ""
        var lines = ["API calls: \(about(night.calls) { "\($0)" })\(capped)"]
        if let prices = options.prices {
            let text = about(night.calls) { Self.whole(cost(of: $0, in: night, prices)).text(in: prices.currency) }
            lines.append("Cost: \(text)")
        }
        lines.append(
            "Syncs that may send a customer an OTP: up to \(taken.count { !$0.isTriggered && $0.mayBeSynced })")
        lines.append("Duration: \(duration(night, settings)) at --rate \(settings.rateText)")
        return lines
    }

    /// An amount without its hundredths: what is expected is not so exact.
    private static func whole(_ money: Money) -> Money {
        money.hundredths < 10_000 ? money : Money(hundredths: (money.hundredths + 50) / 100 * 100)
    }

    /// `about 623 (540 to 710)`.
    private func about(_ estimate: Estimate, _ text: (Int) -> String) -> String {
        let (expected, low, high) = (text(estimate.expected), text(estimate.low), text(estimate.high))
        return "about \(expected)" + (low == high ? "" : " (\(low) to \(high))")
    }

    /// How long it takes: for accounts named as recent syncs did, else as is foretold.
    private func duration(_ night: NightForecast, _ settings: RunSettings) -> String {
        guard let usualSettle, taken.contains(where: { $0.isTriggered || $0.mayBeSynced }) else {
            return about(night.seconds, Self.time)
        }
        let place = usualSettle.bank.map { " at \($0.printable(limit: 60))" } ?? ""
        let syncs = "\(usualSettle.syncs) recent sync\(usualSettle.syncs == 1 ? "" : "s")"
        return "usually \(max(1, usualSettle.median.components.seconds)) s (median of \(syncs)\(place)), "
            + "at most \(seconds(night.calls.high, settings)) s"
    }

    /// `80 s`, `9 min`, `2 h 05 min`.
    private static func time(_ seconds: Int) -> String {
        let minutes = (seconds + 30) / 60
        switch seconds {
        case ..<120: return "\(seconds) s"
        case ..<7_200: return "\(minutes) min"
        default: return "\(minutes / 60) h \(minutes % 60 < 10 ? "0" : "")\(minutes % 60) min"
        }
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
