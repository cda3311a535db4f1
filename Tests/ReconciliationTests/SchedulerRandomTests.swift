import Reconciliation
import TestTraits
import Testing

/// Hundreds of small nights in which everything may happen; one seed replays one night.
@Suite(.processorBound)
struct SchedulerRandomTests {
    @Test(arguments: 0..<40)
    func `in any night every case is settled exactly once`(block: Int) {
        for seed in (block * 20)..<(block * 20 + 20) {
            let ending = Self.night(UInt64(seed)).play()
            #expect(ending.violations == [], "seed \(seed)")
            #expect(ending.finishes == 1, "seed \(seed)")
        }
    }

    @Test func `one seed gives the same night twice`() {
        let first = Self.night(7).play()
        let second = Self.night(7).play()
        #expect(first.calls == second.calls)
        #expect(first.settlements == second.settlements)
    }

    private static func night(_ seed: UInt64) -> SchedulerNight {
        var dice = SplitMix64(seed: seed &* 0x9E37_79B9)
        let accounts = SchedulerNight.accounts(Int.random(in: 1...25, using: &dice))
        let claims = accounts.map {
            SchedulerNight.claim($0, Situation.allCases.randomElement(using: &dice) ?? .waiting)
        }
        var night = SchedulerNight(claims)
        night.seed = seed
        night.rules = Rules(
            api: .realtime, window: .seconds(Int.random(in: 10...120, using: &dice)),
            schedule: PollSchedule(first: .seconds(1), factor: 1.6, maximum: .seconds(15)),
            asksForLinks: Bool.random(using: &dice))
        night.limits = WorkerLimits(
            rate: [1, 3, 10, 50].randomElement(using: &dice) ?? 10, concurrency: Int.random(in: 1...40, using: &dice))
        night.storeLatency = .milliseconds(Int.random(in: 2...300, using: &dice))
        night.storeSpread = .milliseconds(Int.random(in: 0...500, using: &dice))
        night.callLatency = .milliseconds(Int.random(in: 20...2_000, using: &dice))
        night.callSpread = .milliseconds(Int.random(in: 0...4_000, using: &dice))
        if Int.random(in: 0..<3, using: &dice) == 0 { night.budget = Int.random(in: 0...80, using: &dice) }
        if Int.random(in: 0..<4, using: &dice) == 0 { night.othersHoldUntil = .seconds(20) }
        let trouble = Double.random(in: 0...0.5, using: &dice)
        night.answer = { Self.answer($0, seed: seed, trouble: trouble) }
        night.happenings = happenings(accounts, &dice)
        return night
    }

    private static func happenings(
        _ accounts: [AccountID], _ dice: inout SplitMix64
    ) -> [(at: Duration, what: SchedulerNight.Happening)] {
        let kinds: [EventNote.Kind] = [
            .updated(status: .available, sync: nil, job: nil), .updated(status: .partial, sync: nil, job: nil),
            .updated(status: .available, sync: .successful, job: nil), .reauthorisationRequired, .reauthorised,
            .syncFailed, .unlinked, .jobUpdate(job: "other", status: .finished), .other,
        ]
        var happenings: [(at: Duration, what: SchedulerNight.Happening)] = []
        for _ in 0..<Int.random(in: 0...30, using: &dice) {
            guard let account = accounts.randomElement(using: &dice), let kind = kinds.randomElement(using: &dice)
            else { continue }
            happenings.append((.milliseconds(Int.random(in: 0...60_000, using: &dice)), .event(account, kind)))
        }
        if Int.random(in: 0..<4, using: &dice) == 0, let account = accounts.randomElement(using: &dice) {
            happenings.append((.milliseconds(Int.random(in: 0...20_000, using: &dice)), .takeover(account)))
        }
        if Int.random(in: 0..<4, using: &dice) == 0 {
            let time = Duration.milliseconds(Int.random(in: 0...30_000, using: &dice))
            happenings.append((time, .stop(.interrupted(signal: 15))))
        }
        return happenings
    }

    /// An answer by the seed, the account and the number of the question alone.
    private static func answer(_ asked: SchedulerNight.Asked, seed: UInt64, trouble: Double) -> CallResult {
        let salt = asked.account.rawValue.utf8.reduce(seed &+ UInt64(asked.times)) { $0 &* 31 &+ UInt64($1) }
        var dice = SplitMix64(seed: salt)
        guard Double.random(in: 0..<1, using: &dice) < trouble else { return SchedulerNight.goodMono(asked) }
        let failures: [ReadFailure] = [
            .tooManyRequests(retryAfter: .seconds(5)), .tooManyRequests(retryAfter: nil), .server(status: 503),
            .transport("reset"), .notFound, .rejected(status: 418), .wrongAccount, .unreadable("no JSON"),
        ]
        let failure = failures.randomElement(using: &dice) ?? .notFound
        let answers: [SyncAnswer] = [
            .succeeded(job: nil), .reauthorise, .bankError, .incomplete, .failed(job: "failed"), .withoutJob,
            .refused(.noConnection("refused")), .refused(.badRequest), .refused(.denied(status: 403)),
            .refused(.notFound), .refused(.tooManyRequests(retryAfter: .seconds(3))),
            .inDoubt(Doubt("timed out", isAnswer: false)), .inDoubt(Doubt("HTTP 502", isAnswer: true)),
        ]
        return switch asked.call {
        case .details: .details(Bool.random(using: &dice) ? .success(Details(status: .processing)) : .failure(failure))
        case .job: .job(Bool.random(using: &dice) ? .success(.processing) : .failure(failure))
        case .trigger: .trigger(answers.randomElement(using: &dice) ?? .bankError)
        case .reauthLink: .reauthLink(.failure(Bool.random(using: &dice) ? .failed(failure) : .cannotBeReauthorised))
        }
    }
}
