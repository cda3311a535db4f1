package import Reconciliation

/// A session of one worker with the store in memory.
package struct MemoryConnection: RunStore {
    package let store: MemoryStore
    package let session: Int
    package let worker: Int

    package init(store: MemoryStore, session: Int, worker: Int) {
        self.store = store
        self.session = session
        self.worker = worker
    }

    /// Performs a request at the instant of the store's clock.
    package func perform(
        _ request: StoreRequest, isRepeat: Bool
    ) throws(MemoryStore.ConnectionLost) -> StoreAnswer {
        guard store.isOpen(session) else { throw MemoryStore.ConnectionLost() }
        switch request {
        case .findStranded: return .stranded(store.strandedOneOffs())
        case .openNightly(let options):
            return .opened(try store.openNightly(options, isRepeat: isRepeat, worker, session: session))
        case .findUnknown(let accounts): return .unknown(accounts.filter { store.accounts[$0] == nil })
        case .openOneOff(let accounts, let options):
            return .opened(try store.openOneOff(accounts, options, isRepeat: isRepeat, worker, session: session))
        case .findElsewhere(let accounts, let run): return .elsewhere(store.elsewhere(accounts, than: run))
        case .readElsewhere(let one): return store.readElsewhere(one, worker)
        case .learn(let tallies, let run): return .learned(store.learn(tallies, of: run, worker))
        case .probe(let bank, let probes, let run):
            return .probing(bank, store.mayProbe(bank, after: probes, of: run))
        case .close(let run, let interruption): return .closed(store.close(run, interruption: interruption, worker))
        case .deferRest(let deferral, let run): store.deferRest(deferral, of: run, worker)
        case .claim(let limit, let number, let run):
            return store.claim(limit, number: number, isRepeat: isRepeat, of: run, worker)
        case .readNews(let accounts, let run): return .news(store.news(of: accounts, since: run.startedAt))
        case .intend(let cases, let run): return .intended(store.intend(cases, of: run, worker))
        case .write(let writes, let calls, let run): return .wrote(store.write(writes, calls: calls, of: run, worker))
        case .findWitness(let doubtful, let run):
            return .witnesses(store.findWitness(besides: doubtful, of: run.runID, worker))
        case .enlist, .findOthers, .leave, .readSigns, .stop, .forgetStop, .hold, .reserve, .tally:
            return try share(request, isRepeat: isRepeat)
        }
        return .done
    }

    /// What the workers of a run share beside their cases.
    private func share(
        _ request: StoreRequest, isRepeat: Bool
    ) throws(MemoryStore.ConnectionLost) -> StoreAnswer {
        switch request {
        case .enlist(let run): try store.enlist(worker, run: run, session: session)
        case .findOthers(let run): return .others(store.hasOthers(than: worker, in: run))
        case .leave: store.leave(worker)
        case .readSigns(let run, let evidence):
            store.tell(evidence, worker)
            return .signs(store.signs(of: run, worker))
        case .stop(let run, let reason): store.stop(run.runID, reason)
        case .forgetStop(let run): store.forgetStop(of: run.runID, worker)
        case .hold(let until): store.rate.heldUntil = max(store.rate.heldUntil ?? until, until)
        case .reserve(let wanted, let run): return .granted(store.reserve(wanted, of: run, by: worker))
        case .tally(let calls, let unspent, let run):
            store.tally(calls, worker)
            if !isRepeat { store.change(run.runID) { $0.reserved -= unspent } }
        case .findStranded, .openNightly, .findUnknown, .openOneOff, .findElsewhere, .readElsewhere, .close, .deferRest,
            .claim, .readNews, .intend, .write, .findWitness, .learn, .probe:
            preconditionFailure("\(request) is not one of these")
        }
        return .done
    }
}
