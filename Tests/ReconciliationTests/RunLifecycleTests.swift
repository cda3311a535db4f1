@testable import Reconciliation
import Testing

@Suite struct RunLifecycleTests {
    private let ids = ["a-1", "a-2"].compactMap { AccountID($0) }

    @Test
    func `a night without cases is opened, left, closed and reported`() {
        var driver = LifecycleDriver()
        #expect(driver.live() == .end(RunEnd(run: .test(), exitCode: 0)))
        #expect(
            driver.requests.map(\.name) == [
                "findStranded", "openNightly", "forgetStop", "learn", "claim", "tally", "learn", "leave", "close",
                "readSigns",
            ])
        #expect(driver.actions.contains(.report(.test())))
    }

    @Test(arguments: [0, 1, 77])
    func `the exit code is the closed run's`(code: Int) {
        var driver = LifecycleDriver { if case .close = $0 { .closed(code) } else { nil } }
        #expect(driver.live() == .end(RunEnd(run: .test(), exitCode: code)))
    }

    @Test
    func `a report that is not written is 73, a stop's code goes before it`() {
        var driver = LifecycleDriver()
        driver.isReportWritten = false
        #expect(driver.live() == .end(RunEnd(run: .test(), exitCode: 73)))
        let reason = StopReason.keyRefused("401")
        var stopped = LifecycleDriver { request in
            if case .readSigns = request { .signs(RunSigns(stop: reason, isEnlisted: true)) } else { nil }
        }
        stopped.isReportWritten = false
        #expect(stopped.live() == .end(RunEnd(run: .test(), exitCode: 77, stop: reason)))
    }

    // MARK: Joining

    @Test
    func `a run that speaks to another address, or another API, is not joined`() {
        var elsewhere = RunOptions.test
        elsewhere.baseURL = "https://other.test"
        var old = RunOptions.test
        old.rules = Rules(api: .dataSync)
        for options in [elsewhere, old] {
            let run = OpenRun.test(isNew: false, options: options)
            var driver = LifecycleDriver { request in
                switch request {
                case .openNightly: .opened(run)
                case .findOthers: .others(true)
                default: nil
                }
            }
            #expect(driver.live() == .refuse(.otherSettings(run)))
            #expect(driver.requests.map(\.name) == ["findStranded", "openNightly", "findOthers"])
        }
    }

    @Test
    func `a run of another address that nobody works on is ended without a claim, and the night begins`() {
        var elsewhere = RunOptions.test
        elsewhere.baseURL = "https://other.test"
        let foreign = OpenRun.test(3, age: .seconds(60), isNew: false, options: elsewhere)
        var opened = 0
        var driver = LifecycleDriver { request in
            switch request {
            case .openNightly:
                opened += 1
                return .opened(opened == 1 ? foreign : .test())
            case .findOthers: return .others(false)
            default: return nil
            }
        }
        #expect(driver.live() == .end(RunEnd(run: .test(), exitCode: 0)))
        #expect(driver.actions.contains(.note(.endedForeignRun(foreign))))
        let deferred = driver.requests.contains { request in
            guard case .deferRest(let deferral, let run) = request else { return false }
            return deferral.scope == .all && deferral.cause == .otherBaseURL && run == foreign
        }
        #expect(deferred)
        #expect(driver.requests.count { $0.name == "claim" } == 1)
    }

    @Test
    func `a joiner with other options says so and goes by the run's`() {
        var options = RunOptions.test
        options.strict = true
        let run = OpenRun.test(isNew: false, options: options)
        var driver = LifecycleDriver { if case .openNightly = $0 { .opened(run) } else { nil } }
        #expect(driver.live() == .end(RunEnd(run: run, exitCode: 0)))
        #expect(driver.actions.contains(.note(.joinedOtherOptions(run))))
    }

    /// Both sides of the age at which an open run is no longer tonight's, and the long night that is worked on.
    @Test(arguments: [(11, false, false), (12, false, true), (12, true, false), (13, false, true)])
    func `an open run of twelve hours without workers is ended before a new one begins`(
        hours: Int, isWorkedOn: Bool, isEnded: Bool
    ) {
        let old = OpenRun.test(3, age: .seconds(hours * 3_600), isNew: false)
        var opened = 0
        var driver = LifecycleDriver { request in
            switch request {
            case .openNightly:
                opened += 1
                return .opened(opened == 1 ? old : .test())
            case .findOthers: return .others(isWorkedOn)
            default: return nil
            }
        }
        let end = driver.live()
        let untriggered = driver.requests.contains { request in
            guard case .deferRest(let deferral, let run) = request else { return false }
            return deferral.scope == .untriggered && deferral.cause == .nightOver && run == old
        }
        #expect(untriggered == isEnded)
        #expect(end == .end(RunEnd(run: isEnded ? .test() : old, exitCode: 0)))
        #expect(driver.actions.contains(.note(.endedEarlierRun(old))) == isEnded)
        #expect(driver.actions.count { $0 == .beginWorker } == (isEnded ? 2 : 1))
    }

    @Test
    func `stranded one-off runs are brought to their end first, those of another address without a claim`() {
        let stranded = OpenRun.test(4, .oneOff, age: .seconds(60), isNew: false)
        var options = RunOptions.test
        options.baseURL = "https://other.test"
        let foreign = OpenRun.test(5, .oneOff, age: .seconds(60), isNew: false, options: options)
        var driver = LifecycleDriver { request in
            if case .findStranded = request { .stranded([foreign, stranded]) } else { nil }
        }
        #expect(driver.live() == .end(RunEnd(run: .test(), exitCode: 0)))
        let closed = driver.requests.compactMap { request in
            if case .close(let run, _) = request { run.runID } else { nil }
        }
        #expect(closed == [5, 4, 7])
        #expect(driver.actions.count { $0 == .beginWorker } == 3)
        let claimed = driver.requests.compactMap { request in
            if case .claim(_, _, let run) = request { run.runID } else { nil }
        }
        #expect(claimed == [4, 7])
    }

    // MARK: One-off

    @Test
    func `accounts that the store does not know are refused before a run is opened`() {
        var driver = LifecycleDriver(.oneOff(ids)) { if case .findUnknown = $0 { .unknown([ids[1]]) } else { nil } }
        #expect(driver.live() == .refuse(.unknownAccounts([ids[1]])))
        #expect(!driver.requests.contains { $0.name == "openOneOff" })
    }

    @Test(arguments: [(Outcome.recovered, 0), (.deferred, 1), (.errored, 1), (.partial, 0)])
    func `a case that another run holds is waited for, and its outcome counts`(outcome: Outcome, code: Int) {
        let held = AccountElsewhere(account: ids[0], runID: 3)
        var record = CaseRecord(runID: 3, accountID: "a-1", reason: .missingUpdate)
        var looks = 0
        var driver = LifecycleDriver(.oneOff(ids)) { request in
            switch request {
            case .findElsewhere: return .elsewhere([held])
            case .readElsewhere:
                looks += 1
                record.outcome = looks < 30 ? nil : outcome
                return .caseElsewhere(record, isWorkedOn: looks % 20 != 0)
            default: return nil
            }
        }
        let end = driver.live()
        record.outcome = outcome
        #expect(end == .end(RunEnd(run: .test(8, .oneOff), exitCode: code, elsewhere: [record])))
        #expect(looks == 30)
    }

    @Test
    func `twenty looks in a row that find nobody at work end the wait, as do a lost case and a signal`() {
        let held = AccountElsewhere(account: ids[0], runID: 3)
        let record = CaseRecord(runID: 3, accountID: "a-1", reason: .missingUpdate)
        var looks = 0
        func driver(_ record: CaseRecord?, isWorkedOn: Bool) -> LifecycleDriver {
            LifecycleDriver(.oneOff(ids)) { request in
                switch request {
                case .findElsewhere: return .elsewhere([held])
                case .readElsewhere:
                    looks += 1
                    return .caseElsewhere(record, isWorkedOn: isWorkedOn)
                default: return nil
                }
            }
        }
        var abandoned = driver(record, isWorkedOn: false)
        #expect(abandoned.live() == .refuse(.heldByAbandonedRun(held)))
        #expect(looks == 20)
        var gone = driver(nil, isWorkedOn: true)
        #expect(gone.live() == .refuse(.caseIsGone(held)))
        var interrupted = driver(record, isWorkedOn: true)
        interrupted.signals[12] = 15
        #expect(interrupted.live() == .refuse(.interrupted(held, signal: 15)))
    }

    // MARK: Ending

    @Test
    func `the run is asked to close every 200 ms until it is closed`() {
        var tries = 0
        var driver = LifecycleDriver { request in
            guard case .close = request else { return nil }
            tries += 1
            return .closed(tries < 4 ? nil : 0)
        }
        #expect(driver.live() == .end(RunEnd(run: .test(), exitCode: 0)))
        #expect(driver.now.since(storyStart) == .milliseconds(600))
    }

    @Test
    func `a signal ends the wait for the close, and the run is left to the others`() {
        var driver = LifecycleDriver { if case .close = $0 { .closed(nil) } else { nil } }
        driver.signals[7] = 2
        var end = RunEnd(run: .test(), exitCode: 130, stop: .interrupted(signal: 2))
        end.isLeftToOthers = true
        #expect(driver.live() == .end(end))
        #expect(driver.actions.contains(.summarise(.test())))
    }

    /// Told to end before the first claim is answered: with others at work the cases are handed back.
    @Test(arguments: [(true, true), (true, false), (false, false)])
    func `a worker that is told to end hands back if others live, else defers the rest as the last`(
        hasOthers: Bool, goOn: Bool
    ) {
        var asked = 0
        var driver = LifecycleDriver { request in
            switch request {
            case .findOthers:
                asked += 1
                return .others(asked == 1 ? hasOthers : goOn)
            case .claim: return .claimed([], more: true)
            default: return nil
            }
        }
        driver.signals[4] = 15
        var end = RunEnd(run: .test(), exitCode: 143, stop: .interrupted(signal: 15))
        end.isLeftToOthers = goOn
        #expect(driver.live() == .end(end))
        let scopes = driver.requests.compactMap { request in
            if case .deferRest(let deferral, _) = request { deferral.scope } else { nil }
        }
        #expect(scopes == (goOn ? [] : [.asLastWorker]))
        let interruptions = driver.requests.compactMap { request in
            if case .close(_, let code) = request { code } else { nil }
        }
        #expect(interruptions == (goOn ? [] : [143]))
    }

    @Test
    func `a stop that another worker told is followed and not told again`() {
        let reason = StopReason.unreachable("no answer")
        var driver = LifecycleDriver { request in
            switch request {
            case .readSigns: .signs(RunSigns(stop: reason, isEnlisted: true))
            case .claim: .claimed([], more: true)
            default: nil
            }
        }
        #expect(driver.live() == .end(RunEnd(run: .test(), exitCode: 69, stop: reason)))
        #expect(!driver.requests.contains { $0.name == "stop" })
        #expect(driver.requests.contains { $0.name == "deferRest" })
    }

    // MARK: The pulse

    @Test
    func `the lease is renewed every five seconds, and at once after the lock was lost`() {
        var signs = 0
        var ended = 0
        var driver = LifecycleDriver { request in
            switch request {
            case .readSigns:
                signs += 1
                return .signs(RunSigns(isEnlisted: signs != 3))
            case .claim:
                ended += 1
                return .claimed([], more: ended < 25)
            default: return nil
            }
        }
        #expect(driver.live() == .end(RunEnd(run: .test(), exitCode: 0)))
        // 24 claims, 500 ms apart: 12 s. Beats at 1.5 s (the lock), 6.5 s and 11.5 s.
        #expect(driver.requests.count { $0.name == "enlist" } == 3)
    }

    // MARK: The picture

    @Test
    func `every phase is reached from the first one, and leads to the end`() {
        var reached: Set<RunPhase> = [.findingStranded]
        for _ in RunPhase.allCases { reached.formUnion(reached.flatMap(\.successors)) }
        #expect(reached == Set(RunPhase.allCases))
        for phase in RunPhase.allCases {
            var ahead: Set<RunPhase> = [phase]
            for _ in RunPhase.allCases { ahead.formUnion(ahead.flatMap(\.successors)) }
            #expect(ahead.contains(.ended))
        }
    }
}
