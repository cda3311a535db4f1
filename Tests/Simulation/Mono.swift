import Reconciliation

/// Mono with both generations of its API, its own per-account limit, and its faults.
final class Mono {
    /// An answer, and how long Mono takes for it.
    struct Reply {
        var result: CallResult
        var after: Micros
    }

    let clock: VirtualClock
    let judge: Judge
    let trace: Trace
    let options: WorldOptions
    var accounts: [MonoAccount]
    var dice: Dice
    /// Nothing goes wrong any more.
    var isCalm = false
    var keyRefusedUntil: Timestamp?
    var downUntil: Timestamp?
    /// Banks that give Mono nothing, and until when.
    var downBanks: [String: Timestamp] = [:]
    /// Delivers a webhook, or loses it.
    var send: (Webhook, _ isOutside: Bool) -> Void = { _, _ in }
    var schedule: (Timestamp, @escaping () -> Void) -> Void = { _, _ in }
    private var webhooks = 0

    var now: Timestamp { clock.now }
    var api: APIGeneration { options.rules.api }

    init(_ options: WorldOptions, judge: Judge, clock: VirtualClock, trace: Trace) {
        self.options = options
        self.judge = judge
        self.clock = clock
        self.trace = trace
        var dice = Dice(seed: options.seed &* 31 &+ 7)
        accounts = (0..<options.accounts).map { _ in
            var script = AccountScript.draw(&dice)
            if script == .gone, options.accounts > 100 { script = .recovers }
            return MonoAccount(script: script, status: script.statusBefore, latency: dice.time(options.bank))
        }
        self.dice = dice
    }

    // MARK: Calls

    /// One call of a worker arrives.
    func take(_ call: Call, _ account: Int) -> Reply {
        let reply = decide(call, account)
        if call == .trigger { judge.answeredTrigger(account, reply.result, at: now) }
        trace.note("mono", "a\(10_000 + account) \(call.word): \(reply.result.word)")
        return reply
    }

    private func decide(_ call: Call, _ account: Int) -> Reply {
        let trip = dice.time(20 * aMillisecond...400 * aMillisecond)
        if downUntil.map({ now < $0 }) ?? false { return Reply(result: call.noConnection, after: trip) }
        if keyRefusedUntil.map({ now < $0 }) ?? false { return Reply(result: call.keyRefused, after: trip) }
        if call == .trigger { judge.arrived(account, at: now) }
        let isBad = !isCalm && dice.chance(call == .trigger ? options.badTriggers : options.badReads)
        switch call {
        case .details where isBad, .job where isBad: return badRead(call, trip)
        case .details: return Reply(result: .details(details(account)), after: trip)
        case .job(let job): return Reply(result: .job(self.job(job, account)), after: trip)
        case .reauthLink: return Reply(result: .reauthLink(.failure(.cannotBeReauthorised)), after: trip)
        case .trigger: return isBad ? badTrigger(account, trip) : trigger(account, trip)
        }
    }

    private func details(_ account: Int) -> Result<Details, ReadFailure> {
        guard !accounts[account].isUnlinked, accounts[account].script != .gone else {
            accounts[account].say(.unknownAccount, at: now)
            return .failure(.notFound)
        }
        accounts[account].say(Word(accounts[account].status), at: now)
        return .success(Details(status: accounts[account].status))
    }

    private func job(_ job: String, _ account: Int) -> Result<JobStatus, ReadFailure> {
        guard let sync = accounts[account].syncs.last(where: { $0.job == job }) else { return .failure(.notFound) }
        guard sync.endedAt != nil else {
            accounts[account].say(.processing, at: now)
            return .success(.processing)
        }
        accounts[account].say(sync.succeeded ? .success : .failure, at: now)
        return .success(sync.succeeded ? .finished : .failed)
    }

    // MARK: Syncs

    private func trigger(_ account: Int, _ trip: Micros) -> Reply {
        if accounts[account].isUnlinked || accounts[account].script == .gone {
            accounts[account].say(.unknownAccount, at: now)
            return Reply(result: .trigger(.refused(.notFound)), after: trip)
        }
        if let last = accounts[account].syncs.last, now.from(last.startedAt) < options.rules.syncLimit.micros {
            guard api == .realtime else {
                return Reply(result: .trigger(.refused(.tooManyRequests(retryAfter: nil))), after: trip)
            }
            // Too soon: the last job and what it says now.
            return Reply(result: .trigger(answer(last, account)), after: trip)
        }
        let latency = begin(account)
        guard api == .dataSync else {
            return Reply(result: .trigger(.started(job: accounts[account].syncs.last?.job ?? "")), after: trip)
        }
        return Reply(result: .trigger(verdict(account)), after: max(latency, trip))
    }

