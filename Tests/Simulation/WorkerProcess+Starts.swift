import Reconciliation

/// Which cases the scheduler begins.
extension WorkerProcess {
    /// The scheduler asks for intents.
    func begins(_ cases: [CaseSnapshot]) { cases.forEach { begins($0.accountID, asIntent: true) } }

    /// The scheduler makes a call, which may be a case's first.
    func begins(with call: MonoCall) {
        guard !call.isWitness, lifecycle.scheduler?.cases[call.account]?.isBeforeTrigger ?? false else { return }
        begins(call.account, asIntent: false)
    }

    private func begins(_ account: AccountID, asIntent: Bool) {
        let cases = lifecycle.scheduler?.cases ?? [:]
        guard let suspicion = judge.begins(account, by: self, beside: cases, asIntent: asIntent) else { return }
        world.at(now.after(2 * aSecond + judge.slack)) { [judge] in judge.confirm(suspicion) }
    }
}
