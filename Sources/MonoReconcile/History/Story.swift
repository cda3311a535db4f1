import Ledger
import Reconciliation

/// All that `explain` tells: the verdict, the account's row and what happened.
struct Story {
    let history: AccountHistory
    let timeline: HistoryTimeline
    let verdict: Verdict
    let clock: LocalClock

    init(_ history: AccountHistory, _ limits: AccountLimits, _ clock: LocalClock) {
        self.history = history
        self.clock = clock
        timeline = HistoryTimeline(history)
        verdict = Verdict(
            VerdictFacts(
                accountID: history.accountID, state: history.state, newest: history.cases.last, bank: history.bank,
                limits: limits, clock: clock))
    }
}
