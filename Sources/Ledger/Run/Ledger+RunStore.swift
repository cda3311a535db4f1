package import Postgres
package import Reconciliation

extension Ledger: RunStore {
    package func perform(
        _ request: StoreRequest, isRepeat: Bool
    ) async throws(PostgresError) -> StoreAnswer {
        let forecast = await foretell(request)
        do throws(PostgresError) {
            return try await answer(request, forecast, isRepeat: isRepeat)
        } catch {
            guard let fault = RowFault(error), request.isSplit(after: fault) else { throw error }
            // It may be one row of many that was refused: nothing was committed, and all others can be.
            return try await answer(request, forecast, isRepeat: isRepeat, sparing: true)
        }
    }

    private func answer(
        _ request: StoreRequest, _ forecast: NightForecast?, isRepeat: Bool, sparing: Bool = false
    ) async throws(PostgresError) -> StoreAnswer {
        var ledger = self
        ledger.isSparing = sparing
        return try await database.transaction { [ledger] (session) throws(PostgresError) in
            try ledger.answer(request, forecast, isRepeat: isRepeat, session)
        }
    }

    private func answer(
        _ request: StoreRequest, _ forecast: NightForecast?, isRepeat: Bool, _ session: borrowing Session
    ) throws(PostgresError) -> StoreAnswer {
        switch request {
        case .findStranded: return .stranded(try findStranded(session))
        case .openNightly(let options): return .opened(try openNightly(options, forecast, isRepeat: isRepeat, session))
        case .findUnknown(let accounts): return .unknown(try session.unknown(among: accounts))
        case .openOneOff(let accounts, let options):
            return .opened(try openOneOff(accounts, options, isRepeat: isRepeat, session))
        case .findElsewhere(let accounts, let runID):
            return .elsewhere(try findElsewhere(accounts, than: runID, session))
        case .enlist(let runID): try enlist(runID, session)
        case .findOthers(let runID): return .others(try hasOthers(runID, session))
        case .leave: try leave(session)
        case .readSigns(let runID, let evidence):
            try tell(evidence, session)
            return .signs(try readSigns(runID, session))
        case .stop(let run, let reason): try stop(run, reason, session)
        case .forgetStop(let run): try forgetStop(run, session)
        case .hold(let time): try hold(until: time, session)
        case .reserve(let slots, let run): return .granted(try reserve(slots, of: run, session))
        case .tally(let calls, let unspent, let run):
            try noteCalls(calls, session)
            if !isRepeat { try giveBack(unspent, of: run, session) }
        case .claim(let limit, let number, let run):
            if isRepeat { try freeClaim(number, of: run, session) }
            let claims = try claim(limit, number, of: run, session)
            return .claimed(claims, more: try hasMore(of: run, session))
        case .readNews(let accounts, let run): return .news(try news(of: accounts, since: run.startedAt, session))
        case .intend(let cases, let run): return .intended(try intend(cases, of: run, session))
        case .write(let writes, let calls, let run): return .wrote(try write(writes, calls: calls, of: run, session))
        case .deferRest(let deferral, let run): try deferRest(deferral, of: run, session)
        case .findWitness(let doubtful, let run):
            return .witnesses(try findWitness(besides: doubtful, of: run, session))
        case .learn(let tallies, let run): return .learned(try learn(tallies, of: run, session))
        case .probe(let bank, let probes, let run):
            return .probing(bank, try mayProbe(bank, after: probes, of: run, session))
        case .close(let run, let interruption):
            return .closed(try close(run, interruption: interruption, session))
        case .readElsewhere(let one):
            return .caseElsewhere(
                try session.caseRecord(of: one.account, in: one.runID), isWorkedOn: try hasOthers(one.runID, session))
        }
        return .done
    }
}

extension StoreRequest {
    /// Whether the request writes of many accounts, so that it can be performed without those that are refused.
    fileprivate func isSplit(after fault: RowFault) -> Bool {
        switch self {
        case .intend, .write: true
        // A lock in the way of these is waited for.
        case .openNightly, .claim, .deferRest, .close: fault.kind == .refused
        case .findStranded, .findUnknown, .openOneOff, .findElsewhere, .enlist, .findOthers, .leave, .readSigns, .stop,
            .forgetStop, .hold, .reserve, .tally, .readNews, .findWitness, .learn, .probe, .readElsewhere:
            false
        }
    }
}
