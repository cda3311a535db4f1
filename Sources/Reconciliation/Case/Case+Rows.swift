/// What a case does when the store does not write its account's row.
extension Case {
    /// The store wrote nothing: neither an intent, nor its withdrawal, nor the settlement.
    ///
    /// A row that is locked is asked for again, for as long as one window, unless the work ends. Then, or where it was
    /// refused, the case ends without its account: what was found out stays in the case's row.
    package mutating func rowFailed(_ fault: RowFault, isEnding: Bool, at now: Timestamp) {
        switch phase {
        case .ready, .withdrawing, .done: break
        case .inspecting, .checkingPreviousSync, .armed, .syncing, .confirming, .askingForLink: return
        }
        guard fault.kind == .locked else {
            return spareAccount(.errored, .rowRefused, "the database refused the account's row: \(fault.words)")
        }
        let since = rowWait?.since ?? now
        guard !isEnding, now.since(since) < rules.window else {
            return spareAccount(.deferred, .rowLocked, "waited for a lock \(fault.words)")
        }
        if rowWait == nil { rowWait = RowWait(since: now) } else { rowWait?.again(at: now) }
        if phase == .ready, let retryAt = rowWait?.retryAt { calls.notBefore = retryAt }
    }

    private mutating func spareAccount(_ outcome: Outcome, _ cause: Cause, _ detail: String) {
        var settlement = Settlement(outcome, cause: cause, detail)
        settlement.sparesAccount = true
        if case .done(let concluded) = phase {
            settlement.found = concluded.found ?? KeptResult(concluded)
            settlement.reauthLink = concluded.reauthLink
            if let found = settlement.found {
                settlement.detail += "; found out, and kept for the next run: \(found.outcome.rawValue)"
            }
        }
        phase = .done(settlement)
    }
}

/// What was found out of an account whose row could not be written: kept in the case, and written by a later run
/// without a call.
package struct KeptResult: Equatable, Sendable {
    package var outcome: Outcome
    package var cause: Cause
    package var clearsFlag: Bool

    package init(_ outcome: Outcome, cause: Cause, clearsFlag: Bool = false) {
        self.outcome = outcome
        self.cause = cause
        self.clearsFlag = clearsFlag
    }

    /// What a settlement says of its account; nil if that rests on no evidence.
    init?(_ settlement: Settlement) {
        guard settlement.outcome.restsOnEvidence else { return nil }
        self.init(settlement.outcome, cause: settlement.cause, clearsFlag: settlement.clearsFlag)
    }

    /// The outcomes that a later run takes from an earlier one instead of asking Mono: the data is there, or a nightly run
    /// would leave the account alone the night after it was found out.
    package static func kept(by kind: RunKind) -> [Outcome] {
        Outcome.allCases.filter { outcome in
            guard outcome.restsOnEvidence else { return false }
            if !outcome.isUnresolved { return true }
            return kind == .nightly && CoolDown(of: outcome).map { !$0.nights.contains(2) } ?? false
        }
    }
}
