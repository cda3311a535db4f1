import Reconciliation
import Testing

extension ConformanceCheck {
    /// What a run's workers tell each other.
    static var signs: [Self] {
        [
            Self("a run that nobody has stopped or held shows no sign") { stage in
                let night = try await stage.night()
                var signs = try await night.store.readSigns(run: night.run.runID)
                let difference = try #require(signs.clock).since(try await stage.now())
                #expect(max(difference, .zero - difference) < .seconds(60))
                signs.clock = nil
                #expect(signs == RunSigns(isEnlisted: true))
            },
            Self("a slot or a hold further ahead than can be meant is pulled back, and told") { stage in
                let night = try await stage.night()
                _ = try await night.store.reserve(.slots(1), of: night.run)
                let now = try await stage.now()
                try await night.store.hold(until: now.advanced(by: .seconds(3_600)))
                let grant = try await night.store.reserve(.slots(1), of: night.run)
                #expect(grant.first < now.advanced(by: .seconds(30)))
                #expect(try #require(grant.pulledBack) > .seconds(3_000))
                #expect(grant.heldUntil == nil)
                #expect(try await night.store.reserve(.slots(1), of: night.run).pulledBack == nil)
                #expect(try await night.store.readSigns(run: night.run.runID).heldUntil == nil)
            },
            Self("a stop is told to every worker of the run, and the first reason stays") { stage in
                let one = try await stage.night()
                let two = try await stage.another(of: one.run)
                try await one.store.stop(one.run, .keyRefused("Mono answered 401"))
                try await two.store.stop(one.run, .unreachable("nobody answers"))
                for hands in [one, two] {
                    let signs = try await hands.store.readSigns(run: one.run.runID)
                    #expect(signs.stop == .keyRefused("Mono answered 401"))
                }
            },
            Self("each reason to stop arrives as it was given") { stage in
                for reason in [StopReason.keyRefused("a"), .unreachable("b"), .tryLater(.seconds(900))] {
                    let night = try await stage.opened()
                    try await night.store.stop(night.run, reason)
                    #expect(try await night.store.readSigns(run: night.run.runID).stop == reason)
                    _ = try await night.store.close(night.run)
                }
            },
            Self("a stop of one run does not stop another") { stage in
                let night = try await stage.night()
                try await stage.put(.owing(1))
                let store = try await stage.worker()
                let oneOff = try await store.openOneOff([.numbered(1)], .check)
                try await night.store.stop(night.run, .keyRefused("x"))
                #expect(try await store.readSigns(run: oneOff.runID).stop == nil)
            },
            Self("a run that is closed is stopped no more") { stage in
                let night = try await stage.opened()
                #expect(try await night.store.close(night.run) == 0)
                try await night.store.stop(night.run, .tryLater(.seconds(900)))
                #expect(try await night.store.readSigns(run: night.run.runID).stop == nil)
                #expect(try await night.store.close(night.run) == 0)
            },
            Self("a reason to stop is forgotten by who takes the run up, and by nobody while others work on it") {
                stage in
                let one = try await stage.night()
                try await one.store.stop(one.run, .keyRefused("401"))
                let two = try await stage.another(of: one.run)
                try await two.store.forgetStop(one.run)
                #expect(try await two.store.readSigns(run: one.run.runID).stop == .keyRefused("401"))
                try await stage.kill(one.store)
                try await two.store.forgetStop(one.run)
                #expect(try await two.store.readSigns(run: one.run.runID).stop == nil)
                // A new reason counts again.
                try await two.store.stop(one.run, .unreachable("x"))
                #expect(try await two.store.readSigns(run: one.run.runID).stop == .unreachable("x"))
            },
            Self("what a closed run was stopped for is not forgotten") { stage in
                let night = try await stage.opened()
                try await night.store.stop(night.run, .keyRefused("401"))
                #expect(try await night.store.close(night.run) == 77)
                try await night.store.forgetStop(night.run)
                #expect(try await night.store.close(night.run) == 77)
                #expect(try await night.store.readSigns(run: night.run.runID).stop == .keyRefused("401"))
            },
            Self("what Mono's answers say is told to the run's other workers, also by those that are gone") { stage in
                let one = try await stage.night()
                let two = try await stage.another(of: one.run)
                let three = try await stage.another(of: one.run)
                let run = one.run.runID
                let now = try await stage.now()
                #expect(try await one.store.readSigns(run: run).others == AnswerEvidence())
                _ = try await two.store.readSigns(
                    run: run, telling: AnswerEvidence(answeredAt: now, unknownAccounts: 3))
                let later = now.advanced(by: .seconds(1))
                _ = try await three.store.readSigns(
                    run: run, telling: AnswerEvidence(answeredAt: later, fineAt: later, unknownAccounts: 2))
                try await stage.kill(three.store)
                let told = AnswerEvidence(answeredAt: later, fineAt: later, unknownAccounts: 5)
                #expect(try await one.store.readSigns(run: run).others == told)
                #expect(
                    try await two.store.readSigns(run: run).others
                        == AnswerEvidence(answeredAt: later, fineAt: later, unknownAccounts: 2))
                // What is told late takes nothing back.
                _ = try await two.store.readSigns(
                    run: run, telling: AnswerEvidence(answeredAt: now, fineAt: now, unknownAccounts: 1))
                #expect(
                    try await one.store.readSigns(run: run).others
                        == AnswerEvidence(answeredAt: later, fineAt: later, unknownAccounts: 3))
            },
            Self("what was told of another run's answers is not told") { stage in
                let night = try await stage.night()
                try await stage.put(.owing(1))
                let store = try await stage.worker()
                let oneOff = try await store.openOneOff([.numbered(1)], .check)
                _ = try await store.readSigns(
                    run: oneOff.runID, telling: AnswerEvidence(fineAt: try await stage.now(), unknownAccounts: 9))
                #expect(try await night.store.readSigns(run: night.run.runID).others == AnswerEvidence())
            },
            Self("the witness is the linked account that has data and is not in the run") { stage in
                var healthy = StagedAccount(.numbered(7))
                healthy.hasData = true
                try await stage.put(healthy)
                var unlinked = StagedAccount(.numbered(8))
                unlinked.hasData = true
                unlinked.unlinked = .seconds(60)
                try await stage.put(unlinked)
                try await stage.put(StagedAccount(.numbered(9)))
                let night = try await stage.night(3)
                #expect(try await night.store.findWitness(besides: [], of: night.run) == [.numbered(7)])
                // Without it, the run's own accounts are drawn, those left out that were asked already.
                let drawn = try #require(
                    try await night.store.findWitness(besides: [.numbered(7), .numbered(1)], of: night.run))
                #expect(Set(drawn) == [.numbered(0), .numbered(2)])
            },
            Self("no more than twenty accounts are drawn") { stage in
                let night = try await stage.night(24)
                let drawn = try #require(try await night.store.findWitness(besides: [.numbered(3)], of: night.run))
                #expect(drawn.count == 20 && Set(drawn).count == 20 && !drawn.contains(.numbered(3)))
            },
            Self("one worker at a time asks the witness, and a dead one's question is asked by the next") { stage in
                let one = try await stage.night(2)
                let two = try await stage.another(of: one.run)
                #expect(try await one.store.findWitness(besides: [], of: one.run)?.count == 2)
                #expect(try await two.store.findWitness(besides: [], of: one.run) == nil)
                #expect(try await one.store.findWitness(besides: [], of: one.run)?.count == 2)
                try await stage.kill(one.store)
                #expect(try await two.store.findWitness(besides: [], of: one.run)?.count == 2)
            },
            Self("a worker learns whether the others count it as living") { stage in
                let night = try await stage.night()
                let stranger = try await stage.worker()
                #expect(try await !stranger.readSigns(run: night.run.runID).isEnlisted)
                try await stage.loseConnection(of: night.store)
                #expect(try await !night.store.readSigns(run: night.run.runID).isEnlisted)
                try await night.store.enlist(run: night.run.runID)
                #expect(try await night.store.readSigns(run: night.run.runID).isEnlisted)
                try await stage.endLease(of: night.store)
                #expect(try await !night.store.readSigns(run: night.run.runID).isEnlisted)
                try await night.store.leave()
                #expect(try await !night.store.readSigns(run: night.run.runID).isEnlisted)
            },
        ]
    }

    /// Who belongs to a run.
    static var workers: [Self] {
        [
            Self("a worker sees the living others of its run, and not itself") { stage in
                let one = try await stage.night()
                #expect(try await !one.store.findOthers(run: one.run.runID))
                let two = try await stage.another(of: one.run)
                #expect(try await one.store.findOthers(run: one.run.runID))
                #expect(try await two.store.findOthers(run: one.run.runID))
                try await two.store.leave()
                #expect(try await !one.store.findOthers(run: one.run.runID))
                #expect(try await two.store.findOthers(run: one.run.runID))
            },
            Self("who has opened a run belongs to it at once") { stage in
                try await stage.put(.owing(0))
                let night = try await stage.worker().openNightly(.check)
                let opener = try await stage.worker()
                let oneOff = try await opener.openOneOff([.numbered(0)], .check)
                let stranger = try await stage.worker()
                #expect(try await stranger.findOthers(run: oneOff.runID))
                #expect(try await !opener.findOthers(run: oneOff.runID))
                #expect(night.runID != oneOff.runID)
            },
            Self("workers of another run are no others") { stage in
                let night = try await stage.night()
                try await stage.put(.owing(1))
                let store = try await stage.worker()
                let oneOff = try await store.openOneOff([.numbered(1)], .check)
                #expect(try await !night.store.findOthers(run: night.run.runID))
                #expect(try await night.store.findOthers(run: oneOff.runID))
            },
            Self("a crash, a lost connection and an ended lease each end a worker's life") { stage in
                let one = try await stage.night()
                let (two, three) = (try await stage.another(of: one.run), try await stage.another(of: one.run))
                try await stage.kill(two.store)
                #expect(try await one.store.findOthers(run: one.run.runID))
                try await stage.endLease(of: three.store)
                #expect(try await !one.store.findOthers(run: one.run.runID))
                try await three.store.enlist(run: one.run.runID)
                #expect(try await one.store.findOthers(run: one.run.runID))
                try await stage.loseConnection(of: three.store)
                #expect(try await !one.store.findOthers(run: one.run.runID))
            },
            Self("a server that restarts takes all locks and nobody's cases: each worker has its lease to come back") {
                stage in
                let one = try await stage.night()
                var two = try await stage.another(of: one.run)
                try await stage.restartServer(under: [one.store, two.store])
                #expect(try await !one.store.readSigns(run: one.run.runID).isEnlisted)
                try await two.store.enlist(run: one.run.runID)
                #expect(try await two.store.findOthers(run: one.run.runID))
                #expect(try await two.claim() == [])
                #expect(try await one.settle(.recovered, .numbered(0)).settled == [.numbered(0)])
            },
            Self("a worker that does not come back after a restart is dead once its lease has run out") { stage in
                let one = try await stage.night()
                var two = try await stage.another(of: one.run)
                try await stage.restartServer(under: [one.store, two.store])
                try await two.store.enlist(run: one.run.runID)
                try await stage.endLease(of: one.store)
                #expect(try await !two.store.findOthers(run: one.run.runID))
                #expect(try await two.claim() == [.numbered(0)])
            },
            Self("a worker that dies after the restart is dead at once") { stage in
                let one = try await stage.night()
                var two = try await stage.another(of: one.run)
                try await stage.restartServer(under: [one.store, two.store])
                for worker in [one.store, two.store] { try await worker.enlist(run: one.run.runID) }
                try await stage.kill(one.store)
                #expect(try await two.claim() == [.numbered(0)])
            },
            Self("a case that another run holds is read with its record, and with whether that run is worked on") {
                stage in
                let night = try await stage.night()
                let reader = try await stage.worker()
                let before = try await reader.readElsewhere(.numbered(0), in: night.run.runID)
                #expect(before.record?.outcome == nil && before.record != nil && before.isWorkedOn)
                try await night.settle(.partial, .numbered(0))
                try await stage.kill(night.store)
                let after = try await reader.readElsewhere(.numbered(0), in: night.run.runID)
                #expect(after.record?.outcome == .partial && !after.isWorkedOn)
                #expect(try await reader.readElsewhere(.numbered(5), in: night.run.runID).record == nil)
            },
        ]
    }
}
