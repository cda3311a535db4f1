package import Reconciliation

/// What became of a case and who does what next, in plain English for a support agent.
///
/// Both are never empty, on one line, and say nothing that the rows of the case's run do not know. Where tonight found
/// nothing out, they tell what was known before, and then why it was not found out anew.
package struct Sentences: Equatable, Sendable {
    /// What was found, in the past or present.
    package let whatHappened: String
    /// What the reader does about it.
    package let nextStep: String

    /// Forms both for one case whose run is not at hand: nothing is said of its bank's other accounts.
    ///
    /// A time of the next attempt is named only if it is after the case was settled.
    /// The case's bank counts as having answered for others only as far as its last delivery in any run says so.
    package init(of record: CaseRecord, zone: TimeZoneRules = .lagos, bankDeliveredAt: Timestamp? = nil) {
        var deliveries: [String: Timestamp] = [:]
        if let bank = record.bank { deliveries[bank] = bankDeliveredAt }
        self.init(of: record, in: RunFacts(zone: zone, end: record.settledAt, lastDelivery: deliveries))
    }

    /// Forms both for one case of a run; a time of the next attempt is named only if it is after the run's end.
    init(of record: CaseRecord, in run: RunFacts) {
        var record = record
        record.nextAttemptAt = record.nextAttempt(after: run.end)
        self.init(CaseFacts(record, in: run, isShared: false))
    }

    /// Forms both for all cases that have this one's outcome, cause and owner: without bank, dates, nights and id.
    ///
    /// Where tonight found nothing out, they tell what was known before only: why is told once for the whole run.
    init(sharedBy record: CaseRecord, in run: RunFacts) {
        var common = record
        common.accountID = "ACCOUNT"
        (common.stuckSince, common.nextAttemptAt, common.dataRequestID) = (nil, nil, nil)
        self = CaseFacts(common, in: run, isShared: true).known
    }

    /// Two sentences that are known.
    init(whatHappened: String, nextStep: String) {
        self.whatHappened = whatHappened
        self.nextStep = nextStep
    }

    private init(_ facts: CaseFacts) {
        let known = facts.known
        whatHappened = facts.tonight.map { known.whatHappened + " " + $0 } ?? known.whatHappened
        nextStep = known.nextStep
    }
}
