import Reconciliation

/// Plays the shell around one scheduler: executes its actions with the night's latencies, and owns the time.
struct SchedulerDriver {
    /// Far beyond what any night here may take.
    private static let timeLimit = Duration.seconds(7_200)
    private static func turnLimit(of night: SchedulerNight) -> Int { 20_000 + 100 * night.claims.count }

    /// What happens at a time.
    private enum Occurrence {
        case happening(SchedulerNight.Happening)
        /// A statement reaches the database.
        case commit(CaseScheduler.Action, [AccountID: Case])
        case claimed([Claim], more: Bool)
        case granted(SlotGrant)
        case intended([AccountID: CommittedIntent], refused: [AccountID: News])
        case wrote(WriteResult)
        case heard([AccountID: News])
        case changed([AccountID])
        case answered(AccountID, CallResult, number: Int)
        case wake(Int)
    }

    let night: SchedulerNight
    var scheduler: CaseScheduler
    var ledger: SchedulerLedger
    var checks: SchedulerChecks
    var ending = SchedulerEnding()
    private(set) var now = storyStart
    private var agenda = Agenda<Occurrence>()
    private var dice: SplitMix64
    private var databaseBusyUntil = storyStart
    private var asked: [AccountID: [Call]] = [:]
    private var taken: Set<AccountID> = []
    private var callCount = 0
    private var cancelled: Set<Int> = []
    private var inFlight: [Int: (AccountID, Call)] = [:]
    private var wakes = 0
    private var idleTurns = 0

    init(_ night: SchedulerNight) {
        self.night = night
        scheduler = CaseScheduler(rules: night.rules, limits: night.limits, budget: night.budget, seed: night.seed)
        ledger = SchedulerLedger(night)
        checks = SchedulerChecks(night)
        dice = SplitMix64(seed: night.seed)
    }

    mutating func run() -> SchedulerEnding {
        if let others = night.othersHold {
            ledger.holdUntil = moment(others)
            checks.held(until: moment(others))
        }
        for happening in night.happenings {
            agenda.add(.happening(happening.what), at: moment(happening.at))
        }
        act()
        var turns = 0
        while ending.finishes == 0, turns < Self.turnLimit(of: night), now.since(storyStart) < Self.timeLimit {
            turns += 1
            guard let next = agenda.next() else {
                checks.note("the scheduler neither works nor waits nor is finished")
                break
            }
            if next.at > now { idleTurns = 0 }
            now = max(now, next.at)
            if handle(next.what) { act() }
        }
        return close()
    }

    private mutating func close() -> SchedulerEnding {
        if ending.finishes == 0 { checks.note("the night did not end") }
        ending.settlements = ledger.settlements
        ending.rows = ledger.rows
        ending.standing = Set(ledger.intents.keys)
        ending.refusals = ledger.refusals
        ending.reserved = ledger.reserved
        ending.stop = scheduler.stop
        ending.counted = scheduler.calls
        ending.settled = scheduler.settled
        ending.unspent = scheduler.unspentBudget
        checks.end(ending, lost: ledger.lost, unclaimed: ledger.unclaimed.map(\.accountID))
        ending.violations = checks.violations
        return ending
    }

    // MARK: What happens

    /// Feeds the scheduler; false when nothing reached it.
    private mutating func handle(_ occurrence: Occurrence) -> Bool {
        switch occurrence {
        case .happening(let happening): return happen(happening)
        case .commit(let action, let cases):
            commit(action, cases)
            return false
        case .claimed(let claims, let more): scheduler.claimed(claims, more: more, at: now)
        case .granted(let grant):
            checks.granted(grant)
            scheduler.granted(grant, at: now)
        case .intended(let committed, let refused): scheduler.intended(committed, refused: refused, at: now)
        case .wrote(let result): scheduler.wrote(result, at: now)
        case .heard(let news): scheduler.heard(news, at: now)
        case .changed(let ids): scheduler.changed(ids)
        case .answered(let id, let result, let number): return answered(id, result, number)
        case .wake(let number):
            guard number == wakes else { return false }
            idleTurns += 1
            ending.idleTurns = max(ending.idleTurns, idleTurns)
        }
        return true
    }

    private mutating func happen(_ happening: SchedulerNight.Happening) -> Bool {
        switch happening {
        case .event(let id, let kind):
            ledger.record(kind, of: id, at: now)
            notify([id])
            return false
        case .takeover(let id):
            ledger.lost.insert(id)
            return false
        case .stop(let reason):
            scheduler.stop(reason, at: now)
            return true
        case .handBack(let reason):
            scheduler.handBack(reason, at: now)
            ending.isHandedBack = true
            return true
        }
    }

    private mutating func answered(_ id: AccountID, _ result: CallResult, _ number: Int) -> Bool {
        guard inFlight.removeValue(forKey: number) != nil else { return false }
        scheduler.answered(id, result, number: number, at: now)
        return true
    }

    private mutating func notify(_ ids: [AccountID]) {
        agenda.add(.changed(ids), at: now.advanced(by: .milliseconds(1)))
    }

    // MARK: The scheduler's actions

