import Reconciliation

/// The same scenarios every time for one seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &self)]
    }

    /// True once in `times`.
    mutating func once(in times: Int) -> Bool { Int.random(in: 0..<times, using: &self) == 0 }

    mutating func several<Value>(_ counts: ClosedRange<Int>, _ make: (inout Self) -> Value) -> [Value] {
        (0..<Int.random(in: counts, using: &self)).map { _ in make(&self) }
    }
}

extension Scenario {
    /// Anything that can happen to a case, and much that hardly does.
    init(random dice: inout SeededGenerator) {
        let api = dice.pick(APIGeneration.allCases)
        let window = Duration.seconds(dice.pick([4, 40, 300]))
        self.init(dice.pick(Situation.allCases), api, window: window)
        if dice.once(in: 3) {
            row?.lastSyncRequestedAt = moment(.seconds(dice.pick([-60, -300, -4_000, -90_000])))
            row?.lastSyncJobID = dice.once(in: 2) ? "job-0" : nil
        }
        trigger = Replies(dice.several(1...3) { Self.randomAnswer(&$0, api) })
        inspection = Replies(dice.several(1...4) { Self.randomDetails(&$0) })
        details = Replies(dice.several(1...5) { Self.randomDetails(&$0) })
        job = Replies(dice.several(1...5) { Self.randomJob(&$0) })
        rules.asksForLinks = dice.once(in: 2)
        link = dice.pick([
            .success(.test), .success(.test), .failure(.cannotBeReauthorised),
            .failure(.failed(Self.randomFailure(&dice))),
        ])
        readLatency = .milliseconds(dice.pick([0, 300, 5_000]))
        triggerLatency = dice.pick([.zero, .seconds(1), window / 2, window + .seconds(1)])
        intentDelay = dice.pick([.zero, .seconds(1), .seconds(50)])
        slotDelays = dice.several(0...2) { $0.pick([.zero, .seconds(3), .seconds(10), .seconds(11)]) } + [.zero]
        chance = Double.random(in: 0..<1, using: &dice)
        if dice.once(in: 5) { resume(&dice) }
        for _ in 0..<Int.random(in: 0...4, using: &dice) {
            let longest = Int((window + .seconds(20)) / .microseconds(1))
            happens(Self.randomHappening(&dice), at: .microseconds(Int.random(in: 0...longest, using: &dice)))
        }
    }

    private mutating func resume(_ dice: inout SeededGenerator) {
        let at = moment(.seconds(dice.pick([-2, -100, -90_000])))
        let remains: [SyncProgress?] = [nil, .started, .succeeded, .failed, .withoutJob, .inDoubt, .notFound]
        let progress = dice.pick(remains)
        let job = progress == .started || dice.once(in: 3) ? "job-1" : nil
        intent = Claim.PastIntent(at: at, hadData: row?.dataAvailable == true, answer: progress, jobID: job)
        row?.lastSyncRequestedAt = at
        if let job { row?.lastSyncJobID = job }
        let yesterday = moment(.seconds(-100_000))
        if row?.flaggedSince != nil { row?.flaggedSince = yesterday }
        row?.awaitingSince = yesterday
    }

    private static func randomAnswer(_ dice: inout SeededGenerator, _ api: APIGeneration) -> SyncAnswer {
        let common: [SyncAnswer] = [
            .succeeded(job: nil), .reauthorise, .timedOut, .inDoubt(Doubt("HTTP 409", isAnswer: true)),
            .refused(.noConnection("refused")), .refused(.badRequest), .refused(.keyRefused),
            .refused(.denied(status: 402)), .refused(.notFound), .refused(.tooManyRequests(retryAfter: nil)),
            .refused(.tooManyRequests(retryAfter: .seconds(3))),
        ]
        switch api {
        case .dataSync: return dice.pick(common + [.bankError, .incomplete])
        case .realtime:
            let job = dice.pick(["job-0", "job-1", "job-1"])
            let started: [SyncAnswer] = [.started(job: job), .started(job: job), .started(job: job)]
            return dice.pick(common + started + [.failed(job: job), .succeeded(job: job), .withoutJob])
        }
    }

    private static func randomFailure(_ dice: inout SeededGenerator) -> ReadFailure {
        dice.pick([
            .tooManyRequests(retryAfter: nil), .server(status: 500), .server(status: 503), .transport("reset"),
            .transport("time-out"), .notFound, .rejected(status: 302), .denied(status: 403), .keyRefused, .wrongAccount,
            .foreign(status: 404, what: "an HTML page"),
        ])
    }

    private static func randomDetails(_ dice: inout SeededGenerator) -> Result<Details, ReadFailure> {
        if dice.once(in: 4) { return .failure(randomFailure(&dice)) }
        let statuses: [DataStatus] = [
            .available, .partial, .unavailable, .failed, .processing, .processing, .unknown("?"),
        ]
        return .says(dice.pick(statuses))
    }

    private static func randomJob(_ dice: inout SeededGenerator) -> Result<JobStatus, ReadFailure> {
        if dice.once(in: 4) { return .failure(randomFailure(&dice)) }
        let statuses: [JobStatus] = [
            .processing, .processing, .finished, .failed, .reauthorisationRequired, .unknown("?"),
        ]
        return .says(dice.pick(statuses))
    }

    /// A random webhook.
    static func randomEvent(_ dice: inout SeededGenerator) -> EventNote.Kind {
        let job = dice.pick(["job-0", "job-1", "job-2"])
        let maybeJob = dice.once(in: 2) ? nil : job
        let status = dice.pick([.available, .partial, .unavailable, .failed, .processing, nil] as [DataStatus?])
        let syncs: [EventNote.SyncStatus?] = [nil, nil, .successful, .failed, .reauthorisationRequired, .unknown]
        let sync = dice.pick(syncs)
        let jobStatus = dice.pick([.processing, .finished, .failed, .reauthorisationRequired] as [JobStatus])
        return dice.pick([
            .updated(status: status, sync: sync, job: maybeJob), .updated(status: status, sync: sync, job: maybeJob),
            .updated(status: status, sync: sync, job: maybeJob), .jobUpdate(job: job, status: jobStatus),
            .reauthorisationRequired, .reauthorised, .syncFailed, .unlinked, .other,
        ])
    }

    private static func randomHappening(_ dice: inout SeededGenerator) -> Happening.What {
        switch Int.random(in: 0..<12, using: &dice) {
        case 0: .starve
        case 1: .abandon
        case 2: .hold(.seconds(7))
        case 3: .row { $0 = nil }
        default: .event(randomEvent(&dice))
        }
    }
}
