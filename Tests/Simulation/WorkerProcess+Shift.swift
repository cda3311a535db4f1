import Reconciliation

/// The loop that executes what the scheduler decides, as `Shift` does.
extension WorkerProcess {
    func beginShift(_ opened: Server.OpenRun) {
        scheduler = CaseScheduler(
            rules: world.options.rules, limits: world.options.limits, budget: opened.budgetLeft,
            seed: world.dice.seed())
        callsStarted = 0
        sending = [:]
        alarm = nil
        isWorking = true
        listen()
        heartbeat(of: worker)
        watch(worker)
        act()
    }

    func act() {
        guard isAlive, isWorking else { return }
        for action in scheduler.actions(at: believed) {
            guard isAlive, isWorking else { return }
            if action == .finished { return endShift() }
            carryOut(action)
        }
    }

    private func carryOut(_ action: CaseScheduler.Action) {
        switch action {
        case .claim(let count): claim(count)
        case .reserve(let slots, let budget, let lead): reserve(slots, budget, lead)
        case .intend(let ids): intend(ids)
        case .call(let id, let call): launch(call, id)
        case .write(let entries): write(entries)
        case .read(let ids):
            perform(.read) { [self, run] _, _ in
                let news = server.news(of: ids, run: run)
                return { [self] in take { $0.heard(news, at: $1) } }
            }
        case .hold(let until):
            perform(.hold) { [self] _, _ in
                server.hold(until: until)
                return {}
            }
        case .cancelCalls: cancelCalls()
        case .wake(let at): wake(at: at)
        case .finished: break
        }
    }

    /// Feeds the scheduler, which then says what to do.
    func take(_ input: (inout CaseScheduler, Timestamp) -> Void) {
        guard isWorking else { return }
        input(&scheduler, believed)
        act()
    }

    private func wake(at time: Timestamp) {
        if let alarm, alarm.at <= time { return }
        alarms += 1
        let mine = alarms
        alarm = (time, mine)
        at(ringing(at: time)) { [self] in
            guard alarm?.number == mine else { return }
            alarm = nil
            act()
        }
    }

    // MARK: Statements

    private func claim(_ count: Int) {
        perform(.claim) { [self, worker, run] _, isRepeat in
            let holding = Array(scheduler.cases.keys)
            let answer = server.claim(count, worker, run: run, holding: isRepeat ? holding : nil)
            return { [self] in take { $0.claimed(answer.claims, more: answer.more, at: $1) } }
        }
    }

    private func reserve(_ slots: Int, _ budget: Int, _ lead: Duration) {
        perform(.reserve) { [self, worker, run] _, _ in
            let grant = server.reserve(slots: slots, budget: budget, lead: lead, worker, run: run)
            return { [self] in take { $0.granted(grant, at: $1) } }
        }
    }

    private func intend(_ ids: [AccountID]) {
        let cases = ids.compactMap { scheduler.cases[$0] }
        intending = Set(ids)
        if world.bug == .intentAfterTrigger { return pretend(cases) }
        perform(.intend) { [self, worker, run] _, _ in
            let answer = server.intend(cases, worker, run: run)
            world.tempt(answer.committed.keys.map { Server.index($0) }.sorted(), within: world.trip())
            return { [self] in
                intending = []
                take { $0.intended(answer.committed, refused: answer.refused, at: $1) }
            }
        }
    }

    /// The bug: go on as if the intent were committed, and commit it later.
    private func pretend(_ cases: [Case]) {
        var committed: [AccountID: CommittedIntent] = [:]
        for one in cases {
            if let account = one.account { committed[one.accountID] = CommittedIntent(at: believed, account: account) }
        }
        at(now) { [self] in take { $0.intended(committed, refused: [:], at: $1) } }
        perform(.intend) { [self, worker, run] _, _ in
            _ = server.intend(cases, worker, run: run)
            return {}
        }
    }

    private func write(_ entries: [CaseScheduler.Entry]) {
        var cases: [AccountID: Case] = [:]
        for entry in entries { cases[entry.accountID] = scheduler.cases[entry.accountID] }
        perform(.write) { [self, worker, run, calls = scheduler.calls] _, _ in
            let result = server.write(entries, cases: cases, calls: calls, worker, run: run)
            return { [self] in take { $0.wrote(result, at: $1) } }
        }
    }

