import Reconciliation

extension Mono {
    /// A read that goes wrong.
    func badRead(_ call: Call, _ trip: Micros) -> Reply {
        let isJob = call != .details
        let failures: [(ReadFailure, Micros)] = [
            (.tooManyRequests(retryAfter: .seconds(dice.int(1...8))), trip), (.tooManyRequests(retryAfter: nil), trip),
            (.server(status: 503), trip), (.transport("reset"), trip), (.transport("timed out"), 15 * aSecond),
            (.unreadable("HTML"), trip), (isJob ? .notFound : .server(status: 502), trip),
        ]
        let (failure, after) = dice.pick(failures)
        return Reply(result: isJob ? .job(.failure(failure)) : .details(.failure(failure)), after: after)
    }

    /// A trigger that goes wrong: before Mono acted, or after.
    func badTrigger(_ account: Int, _ trip: Micros) -> Reply {
        switch dice.int(0...9) {
        case 0:
            return Reply(
                result: .trigger(.refused(.tooManyRequests(retryAfter: .seconds(dice.int(1...10))))), after: trip)
        case 1: return Reply(result: .trigger(.refused(.tooManyRequests(retryAfter: nil))), after: trip)
        case 2: return Reply(result: .trigger(.inDoubt(Doubt("HTTP 503", isAnswer: true))), after: trip)
        case 3: return Reply(result: .trigger(.inDoubt(Doubt("reset", isAnswer: false))), after: trip)
        case 4: return Reply(result: .trigger(.refused(.badRequest)), after: trip)
        case 5: return Reply(result: .trigger(.withoutJob), after: trip)
        default: return actedBadly(account, trip)
        }
    }

    /// Mono acts, and its answer tells nothing.
    private func actedBadly(_ account: Int, _ trip: Micros) -> Reply {
        guard !accounts[account].isUnlinked, accounts[account].script != .gone else {
            return Reply(result: .trigger(.inDoubt(Doubt("HTTP 502", isAnswer: true))), after: trip)
        }
        let last = accounts[account].syncs.last
        if last.map({ now.from($0.startedAt) >= options.rules.syncLimit.micros }) ?? true { begin(account) }
        let answers: [(SyncAnswer, Micros)] = [
            (.inDoubt(Doubt("HTTP 500", isAnswer: true)), trip), (.inDoubt(Doubt("reset", isAnswer: false)), trip),
            (.inDoubt(Doubt("HTML", isAnswer: true)), trip),
            (.inDoubt(Doubt("timed out", isAnswer: false)), options.rules.window.micros),
            (.withoutJob, trip),
        ]
        let (answer, after) = dice.pick(answers)
        return Reply(result: .trigger(answer), after: after)
    }
}

extension Call {
    /// No byte has left.
    var noConnection: CallResult {
        switch self {
        case .details: .details(.failure(.transport("no connection")))
        case .job: .job(.failure(.transport("no connection")))
        case .trigger: .trigger(.refused(.noConnection("no connection")))
        case .reauthLink: .reauthLink(.failure(.failed(.transport("no connection"))))
        }
    }

    var keyRefused: CallResult {
        switch self {
        case .details: .details(.failure(.keyRefused))
        case .job: .job(.failure(.keyRefused))
        case .trigger: .trigger(.refused(.keyRefused))
        case .reauthLink: .reauthLink(.failure(.failed(.keyRefused)))
        }
    }

    /// It left, and no answer came.
    func lost(_ why: String) -> CallResult {
        switch self {
        case .details: .details(.failure(.transport(why)))
        case .job: .job(.failure(.transport(why)))
        case .trigger: .trigger(.inDoubt(Doubt(why, isAnswer: false)))
        case .reauthLink: .reauthLink(.failure(.failed(.transport(why))))
        }
    }
}
