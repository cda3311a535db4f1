import Reconciliation

/// The story of a world, line by line, if anybody listens.
final class Trace {
    var sink: ((String) -> Void)?
    private let clock: VirtualClock

    init(_ clock: VirtualClock) { self.clock = clock }

    func note(_ who: @autoclosure () -> String, _ text: @autoclosure () -> String) {
        guard let sink else { return }
        let elapsed = clock.now.from(VirtualClock.beginning)
        let micros = String(elapsed % aSecond + aSecond).dropFirst()
        sink("\(elapsed / aSecond).\(micros) \(who()) \(text())")
    }
}

extension Call {
    /// For the trace.
    var word: String {
        switch self {
        case .details: "details"
        case .job(let job): "job \(job)"
        case .trigger: "trigger"
        case .reauthLink: "reauth-link"
        }
    }
}

extension CallResult {
    /// For the trace.
    var word: String {
        switch self {
        case .details(.success(let details)): details.status.word
        case .details(.failure(let failure)), .job(.failure(let failure)): "\(failure)"
        case .job(.success(let status)): "\(status)"
        case .reauthLink(.success): "a link"
        case .reauthLink(.failure(let failure)): "\(failure)"
        case .trigger(let answer): [answer.word, answer.jobWord].compactMap { $0 }.joined(separator: " ")
        }
    }
}

extension SyncAnswer {
    fileprivate var jobWord: String? {
        switch self {
        case .started(let job), .failed(let job): job
        case .succeeded(let job): job
        case .reauthorise, .bankError, .incomplete, .withoutJob, .refused, .inDoubt: nil
        }
    }
}

extension Webhook {
    /// For the trace.
    var word: String {
        switch kind {
        case .connected: "account_connected"
        case .updated(let status, let sync, let job):
            ["account_updated", status.word, sync.map { "sync \($0)" }, job].compactMap { $0 }.joined(separator: " ")
        case .jobUpdate(let job, let status): "job \(job) \(status)"
        case .reauthorisationRequired: "reauthorisation_required"
        case .reauthorised: "account_reauthorized"
        case .syncFailed: "sync_failed"
        case .unlinked: "account_unlinked"
        }
    }
}