    // MARK: Calls

    private func launch(_ call: Call, _ id: AccountID) {
        let number = callsStarted
        callsStarted += 1
        sending[number] = Sending(account: id, call: call)
        judge.health[worker]?.launched += 1
        let launchedAt = now
        let intendedAt = scheduler.cases[id]?.intendedAt
        at(now.after(world.dice.time(0...aMillisecond / 2))) { [self, worker] in
            guard worker == self.worker, sending[number] != nil, pass(.callLeave, .before) else { return }
            // A process that was suspended here comes back later, and looks again.
            at(now) { [self] in
                guard worker == self.worker, sending[number] != nil else { return }
                leave(call, id, number, launchedAt: launchedAt, intendedAt: intendedAt)
            }
        }
    }

    private func leave(
        _ call: Call, _ id: AccountID, _ number: Int, launchedAt: Timestamp, intendedAt: Timestamp?
    ) {
        let isOld = intendedAt.map { believed.since($0) >= WorkerLimits.intentLife } ?? true
        if call == .trigger, isOld, world.bug != .expiredIntentSent {
            return answered(number, id, .trigger(.refused(.noConnection("the process was held up"))))
        }
        if isDeaf {
            return at(now.after(3 * aSecond)) { [self, worker] in
                if worker == self.worker { answered(number, id, call.noConnection) }
            }
        }
        let account = Server.index(id)
        let reason = scheduler.cases[id]?.reason ?? .missingUpdate
        sending[number]?.hasLeft = true
        judge.left(call, account, by: worker, run: run, launchedAt: launchedAt, reason: reason)
        note("\(id) \(call.word) leaves")
        world.travel(call, account) { [self, worker] reply in
            // Late answers are given up.
            let patience = call == .trigger ? world.options.rules.window.micros : 15 * aSecond
            let result = reply.after > patience ? call.lost("timed out") : reply.result
            at(now.after(min(reply.after, patience))) { [self] in
                guard worker == self.worker, sending[number] != nil, pass(.callAnswer, .before) else { return }
                at(now) { [self] in
                    if worker == self.worker { answered(number, id, isDeaf ? call.lost("reset") : result) }
                }
            }
        }
    }

    private func answered(_ number: Int, _ id: AccountID, _ result: CallResult) {
        guard sending.removeValue(forKey: number) != nil, isWorking else { return }
        judge.heard(result, Server.index(id), by: worker)
        if world.bug == .doubtSentAgain, case .trigger(.inDoubt) = result { return sendAgain(number, id) }
        let told = world.bug?.distort(result) ?? result
        take { $0.answered(id, told, number: number, at: $1) }
        if case .trigger = result, scheduler.cases[id]?.progress != nil { judge.learned(Server.index(id), by: worker) }
    }

    /// The bug: a layer below repeats what had no usable answer.
    private func sendAgain(_ number: Int, _ id: AccountID) {
        sending[number] = Sending(account: id, call: .trigger, hasLeft: true)
        world.travel(.trigger, Server.index(id)) { [self, worker] reply in
            at(now.after(min(reply.after, aMinute))) { [self] in
                guard worker == self.worker, sending.removeValue(forKey: number) != nil else { return }
                take { $0.answered(id, reply.result, number: number, at: $1) }
            }
        }
    }

    private func cancelCalls() {
        for number in sending.keys.sorted() {
            at(now) { [self, worker] in
                guard worker == self.worker, let one = sending[number] else { return }
                answered(number, one.account, one.call.lost("cancelled"))
            }
        }
    }
}

extension SeededBug {
    /// What a bug makes of an answer.
    func distort(_ result: CallResult) -> CallResult {
        switch (self, result) {
        case (.doubtIsRefusal, .trigger(.inDoubt(let doubt))): .trigger(.refused(.noConnection(doubt.why)))
        case (.retryAfterUnheard, .trigger(.refused(.tooManyRequests))):
            .trigger(.refused(.tooManyRequests(retryAfter: nil)))
        case (.retryAfterUnheard, .details(.failure(.tooManyRequests))):
            .details(.failure(.tooManyRequests(retryAfter: nil)))
        case (.retryAfterUnheard, .job(.failure(.tooManyRequests))):
            .job(.failure(.tooManyRequests(retryAfter: nil)))
        default: result
        }
    }
}