    private mutating func act() {
        wakes += 1
        for action in scheduler.actions(at: now) {
            switch action {
            case .claim, .reserve, .intend, .write, .read: ask(action)
            case .call(let id, let call): send(id, call)
            case .hold(let until):
                ending.holds.append(until.since(storyStart))
                ledger.holdUntil = max(ledger.holdUntil ?? until, until)
                checks.held(until: until)
            case .cancelCalls: cancelCalls()
            case .wake(let at): agenda.add(.wake(wakes), at: at)
            case .finished:
                ending.finishes += 1
                ending.finishedAt = now.since(storyStart)
            }
        }
    }

    /// One connection: statements follow each other; each commits halfway between question and answer.
    private mutating func ask(_ action: CaseScheduler.Action) {
        var cases: [AccountID: Case] = [:]
        switch action {
        case .intend(let ids):
            checks.intending(ids, scheduler.cases, at: now)
            for id in ids { cases[id] = scheduler.cases[id] }
        case .write(let entries):
            ending.writeTrips += 1
            checks.writing(entries, scheduler.cases)
            for entry in entries { cases[entry.accountID] = scheduler.cases[entry.accountID] }
        case .claim: ending.claimTrips += 1
        case .reserve, .read, .call, .hold, .cancelCalls, .wake, .finished: break
        }
        let half = (night.ledgerLatency + random(night.ledgerSpread)) / 2
        databaseBusyUntil = max(databaseBusyUntil, now).advanced(by: half)
        agenda.add(.commit(action, cases), at: databaseBusyUntil)
    }

    private mutating func commit(_ action: CaseScheduler.Action, _ cases: [AccountID: Case]) {
        let answer: Occurrence
        switch action {
        case .claim(let limit):
            let claims = ledger.claim(limit)
            let othersHold = night.othersHoldUntil.map { now.since(storyStart) < $0 } ?? false
            answer = .claimed(claims, more: !ledger.unclaimed.isEmpty || othersHold)
        case .reserve(let slots, let budget, let lead):
            answer = .granted(ledger.reserve(slots: slots, budget: budget, lead: lead, night: night, at: now))
        case .intend(let ids):
            let intended = ledger.intend(ids.compactMap { cases[$0] }, at: now)
            checks.intended(Array(intended.committed.keys), at: now)
            for id in intended.committed.keys.sorted() {
                ending.intents.append(SchedulerEnding.MadeCall(account: id, call: .trigger, at: now.since(storyStart)))
            }
            notify(intended.committed.keys.sorted())
            answer = .intended(intended.committed, refused: intended.refused)
        case .write(let entries):
            let result = ledger.write(entries, cases: cases)
            checks.withdrawn(Array(result.withdrawn.keys))
            notify(result.settled)
            answer = .wrote(result)
        case .read(let ids):
            answer = .heard(Dictionary(ids.map { ($0, ledger.news($0)) }) { first, _ in first })
        case .call, .hold, .cancelCalls, .wake, .finished: return
        }
        let half = (night.ledgerLatency + random(night.ledgerSpread)) / 2
        agenda.add(answer, at: now.advanced(by: half))
    }

    private mutating func send(_ id: AccountID, _ call: Call) {
        checks.called(id, call, at: now, inFlight: inFlight.count)
        let question = SchedulerNight.Asked(
            account: id, call: call, times: asked[id, default: []].count { $0.isSameKind(as: call) },
            isTriggered: taken.contains(id), at: now.since(storyStart))
        asked[id, default: []].append(call)
        ending.calls.append(SchedulerEnding.MadeCall(account: id, call: call, at: question.at))
        let result = night.answer(question)
        if case .trigger(let answer) = result {
            if case .refused = answer { checks.refused(id) } else { taken.insert(id) }
        }
        let latency = night.callLatency + random(night.callSpread)
        inFlight[callCount] = (id, call)
        agenda.add(.answered(id, result, number: callCount), at: now.advanced(by: latency))
        callCount += 1
    }

    /// Calls given up end at once, and tell nothing.
    private mutating func cancelCalls() {
        ending.cancellations += 1
        for (number, (id, call)) in inFlight.sorted(by: { $0.key < $1.key }) {
            let result: CallResult =
                switch call {
                case .details: .details(.failure(.transport("cancelled")))
                case .job: .job(.failure(.transport("cancelled")))
                case .trigger: .trigger(.inDoubt(Doubt("cancelled", isAnswer: false)))
                case .reauthLink: .reauthLink(.failure(.failed(.transport("cancelled"))))
                }
            agenda.add(.answered(id, result, number: number), at: now)
        }
    }

    private mutating func random(_ spread: Duration) -> Duration {
        spread == .zero ? .zero : spread * Double.random(in: 0..<1, using: &dice)
    }
}

extension Call {
    func isSameKind(as other: Call) -> Bool {
        switch (self, other) {
        case (.details, .details), (.job, .job), (.trigger, .trigger), (.reauthLink, .reauthLink): true
        case (.details, _), (.job, _), (.trigger, _), (.reauthLink, _): false
        }
    }
}

/// What is to happen, by time; what was added first comes first at one time.
struct Agenda<Item> {
    // Latest first, so that the next one is taken from the end.
    private var entries: [(at: Timestamp, number: Int, item: Item)] = []
    private var count = 0

    mutating func add(_ item: Item, at time: Timestamp) {
        count += 1
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].at > time { low = middle + 1 } else { high = middle }
        }
        entries.insert((time, count, item), at: low)
    }

    mutating func next() -> (at: Timestamp, what: Item)? {
        entries.popLast().map { ($0.at, $0.item) }
    }
}
