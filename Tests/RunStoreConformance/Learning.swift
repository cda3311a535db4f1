import Reconciliation
import Testing

extension ConformanceCheck {
    /// What is learned of the banks' syncs.
    static var learning: [Self] {
        [
            Self("a worker's looks are told to the run's others, as totals that are written over") { stage in
                let one = try await stage.opened(.learning)
                let two = try await stage.another(of: one.run)
                let three = try await stage.another(of: one.run)
                _ = try await one.store.learn([.kuda: .ended(3)], of: one.run)
                _ = try await one.store.learn([.kuda: .ended(3), .gtb: .ended(1)], of: one.run)
                _ = try await one.store.learn([.kuda: .ended(4), .gtb: .ended(1)], of: one.run, isRepeat: true)
                _ = try await two.store.learn([.kuda: .unfinished(2)], of: one.run)
                #expect(
                    try await three.store.learn([:], of: one.run).tonight
                        == [.kuda: .ended(4) + .unfinished(2), .gtb: .ended(1)])
                #expect(try await one.store.learn([:], of: one.run).tonight == [.kuda: .unfinished(2)])
                // Who is gone has seen what it has seen.
                try await stage.kill(one.store)
                #expect(try await two.store.learn([:], of: one.run).tonight == [.kuda: .ended(4), .gtb: .ended(1)])
            },
            Self("a bank whose only sync showed nothing in the end is told no more; no bank at all says nothing") {
                stage in
                let one = try await stage.opened(.learning)
                let two = try await stage.another(of: one.run)
                _ = try await one.store.learn([.kuda: .ended(1), .gtb: .unfinished(1)], of: one.run)
                _ = try await one.store.learn([.kuda: .ended(1)], of: one.run)
                #expect(try await two.store.learn([:], of: one.run).tonight == [.kuda: .ended(1)])
                _ = try await one.store.learn([:], of: one.run)
                #expect(try await two.store.learn([:], of: one.run).tonight == [.kuda: .ended(1)])
            },
            Self("what another run's workers have seen is not told") { stage in
                let night = try await stage.opened(.learning)
                try await stage.put(.owing(1))
                let store = try await stage.worker()
                let oneOff = try await store.openOneOff([.numbered(1)], .learning)
                _ = try await store.learn([.kuda: .ended(1)], of: oneOff)
                #expect(try await night.store.learn([:], of: night.run) == LookMemory())
            },
            Self("with the plain schedule nothing is learned and nothing is told") { stage in
                let learning = try await stage.opened(.learning)
                _ = try await learning.store.learn([.kuda: .ended(9)], of: learning.run)
                #expect(try await learning.store.close(learning.run) == 0)
                let plain = try await stage.opened(.check)
                let other = try await stage.another(of: plain.run)
                _ = try await other.store.learn([.kuda: .ended(9)], of: plain.run)
                #expect(try await plain.store.learn([:], of: plain.run) == LookMemory())
                try await other.store.leave()
                #expect(try await plain.store.close(plain.run) == 0)
                #expect(try await stage.closing(of: plain.run) == ClosingNotes())
                let next = try await stage.opened(.learning)
                #expect(
                    try await next.store.learn([:], of: next.run).history[.kuda] == .folded(.ended(9)))
            },
            Self("the close folds what all workers have seen into what is known, once") { stage in
                let one = try await stage.opened(.learning)
                let two = try await stage.another(of: one.run)
                _ = try await one.store.learn([.kuda: .ended(20)], of: one.run)
                _ = try await two.store.learn([.kuda: .ended(30), .gtb: .ended(5)], of: one.run)
                #expect(try await one.store.close(one.run) == nil)
                #expect(try await one.store.learn([.kuda: .ended(20)], of: one.run).history == [:])
                try await two.store.leave()
                #expect(try await one.store.close(one.run) == 0)
                #expect(try await one.store.close(one.run, isRepeat: true) == 0)
                #expect(try await two.store.close(one.run) == 0)
                // What is told too late changes nothing any more.
                _ = try await two.store.learn([.kuda: .ended(90)], of: one.run)
                let first = LookTally.folded(.ended(50))
                let next = try await stage.opened(.learning)
                let memory = try await next.store.learn([:], of: next.run)
                #expect(memory.history == [.kuda: first, .gtb: .folded(.ended(5))])
                #expect(memory.tonight == [:])
                _ = try await next.store.learn([.kuda: .ended(7)], of: next.run)
                #expect(try await next.store.close(next.run) == 0)
                let third = try await stage.opened(.learning)
                #expect(
                    try await third.store.learn([:], of: third.run).history
                        == [.kuda: .folded(.ended(50), .ended(7)), .gtb: .folded(.ended(5))])
            },
            Self("each API has its own laws") { stage in
                let night = try await stage.opened(.learning)
                _ = try await night.store.learn([.kuda: .ended(20)], of: night.run)
                #expect(try await night.store.close(night.run) == 0)
                var options = RunOptions.learning
                options.rules.api = .realtime
                let next = try await stage.opened(options)
                #expect(try await next.store.learn([:], of: next.run).history == [:])
            },
            Self("the close notes the calls saved and the banks' laws") { stage in
                var kuda = LookTally.ended(20)
                (kuda.looks, kuda.plainLooks) = (25, 90)
                var gtb = LookTally.ended(2)
                (gtb.looks, gtb.plainLooks) = (4, 6)
                // Inspected and never looked at.
                var inspected = LookTally()
                inspected.inspections.add(isHit: true, isFirstNight: true)
                let night = try await stage.opened(.learning)
                let told = [LookKey.kuda: kuda, .gtb: gtb, .key("Opay"): inspected]
                _ = try await night.store.learn(told, of: night.run)
                #expect(try await night.store.close(night.run) == 0)
                let notes = try await stage.closing(of: night.run)
                #expect(notes.callsSaved == 67)
                #expect(notes.laws == ClosingLooks(of: night.run, tonight: told, before: [:]).laws)
                #expect(notes.laws.map(\.institution) == ["GTBank", "Kuda"])
                #expect(notes.laws.map(\.cases) == [2, 20] && notes.laws.map(\.nights) == [1, 1])
                let next = try await stage.opened(.learning)
                #expect(try await next.store.close(next.run) == 0)
                #expect(try await stage.closing(of: next.run) == ClosingNotes())
            },
            Self("where nothing was ever learned, past cases' steps fill the laws; else they are not read") { stage in
                var account = StagedAccount.owing(0)
                account.institution = "Kuda"
                try await stage.put(account)
                var night = try await stage.opened()
                try await night.claim()
                night[.numbered(0)].steps = .pastSync
                night[.numbered(0)].apiCalls = 4
                try await night.settleAll()
                #expect(try await night.store.close(night.run) == 0)
                var expected = LookTally()
                expected.add(try #require(LookCell(processingAt: .seconds(2), endedAt: .seconds(4))))
                expected.inspections.add(isHit: false, isFirstNight: true)
                let next = try await stage.opened(.learning)
                let joined = try await stage.another(of: try await stage.opened(.learning).run)
                #expect(try await joined.store.learn([:], of: joined.run).history == [:])
                #expect(try await next.store.learn([:], of: next.run).history == [.kudaDetails: expected])
                #expect(
                    try await next.store.learn([:], of: next.run, isRepeat: true).history == [.kudaDetails: expected])
                #expect(try await joined.store.learn([:], of: joined.run).history == [.kudaDetails: expected])
            },
            Self("a claim names the account's bank, and whether it was ever tried") { stage in
                var tried = StagedAccount.owing(0)
                (tried.institution, tried.asked) = ("Kuda", .seconds(7_200))
                try await stage.put(tried)
                try await stage.put(.owing(1))
                let night = try await stage.opened()
                let claims = try await night.store.claim(limit: 9, number: 1, of: night.run).claims
                #expect(claims.map(\.accountID) == [.numbered(1), .numbered(0)])
                #expect(claims.map(\.institution) == [nil, "Kuda"])
                #expect(claims.map(\.wasTried) == [false, true])
            },
        ]
    }
}