    private func answer(_ sync: MonoSync, _ account: Int) -> SyncAnswer {
        guard sync.endedAt != nil else { return .started(job: sync.job) }
        accounts[account].say(sync.succeeded ? .success : .failure, at: now)
        return sync.succeeded ? .succeeded(job: sync.job) : .failed(job: sync.job)
    }

    private func isBankDown(_ account: Int) -> Bool {
        options.bank(of: account).flatMap { downBanks[$0] }.map { now < $0 } ?? false
    }

    /// What data-sync will answer once the bank has.
    private func verdict(_ account: Int) -> SyncAnswer {
        let one = accounts[account]
        if isBankDown(account) {
            accounts[account].say(.bankError, at: now)
            return .bankError
        }
        if one.isBroken || one.script == .reauthorisation {
            accounts[account].say(.reauthorise, at: now)
            return .reauthorise
        }
        switch one.script {
        case .unavailable:
            accounts[account].say(.bankError, at: now)
            return .bankError
        case .incomplete:
            accounts[account].say(.incomplete, at: now)
            return .incomplete
        default:
            accounts[account].say(.success, at: now)
            return .succeeded(job: nil)
        }
    }

    /// A sync begins; somebody else may have asked for it.
    @discardableResult
    func begin(_ account: Int) -> Micros {
        accounts[account].count += 1
        let number = accounts[account].count
        let job = "j\(account)-\(number)"
        accounts[account].syncs.append(MonoSync(job: job, startedAt: now))
        if accounts[account].syncs.count > 6 { accounts[account].syncs.removeFirst() }
        var latency = accounts[account].latency / 2 + dice.time(0...accounts[account].latency)
        if accounts[account].script == .slow { latency *= 4 }
        if accounts[account].script.ends || api == .dataSync {
            // data-sync's verdict is known from the start, for its answer is made then.
            let verdict = api == .dataSync ? verdictNow(account) : nil
            schedule(now.after(latency)) { [self] in end(job, account, verdict ?? verdictNow(account)) }
        }
        return latency
    }

    /// How a sync ends that ends, or whose answer is made, at this moment.
    private struct Verdict {
        var succeeded: Bool
        var isBroken: Bool
    }

    private func verdictNow(_ account: Int) -> Verdict {
        let one = accounts[account]
        if isBankDown(account) { return Verdict(succeeded: false, isBroken: false) }
        let isBroken = one.isBroken || one.script == .reauthorisation
        return Verdict(succeeded: !isBroken && !one.isUnlinked && one.script.succeeds(api), isBroken: isBroken)
    }

    private func end(_ job: String, _ account: Int, _ verdict: Verdict) {
        guard let index = accounts[account].syncs.lastIndex(where: { $0.job == job }) else { return }
        accounts[account].syncs[index].endedAt = now
        accounts[account].syncs[index].succeeded = verdict.succeeded
        accounts[account].syncs[index].saidReauthorise = verdict.isBroken
        guard !accounts[account].isUnlinked else { return }
        if verdict.succeeded, accounts[account].status != .available {
            accounts[account].status = accounts[account].script.statusAfter(api)
        }
        announce(job, account, succeeded: verdict.succeeded, isBroken: verdict.isBroken)
    }

    private func announce(_ job: String, _ account: Int, succeeded: Bool, isBroken: Bool) {
        let status = accounts[account].status
        if api == .realtime {
            accounts[account].say(isBroken ? .reauthorise : succeeded ? .success : .failure, at: now)
            emit(.jobUpdate(job: job, succeeded ? .finished : .failed), account)
            let sync: EventNote.SyncStatus = succeeded ? .successful : isBroken ? .reauthorisationRequired : .failed
            emit(.updated(status, sync: sync, job: job), account)
        } else if isBroken {
            emit(.reauthorisationRequired, account)
        } else if succeeded, status != .processing {
            emit(.updated(status, sync: nil, job: nil), account)
        }
    }

    /// Sends a webhook of something that happened now; `isOutside`: not by a sync of ours, so never lost.
    func emit(_ kind: Webhook.Kind, _ account: Int, isOutside: Bool = false) {
        webhooks += 1
        switch kind {
        case .reauthorisationRequired: accounts[account].say(.reauthorise, at: now)
        case .updated(let status, _, _): accounts[account].say(Word(status), at: now)
        default: break
        }
        let time = options.hasIDs ? now : nil
        send(
            Webhook(
                account: options.accountIDs[account], kind: kind, number: webhooks, hasID: options.hasIDs,
                occurredAt: time),
            isOutside)
    }
}
