import Reconciliation

/// Bugs of the cool-down.
extension BuggyStore {
    /// Hides cool-downs from what selects accounts, for one request; what puts them back.
    func hideCoolDowns(from request: StoreRequest) -> () -> Void {
        guard bug == .coolDownIgnored else { return {} }
        switch request {
        case .openNightly, .claim: break
        case .openOneOff, .enlist, .leave, .intend, .write, .deferRest, .close, .reserve, .tally, .hold, .findOthers,
            .findStranded, .findUnknown, .findElsewhere, .readSigns, .stop, .forgetStop, .readNews, .readElsewhere,
            .findWitness, .learn, .probe:
            return {}
        }
        let hidden = store.accounts.compactMapValues(\.retryAfter)
        for account in hidden.keys { store.change(account) { $0.retryAfter = nil } }
        return { [store] in
            for (account, time) in hidden { store.change(account) { $0.retryAfter = time } }
        }
    }

    /// Begins a cool-down for what was settled without evidence.
    func coolDownAnyway(_ request: StoreRequest) {
        guard case .write(_, _, let run) = request else { return }
        for (place, _) in store.changes.cases where store[place].outcome?.restsOnEvidence == false {
            store.change(store[place].accountID) { $0.retryAfter = run.startedAt.advanced(by: .seconds(2 * 86_400)) }
        }
    }
}
