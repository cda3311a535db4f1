import Reconciliation

/// Plays the executor around one scheduler: performs its actions with the night's latencies, and owns the time.
struct SchedulerDriver {
    /// Far beyond what any night here may take.
    private static let timeLimit = Duration.seconds(7_200)
    private static func turnLimit(of night: SchedulerNight) -> Int { 20_000 + 100 * night.claims.count }

    /// What happens at a time.
    private enum Occurrence {
        case happening(SchedulerNight.Happening)
        /// A request is committed by the store.
        case commit(StoreRequest)
        /// The store's answer is here.
        case answer(StoreAnswer)
        case changed([AccountID])
        /// A call ended.
        case answered(Int, CallResult)
        case wake(Int)
    }

    let night: SchedulerNight
    var scheduler: CaseScheduler
    var store: SchedulerStore
    var checks: SchedulerChecks
    var ending = SchedulerEnding()
    private(set) var now = storyStart
    private var agenda = Agenda<Occurrence>()
    private var dice: SplitMix64
    private var storeBusyUntil = storyStart
    private var requestsUnderWay = 0
    private var asked: [AccountID: [Call]] = [:]
    private var taken: Set<AccountID> = []
    private var inFlight: [Int: MonoCall] = [:]
    private var wakes = 0
    private var idleTurns = 0

    init(_ night: SchedulerNight) {
        self.night = night
        scheduler = CaseScheduler(run: night.run, limits: night.limits, seed: night.seed)
        store = SchedulerStore(night)
        checks = SchedulerChecks(night)
        dice = SplitMix64(seed: night.seed)
    }

    mutating func run() -> SchedulerEnding {
        if let others = night.othersHold {
            store.holdUntil = moment(others)
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
        ending.settlements = store.settlements
        ending.rows = store.rows
        ending.standing = Set(store.intents.keys)
        ending.refusals = store.refusals
        ending.reserved = store.reserved
        ending.stop = scheduler.stop
        ending.counted = scheduler.calls
        ending.settled = scheduler.settled
        ending.unspent = scheduler.unspentBudget
        checks.end(ending, lost: store.lost, unclaimed: store.unclaimed.map(\.accountID))
        ending.violations = checks.violations
        return ending
    }

    // MARK: What happens

    /// Feeds the scheduler; false when nothing reached it.
    private mutating func handle(_ occurrence: Occurrence) -> Bool {
        switch occurrence {
        case .happening(let happening): return happen(happening)
        case .commit(let request):
            commit(request)
            return false
        case .answer(let answer):
            requestsUnderWay -= 1
            if case .granted(let grant) = answer { checks.granted(grant) }
            scheduler.take(answer, at: now)
        case .changed(let ids): scheduler.changed(ids)
        case .answered(let number, let result): return answered(number, result)
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
            store.record(kind, of: id, at: now)
            notify([id])
            return false
        case .takeover(let id):
            store.lost.insert(id)
            return false
        case .stop(let reason):
            scheduler.stop(reason, at: now)
            return true
        case .handBack(let reason):
            scheduler.handBack(reason, at: now)
            ending.isHandedBack = true
            return true
        case .evidence(let told):
            scheduler.heard(told, at: now)
            return true
        }
    }

    private mutating func answered(_ number: Int, _ result: CallResult) -> Bool {
        guard inFlight.removeValue(forKey: number) != nil else { return false }
        scheduler.answered(number, result, at: now)
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
            case .ask(let request): ask(request)
            case .call(let call): send(call)
            case .cancelCalls: cancelCalls()
            case .wake(let at): agenda.add(.wake(wakes), at: at)
            case .finished:
                if requestsUnderWay > 0 { checks.note("finished with \(requestsUnderWay) requests under way") }
                ending.finishes += 1
                ending.finishedAt = now.since(storyStart)
            }
        }
    }

    /// The store has one connection: requests follow each other; each commits halfway between question and answer.
    private mutating func ask(_ request: StoreRequest) {
        if case .intend(let cases, _) = request { checks.intending(cases, scheduler.cases, at: now) }
        if case .write(let writes, let calls, _) = request {
            ending.writeTrips += 1
            checks.writing(writes, scheduler.cases)
            if calls != scheduler.calls { checks.note("a write with other counts of calls") }
        }
        if case .claim(_, let number, _) = request {
            ending.claimTrips += 1
            if number != ending.claimTrips { checks.note("claim \(ending.claimTrips) has the number \(number)") }
        }
        if case .hold(let until) = request {
            ending.holds.append(until.since(storyStart))
            checks.held(until: until)
        }
        requestsUnderWay += 1
        storeBusyUntil = max(storeBusyUntil, now).advanced(by: halfTrip())
        agenda.add(.commit(request), at: storeBusyUntil)
    }

    private mutating func commit(_ request: StoreRequest) {
        let answer = store.perform(request, at: now)
        if case .intended(let result) = answer {
            let accounts = result.committed.keys.sorted()
            checks.intended(accounts, at: now)
            for account in accounts {
                let made = SchedulerEnding.MadeCall(account: account, call: .trigger, at: now.since(storyStart))
                ending.intents.append(made)
            }
            notify(accounts)
        }
        if case .wrote(let result) = answer {
            checks.withdrawn(Array(result.withdrawn.keys))
            notify(result.settled)
        }
        agenda.add(.answer(answer), at: now.advanced(by: halfTrip()))
    }

    private mutating func halfTrip() -> Duration { (night.storeLatency + random(night.storeSpread)) / 2 }

    private mutating func send(_ made: MonoCall) {
        let (id, call) = (made.account, made.call)
        checks.called(made, at: now, inFlight: inFlight.count)
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
        inFlight[made.number] = made
        agenda.add(.answered(made.number, result), at: now.advanced(by: latency))
    }

    /// Calls given up end at once, and tell nothing.
    private mutating func cancelCalls() {
        ending.cancellations += 1
        for made in inFlight.values.sorted(by: { $0.number < $1.number }) {
            let result: CallResult =
                switch made.call {
                case .details: .details(.failure(.transport("cancelled")))
                case .job: .job(.failure(.transport("cancelled")))
                case .trigger: .trigger(.inDoubt(Doubt("cancelled", isAnswer: false)))
                case .reauthLink: .reauthLink(.failure(.failed(.transport("cancelled"))))
                }
            agenda.add(.answered(made.number, result), at: now)
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
