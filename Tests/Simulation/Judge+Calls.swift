import DequeModule
import Reconciliation

extension Judge {
    /// A call leaves a worker; `launchedAt` is when its scheduler said so.
    func left(_ call: Call, _ account: Int, by worker: Int, run: Int64, launchedAt: Timestamp, reason: Reason) {
        calls += 1
        lastCallAt = now
        leftInRun[run, default: 0] += 1
        if call == .trigger { leftTrigger(account, by: worker, run: run) }
        if let most = options.maxCalls, leftInRun[run, default: 0] > most {
            broke(.budget, account, "call \(leftInRun[run, default: 0]) of \(most) in run \(run)")
        }
        // A process that was suspended between its decision and the call is late, not fast.
        guard now.from(launchedAt) <= 50 * aMillisecond else { return }
        countInSecond()
        guard isQuiet(worker, from: now.after(-2 * aSecond - slack), to: now) else { return }
        checkHolds(account, worker)
        if let stopped = stoppedAt[run], now.from(stopped) > aSecond + slack {
            broke(.stop, account, "\(call.word) by w\(worker)")
        }
        // Where the clock went back, an event may seem older than the intent, and proves nothing then.
        if let woken = wokenAt[account], !hasMovedClock, now.from(woken) > aSecond + slack, reason != .requested {
            broke(.deaf, account, "\(call.word) by w\(worker)")
        }
    }

    private func leftTrigger(_ account: Int, by worker: Int, run: Int64) {
        triggers += 1
        guard let intent = intents[account], intent.worker == worker, intent.run == run, !intent.isUsed else {
            return broke(.noIntent, account, "by w\(worker)")
        }
        intents[account]?.isUsed = true
        if now.from(intent.at) > WorkerLimits.intentLife.micros + 2 * options.clockError + aMillisecond {
            broke(.noIntent, account, "\(now.from(intent.at) / aMillisecond) ms after its intent, by w\(worker)")
        }
    }

    /// No sliding second holds more than the rate and a twentieth, or one more than the rate where that is more.
    private func countInSecond() {
        let rate = options.limits.rate
        let most = max(Int(rate * 1.05), Int(rate) + 1)
        recentCalls.append(now)
        if recentCalls.count > most + 1 { recentCalls.removeFirst() }
        guard recentCalls.count == most + 1, let first = recentCalls.first, now.from(first) < aSecond else { return }
        broke(.rate, nil, "\(most + 1) calls in \(now.from(first) / aMillisecond) ms at a rate of \(rate)")
    }

    private func checkHolds(_ account: Int, _ worker: Int) {
        holds.removeAll { $0.until <= now }
        for hold in holds where now.from(hold.heardAt) > aSecond + slack {
            guard isQuiet(hold.worker, from: hold.heardAt.after(-2 * aSecond), to: hold.heardAt.after(aSecond + slack))
            else { continue }
            broke(
                .hold, account,
                "by w\(worker), \(now.from(hold.heardAt) / aMillisecond) ms after w\(hold.worker) heard it")
            return
        }
    }

    /// A trigger's answer has become a case's progress.
    func learned(_ account: Int, by worker: Int) { health[worker]?.answered[account] = now }

    /// A worker hears an answer.
    func heard(_ result: CallResult, _ account: Int, by worker: Int) {
        switch result {
        case .details(.failure(.tooManyRequests(let wait?))), .job(.failure(.tooManyRequests(let wait?))),
            .trigger(.refused(.tooManyRequests(let wait?))):
            if wait <= options.rules.window {
                let until = now.after(wait).after(-2 * options.clockError - aMillisecond)
                holds.append(Hold(heardAt: now, until: until, worker: worker))
            }
        case .trigger(let answer):
            switch answer {
            case .started(let job), .succeeded(let job?), .failed(let job): intents[account]?.namedJob = job
            default: break
            }
        default: break
        }
    }
}