extension RunOptions {
    /// The same with looks that are learned.
    static var learning: Self {
        var options = check
        options.rules.patience = .seconds(60)
        return options
    }
}

extension LookKey {
    static let kuda = key("Kuda")
    static let gtb = key("GTBank")
    static let kudaDetails = LookKey(api: .dataSync, kind: .details, institution: "Kuda")

    static func key(_ bank: String) -> Self { Self(api: .dataSync, kind: .job, institution: bank) }
}

extension LookTally {
    /// So many syncs that ended within five seconds, as looks found, each with a look.
    static func ended(_ count: Int) -> Self {
        var tally = Self()
        for number in 0..<count { tally.add(LookCell(from: 20 + number % 3, to: 46)) }
        tally.untold = Double(count)
        return tally
    }

    /// So many syncs that were seen at work.
    static func unfinished(_ count: Int) -> Self {
        var tally = Self()
        for _ in 0..<count { tally.add(LookCell(from: 40, to: nil)) }
        return tally
    }

    /// What is kept of nights.
    static func folded(_ nights: Self...) -> Self {
        nights.reduce(into: Self()) { $0.fold(in: $1) }
    }
}

extension [Step] {
    /// An inspection without the data, a sync, and two looks at the data: two and four seconds after the trigger.
    fileprivate static var pastSync: Self {
        [
            Step(seconds: 0.2, name: .details, said: "PROCESSING"),
            Step(seconds: 0.4, name: .intent, said: .code(.committed)),
            Step(seconds: 0.5, name: .trigger, said: .code(.succeeded)),
            Step(seconds: 2.5, name: .details, said: "PROCESSING"),
            Step(seconds: 4.5, name: .details, said: "AVAILABLE"),
        ]
    }
}
