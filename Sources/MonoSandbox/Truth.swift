/// What a reconciler should report of an account's first sync under its behaviour, whatever has happened since.
///
/// Times in which a bank is down are left out. So are faults drawn by a rate below 1: they cost repeats, not outcomes, unless they hit a trigger.
struct Truth: Sendable {
    /// Reads are repeated this often before a reconciler gives up.
    static let readRepeats = 5

    let settings: Settings
    let generation: Generation
    /// Seconds from the trigger to the last look.
    let window: Double
    /// Which of the account's syncs it is, 0 being its very first.
    var attempt = 0

    /// The outcome, or nil for an account that is neither stuck nor flagged.
    func outcome(of account: Account) -> String? {
        guard account.isAwaiting || account.isFlagged else { return nil }
        if account.behaviour == .gone { return "account_not_found" }
        if !account.hadData, !account.isFlagged {
            if let fault = lasting(account, .details) { return spoilt(fault) }
            if account.behaviour.statusBefore == .available { return "already_available" }
        }
        if let fault = spoiltTrigger(account) { return inDoubt(account, fault) }
        let outcome = generation == .realtime ? realtime(account) : dataSync(account)
        if generation == .realtime, let fault = lasting(account, .job) { return spoilt(fault) }
        return outcome
    }

    private func realtime(_ account: Account) -> String {
        guard let succeeds = account.behaviour.jobSucceeds, latency(account) <= window else {
            return "still_processing"
        }
        if succeeds { return account.hadData ? "recovered" : Self.named(account.behaviour.statusAfter(.realtime)) }
        if account.behaviour == .reauthorisation, account.isFlagged || hears("mono.events.account_updated", account) {
            return "reauthorisation_required"
        }
        if !account.hadData, account.behaviour == .unavailable { return "bank_unavailable" }
        return account.isFlagged ? "reauthorisation_required" : "provider_failed"
    }

    private func dataSync(_ account: Account) -> String {
        let hasData = account.hadData
        guard latency(account) <= window else { return hasData || account.isFlagged ? "deferred" : "still_processing" }
        return switch account.behaviour {
        case .available, .recovers, .slow, .neverReady, .failed, .partial:
            hasData ? "recovered" : Self.named(account.behaviour.statusAfter(.dataSync))
        case .reauthorisation: "reauthorisation_required"
        case .incomplete: "incomplete_statement"
        case .unavailable: "bank_unavailable"
        case .gone: "account_not_found"
        }
    }

    /// After a trigger whose answer tells nothing: an event may, or the details of an account that had no data.
    private func inDoubt(_ account: Account, _ fault: FaultRule) -> String {
        if case .status(let status) = fault.mode, status < 500, status != 409 {
            return status == 429 ? "deferred" : "errored"
        }
        if fault.takesEffect, latency(account) + settings.webhookDelay / settings.speed <= window {
            let event =
                generation == .realtime
                ? "mono.accounts.jobs.update"
                : account.behaviour == .reauthorisation
                    ? "mono.events.reauthorisation_required" : "mono.events.account_updated"
            let sendsEvent =
                generation == .realtime
                ? account.behaviour.jobSucceeds != nil
                : [.available, .recovers, .slow, .failed, .partial, .reauthorisation].contains(account.behaviour)
            if sendsEvent, hears(event, account) {
                return generation == .realtime ? realtime(account) : dataSync(account)
            }
        }
        if account.hadData || account.isFlagged { return "deferred" }
        let isOver = fault.takesEffect && latency(account) <= window
        switch isOver ? account.behaviour.statusAfter(generation) : account.behaviour.statusBefore {
        case .available: return "recovered"
        case .processing: return "still_processing"
        case .partial, .unavailable, .failed: return "deferred"
        }
    }

    private static func named(_ status: DataStatus) -> String {
        switch status {
        case .available: "recovered"
        case .partial: "partial"
        case .unavailable: "bank_unavailable"
        case .failed: "provider_failed"
        case .processing: "still_processing"
        }
    }

    private func latency(_ account: Account) -> Double { settings.latency(of: account, attempt: attempt) }

    /// Whether the event of the sync is there within the time that a reconciler waits for a reason.
    private func hears(_ event: String, _ account: Account) -> Bool {
        let patience = min(10, window / 4)
        return settings.sendsWebhooks && settings.webhookDelay / settings.speed + WebhookComposer.gapSeconds <= patience
            && !settings.loses(event, of: account, attempt)
    }

    /// A fault that outlasts the repeats of a read.
    private func lasting(_ account: Account, _ kind: CallKind) -> FaultRule? {
        (account.faults + settings.faults).first { rule in
            rule.concerns(kind) && rule.rate == 1 && (rule.first ?? .max) > Self.readRepeats
        }
    }

    private func spoiltTrigger(_ account: Account) -> FaultRule? {
        (account.faults + settings.faults).first { rule in
            // A realtime trigger's answer is in its head: what happens to the body does no harm.
            // A single 429 is followed by one more try.
            let isHarmless =
                rule.mode == .wrongAccount || generation == .realtime && rule.mode == .truncated
                || rule.mode == .status(429) && rule.first == 1
            return rule.concerns(.trigger) && rule.rate == 1 && (rule.first ?? .max) > 0 && !isHarmless
        }
    }

    private func spoilt(_ fault: FaultRule) -> String {
        fault.mode == .status(429) ? "deferred" : fault.mode == .status(404) ? "account_not_found" : "errored"
    }
}
