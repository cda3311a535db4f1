import Reconciliation

/// What is known at a scenario's end, weighed by the contract alone.
struct Evidence {
    let scenario: Scenario
    let ending: ScenarioEnd

    /// Triggers that Mono may have taken.
    var taken: [Duration] {
        let refused = ending.facts.compactMap { fact -> Duration? in
            if case .trigger(.refused, let time) = fact { time } else { nil }
        }
        return ending.triggerTimes.filter { !refused.contains($0) }
    }

    /// When the sync was requested that this case rests on.
    var intendedAt: Duration? {
        if let intent = scenario.intent { return intent.answer == .notFound ? nil : intent.at.since(storyStart) }
        return taken.isEmpty ? nil : ending.intents.last
    }

    private var had: Bool {
        scenario.intent?.hadData ?? (ending.rowAtIntent ?? scenario.row)?.dataAvailable ?? false
    }

    private var wasFlagged: Bool {
        if scenario.intent != nil { return scenario.row?.flaggedSince != nil }
        return (ending.rowAtIntent ?? scenario.row)?.flaggedSince != nil
    }

    private var events: [EventNote.Kind] {
        ending.facts.compactMap { fact in
            if case .event(let kind, let received) = fact, received >= intendedAt ?? received { kind } else { nil }
        }
    }

    private var looks: [(status: DataStatus, at: Duration, isInspection: Bool)] {
        ending.facts.compactMap { fact in
            guard case .details(.success(let details), let time, let isInspection) = fact else { return nil }
            return (details.status, time, isInspection)
        }
    }

    private var jobs: [(status: JobStatus, at: Duration)] {
        ending.facts.compactMap { fact in
            guard case .job(_, .success(let status), let time) = fact else { return nil }
            return (status, time)
        }
    }

    private var answers: [SyncAnswer] {
        ending.facts.compactMap { fact in
            if case .trigger(let answer, _) = fact { answer } else { nil }
        }
    }

    /// Mono, or a sync before that counts, said that the sync ended well.
    var saidSuccess: Bool {
        let byAnswer = answers.contains { answer in
            if case .succeeded = answer { true } else { false }
        }
        let byEvent = events.contains { kind in
            switch kind {
            case .updated(_, .successful, _), .updated(.available, nil, _), .jobUpdate(_, .finished): true
            default: false
            }
        }
        let wasLeft = scenario.intent?.answer == .succeeded
        return byAnswer || byEvent || wasLeft || jobs.contains { $0.status == .finished }
    }

    private var sawGoodEvent: Bool {
        events.contains { kind in
            switch kind {
            case .updated(.available, nil, _), .updated(.available, .successful, _): true
            default: false
            }
        }
    }

    private func saw(_ status: DataStatus) -> Bool {
        looks.contains { $0.status == status }
            || events.contains { kind in
                if case .updated(status, _, _) = kind { true } else { false }
            }
    }

    private var saidFailure: Bool {
        let byAnswer = answers.contains { answer in
            if case .failed = answer { true } else { false }
        }
        let byEvent = events.contains { kind in
            switch kind {
            case .updated(_, .failed, _), .syncFailed, .jobUpdate(_, .failed), .updated(.failed, nil, _),
                .updated(.unavailable, nil, _), .updated(.partial, nil, _):
                true
            default: false
            }
        }
        return byAnswer || byEvent || scenario.intent?.answer == .failed || jobs.contains { $0.status == .failed }
    }

    private var saidReauthorise: Bool {
        answers.contains(.reauthorise) || jobs.contains { $0.status == .reauthorisationRequired }
            || events.contains { kind in
                switch kind {
                case .reauthorisationRequired, .updated(_, .reauthorisationRequired, _),
                    .jobUpdate(_, .reauthorisationRequired):
                    true
                default: false
                }
            }
    }

    /// A new intent after a trigger that was not taken stays in the window of the first.
    private var windowEnd: Duration {
        let firstTrigger = ending.triggerTimes.first ?? .zero
        let first = scenario.intent?.at.since(storyStart) ?? ending.intents.last { $0 <= firstTrigger }
        return (first ?? .zero) + scenario.rules.window
    }

    private var wasLookedAtAfterWindow: Bool {
        let end = windowEnd
        return looks.contains { $0.status == .processing && ($0.at >= end || intendedAt == nil) }
            || jobs.contains { $0.status == .processing && $0.at >= end }
    }

    private var isUnknownToMono: Bool {
        ending.facts.contains { fact in
            if case .details(.failure(.notFound), _, _) = fact { true } else { false }
        }
    }

    private var isGone: Bool {
        scenario.happenings.contains { happening in
            if case .row = happening.what { true } else { false }
        }
    }

    /// Whether `outcome` may be reported with what is known.
    func allows(_ outcome: Outcome) -> Bool {
        switch outcome {
        case .alreadyAvailable:
            intendedAt == nil && (sawGoodEvent || looks.contains { $0.isInspection && $0.status == .available })
        case .recovered: allowsRecovered
        case .partial: saw(.partial) && (saidSuccess || saidFailure)
        case .reauthorisationRequired: saidReauthorise || wasFlagged && saidFailure
        case .bankUnavailable: answers.contains(.bankError) || saw(.unavailable) && (saidSuccess || saidFailure)
        case .providerFailed: saidFailure || saidSuccess && saw(.failed)
        case .incompleteStatement: answers.contains(.incomplete)
        case .stillProcessing:
            // A link that was taken away and made again is as fresh as a new log-in.
            events.contains(.reauthorised) || events.contains(.unlinked) || wasLookedAtAfterWindow
        case .accountNotFound: isUnknownToMono || isGone || events.contains(.unlinked)
        case .deferred, .errored: true
        }
    }

    private var allowsRecovered: Bool {
        // Inside Mono's limit the sync before is the one that counts.
        let isGlance = intendedAt == nil && ending.intents.isEmpty
        guard intendedAt != nil || isGlance && !ending.jobTimes.isEmpty else { return false }
        let lookedAvailable = looks.contains { $0.status == .available && (isGlance || !$0.isInspection) }
        if sawGoodEvent || saidSuccess && (had || lookedAvailable || saw(.available)) { return true }
        return lookedAvailable && !had && !wasFlagged
    }
}
