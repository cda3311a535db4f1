import Reconciliation

/// Bugs of scouts, of paused banks, and of what is learned.
extension BuggyStore {
    func learn(
        _ tallies: [LookKey: LookTally], _ run: OpenRun, _ isRepeat: Bool, _ connection: MemoryConnection
    ) throws(MemoryStore.ConnectionLost) -> StoreAnswer {
        var told = tallies
        switch bug {
        case .looksAdded:
            told.merge(store.looks[run.runID]?[connection.worker] ?? [:], uniquingKeysWith: +)
        case .looksOfOtherBank:
            told = Dictionary(tallies.map { ($0.key.ofNextBank, $0.value) }, uniquingKeysWith: +)
        default: break
        }
        let answer = try connection.perform(.learn(told, of: run), isRepeat: isRepeat)
        guard bug == .looksNotShared, case .learned(var memory) = answer else { return answer }
        memory.tonight = [:]
        return .learned(memory)
    }

    func probe(
        _ bank: String, _ probes: Int, _ run: OpenRun, _ isRepeat: Bool, _ connection: MemoryConnection
    ) throws(MemoryStore.ConnectionLost) -> StoreAnswer {
        switch bug {
        case .probeNeverGranted: return .probing(bank, false)
        case .probeGrantedTwice where store.banks[bank]?.probeRun == run.runID: store.banks[bank]?.probes = probes
        default: break
        }
        return try connection.perform(.probe(bank, after: probes, of: run), isRepeat: isRepeat)
    }

    /// What the bug makes of the banks in trouble that a worker is told of.
    func distortTroubles(in answer: StoreAnswer) -> StoreAnswer {
        func told(_ troubles: [BankTrouble]) -> [BankTrouble] {
            switch bug {
            case .troublesNotTold: []
            case .troublesOfOtherBank:
                troubles.map { trouble in
                    var other = trouble
                    other.bank = trouble.bank.nextBank
                    return other
                }
            default: troubles
            }
        }
        switch answer {
        case .signs(var signs):
            signs.troubles = told(signs.troubles)
            return .signs(signs)
        case .learned(var memory):
            memory.troubles = told(memory.troubles)
            return .learned(memory)
        case .done, .stranded, .opened, .unknown, .elsewhere, .others, .granted, .claimed, .news, .intended, .wrote,
            .witnesses, .closed, .caseElsewhere, .probing:
            return answer
        }
    }

    /// Forgets that banks delivered, for what comes after one request.
    func keepTroubles(of before: [String: MemoryStore.BankRow]) {
        for (bank, row) in store.banks where row.failures == 0 {
            guard let was = before[bank], was.failures > 0 else { continue }
            store.banks[bank]?.failures = was.failures
            store.banks[bank]?.failingSince = was.failingSince
        }
    }

    /// Leaves to a close the looks of one worker alone; what puts the others' back.
    func hideLooks(of run: OpenRun, besides worker: Int) -> () -> Void {
        guard bug == .looksOfOthersLost else { return {} }
        let all = store.looks[run.runID]
        store.looks[run.runID] = all?.filter { $0.key == worker }
        return { [store] in store.looks[run.runID] = all }
    }
}

extension LookKey {
    fileprivate var ofNextBank: Self {
        var key = self
        key.institution = institution.nextBank
        return key
    }
}

extension String {
    /// The name of another bank of these worlds.
    fileprivate var nextBank: String { self == "Bank 0" ? "Bank 1" : "Bank 0" }
}
