import Logging
import Reconciliation

/// Tells the log at `debug` what a run does: one line a call, decision, settlement and event.
///
/// It sees what the executor sees, and decides nothing. The names of the fields are stable; names, numbers, links and
/// secrets are in none.
struct RunLog {
    /// Its lines name the run.
    private(set) var logger: Logger
    /// Calls under way: what was asked, and when.
    private var calls: [Int: (call: MonoCall, at: ContinuousClock.Instant)] = [:]
    /// Events are read again and again; each is told once.
    private var toldEvents: Set<String> = []
    /// Accounts whose rows could not be written; each is told once as locked, and once as refused.
    private var toldFaults: [RowFault.Kind: Set<AccountID>] = [:]

    /// A log before any run.
    init(_ logger: Logger) { self.logger = logger }

    private var isOn: Bool { logger.logLevel <= .debug }

    /// The logger whose lines name the run.
    mutating func begin(_ run: OpenRun) -> Logger {
        logger[metadataKey: "run"] = "\(run.runID)"
        (calls, toldEvents) = ([:], [])
        return logger
    }

    /// A call is about to leave.
    mutating func sending(_ call: MonoCall) {
        guard isOn else { return }
        calls[call.number] = (call, .now)
    }

    /// Something happened.
    mutating func took(_ input: RunLifecycle.Input) {
        if case .answered(_, .intended(let result)) = input { tell(result.unwritten) }
        if case .answered(_, .wrote(let result)) = input { tell(result.unwritten) }
        guard isOn else { return }
        switch input {
        case .called(let number, let result): called(number, result)
        case .answered(let request, let answer): answered(request, answer)
        case .interrupted(let signal): logger.debug("told to end", metadata: ["signal": "\(signal)"])
        case .started, .clockMeasured, .changed, .reported, .woken: break
        }
    }

    private mutating func tell(_ faults: [AccountID: RowFault]) {
        for (account, fault) in faults.sorted(by: { $0.key < $1.key })
        where toldFaults[fault.kind, default: []].insert(account).inserted {
            switch fault.kind {
            case .locked: logger.warning("waits for a lock \(fault.words)", metadata: ["account": "\(account)"])
            case .refused:
                logger.error(
                    "the database refused an account's row",
                    metadata: ["account": "\(account)", "error": "\(fault.words)"])
            }
        }
    }

    /// A run's report is written, or this process leaves the run to others.
    func ended(_ record: RunRecord) {
        let outcomes = Outcome.allCases.compactMap { outcome -> String? in
            let count = record.cases.count { $0.outcome == outcome }
            return count > 0 ? "\(outcome.rawValue)=\(count)" : nil
        }.joined(separator: ",")
        guard let end = record.finishedAt else {
            logger.info(
                "left to other processes",
                metadata: ["run": "\(record.runID)", "outcomes": "\(outcomes)", "calls": "\(record.calls.total)"])
            return
        }
        logger.info(
            "ended",
            metadata: [
                "run": "\(record.runID)", "outcomes": "\(outcomes)", "calls": "\(record.calls.total)",
                "seconds": "\(end.since(record.startedAt).components.seconds)", "exit_code": "\(record.exitCode)",
            ])
    }

    private mutating func called(_ number: Int, _ result: CallResult) {
        guard let (call, at) = calls.removeValue(forKey: number) else { return }
        logger.debug(
            "called",
            metadata: [
                "account": "\(call.account)", "call": "\(call.call.kind)", "answer": "\(result.word)",
                "ms": "\((ContinuousClock.now - at).inMilliseconds)",
            ])
    }

    private mutating func answered(_ request: StoreRequest, _ answer: StoreAnswer) {
        switch answer {
        case .claimed(let claims, _):
            for claim in claims {
                logger.debug(
                    "claimed", metadata: ["account": "\(claim.accountID)", "reason": "\(claim.reason.rawValue)"])
                heard(claim.news, of: claim.accountID)
            }
        case .news(let news): heard(news)
        case .intended(let result):
            for account in result.committed.keys.sorted() {
                logger.debug("decided: ask for a sync", metadata: ["account": "\(account)"])
            }
            heard(result.refused)
        case .wrote(let result):
            if case .write(let writes, _, _) = request { wrote(writes, result) }
        case .probing(let bank, true): logger.notice("decided: try a paused bank again", metadata: ["bank": "\(bank)"])
        case .done: done(request)
        case .stranded, .opened, .unknown, .elsewhere, .others, .signs, .granted, .witnesses, .closed, .caseElsewhere,
            .learned, .probing:
            break
        }
    }

    private func done(_ request: StoreRequest) {
        switch request {
        case .hold(let until): logger.debug("decided: pause all calls", metadata: ["until": "\(until.rfc3339)"])
        case .stop(_, let reason):
            logger.debug("decided: stop", metadata: ["cause": "\(reason.deferredCause.rawValue)"])
        case .deferRest(let deferral, _):
            logger.debug("decided: put off the rest", metadata: ["cause": "\(deferral.cause.rawValue)"])
        case .findStranded, .openNightly, .findUnknown, .openOneOff, .findElsewhere, .enlist, .findOthers, .leave,
            .readSigns, .forgetStop, .reserve, .tally, .claim, .readNews, .intend, .write, .findWitness, .close,
            .readElsewhere, .learn, .probe:
            break
        }
    }

    private mutating func wrote(_ writes: [CaseWrite], _ result: WriteResult) {
        let settled = Set(result.settled)
        for write in writes {
            let account = write.one.accountID
            switch write.kind {
            case .settlement(let settlement) where settled.contains(account):
                logger.debug(
                    "settled",
                    metadata: [
                        "account": "\(account)", "outcome": "\(settlement.outcome.rawValue)",
                        "cause": "\(settlement.cause.rawValue)",
                    ])
            case .withdrawal where result.withdrawn.keys.contains(account):
                logger.debug("decided: take the sync back", metadata: ["account": "\(account)"])
            case .settlement, .withdrawal, .progress: break
            }
        }
        heard(result.refused)
    }

    private mutating func heard(_ news: [AccountID: News]) {
        for (account, item) in news.sorted(by: { $0.key < $1.key }) { heard(item, of: account) }
    }

    private mutating func heard(_ news: News, of account: AccountID) {
        for event in news.events where toldEvents.insert(event.key).inserted {
            logger.debug(
                "heard",
                metadata: [
                    "account": "\(account)", "event": "\(event.word)", "received_at": "\(event.receivedAt.rfc3339)",
                ])
        }
    }
}

extension Duration {
    /// Whole milliseconds, cut off.
    fileprivate var inMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
