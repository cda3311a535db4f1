/// Finding, opening, joining and taking up.
extension RunLifecycle {
    /// Takes an answer that came before the work began.
    mutating func opened(_ answer: StoreAnswer, at now: Timestamp) {
        switch (phase, answer) {
        case (.findingStranded, .stranded(let runs)):
            stranded = runs
            begin()
        case (.findingUnknown, .unknown(let accounts)): named(unknown: accounts)
        case (.opening, .opened(let run)): opened(run)
        case (.findingElsewhere, .elsewhere(let held)):
            waiting.accounts = held
            takeOver()
        case (.findingWorkers, .others(let areThere)): foundWorkers(areThere)
        case (.takingOver, .done): tookOver(at: now)
        case (.takingOver, .learned(let memory)): beginWork(knowing: memory, at: now)
        default: preconditionFailure("\(answer) while \(phase)")
        }
    }

    /// The next run in hand: first those that were left behind, then what the process was started for.
    mutating func begin() {
        part = nil
        if !stranded.isEmpty {
            let run = stranded.removeFirst()
            part = Part(run: run, isLeftover: true, isForeign: isForeign(run))
            return takeOver()
        }
        switch purpose {
        case .nightly:
            move(to: .opening)
            ask(.openNightly(options), .once)
        case .oneOff(let accounts):
            move(to: .findingUnknown)
            ask(.findUnknown(accounts), .once)
        }
    }

    private mutating func named(unknown: [AccountID]) {
        guard unknown.isEmpty, case .oneOff(let accounts) = purpose else { return refuse(.unknownAccounts(unknown)) }
        move(to: .opening)
        ask(.openOneOff(accounts, options), .once)
    }

    private mutating func opened(_ run: OpenRun) {
        part = Part(run: run)
        if case .oneOff(let accounts) = purpose {
            move(to: .findingElsewhere)
            return ask(.findElsewhere(accounts, than: run.runID), .once)
        }
        guard !run.isNew else { return takeOver() }
        // A joiner goes by the run's options; another API or address cannot be joined.
        let isForeign = isForeign(run)
        part?.isForeign = isForeign
        guard isForeign || run.age >= Self.oneNight else { return join(run) }
        move(to: .findingWorkers)
        ask(.findOthers(run: run.runID), .once)
    }

    /// Whether the run speaks another API, or to another address, than this process.
    private func isForeign(_ run: OpenRun) -> Bool {
        run.options.rules.api != options.rules.api || run.options.baseURL != options.baseURL
    }

    private mutating func join(_ run: OpenRun) {
        if run.options != options { emit(.note(.joinedOtherOptions(run))) }
        takeOver()
    }

    private mutating func foundWorkers(_ areThere: Bool) {
        guard let part else { return }
        if areThere {
            // A long night that is still worked on is joined.
            return part.isForeign ? refuse(.otherSettings(part.run)) : join(part.run)
        }
        self.part?.isLeftover = true
        takeOver()
    }

    private mutating func takeOver() {
        guard let part else { return }
        move(to: .takingOver)
        emit(.setClock(part.run.startedAt.advanced(by: part.run.age)))
        ask(.forgetStop(part.run), .enlisted(run: part.run.runID))
    }

    /// The stop is forgotten, or a leftover's rest is deferred.
    private mutating func tookOver(at now: Timestamp) {
        switch beside.step {
        case .forgetting:
            beside.step = .measuring
            guard let run = part?.run else { return }
            emit(.measureClock(samples: 5, .enlisted(run: run.runID)))
        case .deferring:
            guard let part, part.isForeign else { return learn() }
            // Not a call of this process's belongs to it.
            leave(part.run)
        case .measuring, .learning: preconditionFailure("an answer that nothing was asked for")
        }
    }

    mutating func clockMeasured(jump: Duration, at now: Timestamp) {
        guard phase == .takingOver else {
            if jump != .zero { clockMoved(by: jump, at: now) }
            return beatAnswered(at: now)
        }
        guard let part, part.isLeftover else { return learn() }
        beside.step = .deferring
        let deferral =
            part.isForeign
            ? Deferral(
                cause: .otherBaseURL,
                detail: "the run spoke --api \(part.run.options.rules.api.rawValue) to \(part.run.options.baseURL)",
                scope: .all)
            : Deferral(cause: .nightOver, detail: "the night was over before its turn", scope: .untriggered)
        ask(.deferRest(deferral, of: part.run), .enlisted(run: part.run.runID))
    }

    /// Asks what is known of the banks, before the first case is begun.
    private mutating func learn() {
        guard let run = part?.run else { return }
        beside.step = .learning
        ask(.learn([:], of: run), .enlisted(run: run.runID))
    }
}
