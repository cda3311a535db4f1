import Reconciliation
import Testing

extension ConformanceCheck {
    /// Banks that fail, and who tries them.
    static var troubles: [Self] {
        [
            Self("a bank of which three accounts failed in a row is named to all, until it delivers") { stage in
                let (one, two) = try await Self.failing(2, more: 4, on: stage)
                let run = one.run
                #expect(try await two.store.readSigns(run: run.runID).troubles == [])
                try await one.settle(.providerFailed, .numbered(2))
                let troubles = try await two.store.readSigns(run: run.runID).troubles
                let trouble = try #require(troubles.first)
                #expect(troubles.count == 1 && trouble.bank == "Test Bank" && trouble.failures == 3)
                #expect(trouble.failingSince == (try await stage.failingSince("Test Bank")))
                #expect(trouble.lastFailureAt >= trouble.failingSince)
                #expect(trouble.lastDeliveryAt == nil && trouble.probes == 0 && trouble.probedAt == nil)
                // The plain schedule learns no laws; who is down is told all the same.
                #expect(try await one.store.learn([:], of: run) == LookMemory(troubles: troubles))
                // What says nothing of the bank changes nothing.
                try await one.settle(.reauthorisationRequired, .numbered(3))
                let despite = Settlement(.recovered, cause: .dataDespiteFailure, "the job failed")
                _ = try await one.store.write([CaseWrite(one[.numbered(5)], .settlement(despite))], of: run)
                #expect(try await two.store.readSigns(run: run.runID).troubles == troubles)
                try await one.settle(.recovered, .numbered(4))
                #expect(try await two.store.readSigns(run: run.runID).troubles == [])
            },
            Self("one worker at a time may try a bank that fails, and the number counts the run's tries") { stage in
                let (one, two) = try await Self.failing(3, more: 1, on: stage)
                let run = one.run
                #expect(try await two.store.probe("Another Bank", after: 0, of: run) == false)
                #expect(try await one.store.probe("Test Bank", after: 1, of: run) == false)
                #expect(try await one.store.probe("Test Bank", after: 0, of: run))
                #expect(try await two.store.probe("Test Bank", after: 0, of: run) == false)
                let trouble = try #require(try await two.store.readSigns(run: run.runID).troubles.first)
                #expect(trouble.probes == 1)
                #expect(try #require(trouble.probedAt) >= trouble.lastFailureAt)
                #expect(try await two.store.probe("Test Bank", after: 1, of: run))
                #expect(try await two.store.readSigns(run: run.runID).troubles.first?.probes == 2)
            },
            Self("a try whose answer was lost is granted to nobody twice") { stage in
                let (one, two) = try await Self.failing(3, more: 1, on: stage)
                #expect(try await one.store.probe("Test Bank", after: 0, of: one.run))
                #expect(try await one.store.probe("Test Bank", after: 0, of: one.run, isRepeat: true) == false)
                #expect(try await two.store.probe("Test Bank", after: 0, of: one.run) == false)
                #expect(try await two.store.readSigns(run: one.run.runID).troubles.first?.probes == 1)
            },
            Self("a bank that has delivered since is not tried, and its tries count on where it fails again") { stage in
                let (one, _) = try await Self.failing(3, more: 4, on: stage)
                #expect(try await one.store.probe("Test Bank", after: 0, of: one.run))
                try await one.settle(.recovered, .numbered(3))
                #expect(try await one.store.probe("Test Bank", after: 1, of: one.run) == false)
                for number in 4..<7 { try await one.settle(.bankUnavailable, .numbered(number)) }
                let trouble = try #require(try await one.store.readSigns(run: one.run.runID).troubles.first)
                #expect(trouble.failures == 3 && trouble.probes == 1 && trouble.lastDeliveryAt != nil)
                #expect(try await one.store.probe("Test Bank", after: 1, of: one.run))
            },
            Self("each run counts its own tries of a bank") { stage in
                let (one, two) = try await Self.failing(3, more: 0, on: stage)
                #expect(try await one.store.probe("Test Bank", after: 0, of: one.run))
                try await two.store.leave()
                #expect(try await one.store.close(one.run) != nil)
                let next = try await stage.opened()
                let trouble = try #require(try await next.store.learn([:], of: next.run).troubles.first)
                #expect(trouble.failures == 3 && trouble.probes == 0 && trouble.probedAt == nil)
                #expect(try await next.store.probe("Test Bank", after: 1, of: next.run) == false)
                #expect(try await next.store.probe("Test Bank", after: 0, of: next.run))
            },
            Self("looks that are due are told as the sum of the others that live") { stage in
                let one = try await stage.night()
                let two = try await stage.another(of: one.run)
                let three = try await stage.another(of: one.run)
                let run = one.run.runID
                _ = try await two.store.readSigns(run: run, telling: AnswerEvidence(looksDue: 5))
                _ = try await three.store.readSigns(run: run, telling: AnswerEvidence(looksDue: 2))
                #expect(try await one.store.readSigns(run: run).others.looksDue == 7)
                #expect(
                    try await two.store.readSigns(run: run, telling: AnswerEvidence(looksDue: 4)).others.looksDue == 2)
                #expect(try await one.store.readSigns(run: run).others.looksDue == 6)
                try await three.store.leave()
                #expect(try await one.store.readSigns(run: run).others.looksDue == 4)
                // None is news as well.
                _ = try await two.store.readSigns(run: run, telling: AnswerEvidence())
                #expect(try await one.store.readSigns(run: run).others.looksDue == 0)
            },
        ]
    }

    /// Two workers of a run, of which the first holds the cases: so many of the bank's accounts have failed, and more
    /// wait.
    private static func failing(
        _ failed: Int, more: Int, on stage: Stage
    ) async throws -> (Hands<Stage.Store>, Hands<Stage.Store>) {
        for number in 0..<failed + more {
            var account = StagedAccount.owing(number)
            account.institution = "Test Bank"
            try await stage.put(account)
        }
        var one = try await stage.opened()
        try await one.claim()
        for number in 0..<failed { try await one.settle(.bankUnavailable, .numbered(number)) }
        return (one, try await stage.another(of: one.run))
    }
}
