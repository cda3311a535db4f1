extension EventNote {
    /// The job that the event names.
    var job: String? {
        switch kind {
        case .updated(_, _, let job): job
        case .jobUpdate(let job, _): job
        case .reauthorisationRequired, .reauthorised, .syncFailed, .unlinked, .other: nil
        }
    }

    /// Whether it says that the data is there and the link works.
    var isGood: Bool {
        switch kind {
        case .updated(.available, nil, _), .updated(.available, .successful, _): true
        case .updated, .jobUpdate, .reauthorisationRequired, .reauthorised, .syncFailed, .unlinked, .other: false
        }
    }

    /// Whether it settles the case whatever the trigger's answer will be.
    var isDecisive: Bool {
        switch kind {
        case .updated(.available, nil, nil), .updated(_, .reauthorisationRequired, nil): true
        case .reauthorisationRequired, .reauthorised, .unlinked: true
        case .updated, .jobUpdate, .syncFailed, .other: false
        }
    }

    /// The event as the case's history tells it.
    package var word: String {
        switch kind {
        case .updated(let status, let sync, _):
            ["account_updated", status?.word, sync.map { "sync \($0)" }].compactMap { $0 }.joined(separator: " ")
        case .jobUpdate(_, let status): "job \(status.word)"
        case .reauthorisationRequired: "reauthorisation_required"
        case .reauthorised: "account_reauthorized"
        case .syncFailed: "sync_failed"
        case .unlinked: "account_unlinked"
        case .other: "another event"
        }
    }
}
