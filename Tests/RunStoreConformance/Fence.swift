import Reconciliation
import Testing

extension ConformanceCheck {
    /// Whose cases a write may change.
    static var fence: [Self] {
        byName + byIntentTime + knownSync
    }

    /// A worker that was taken for dead, and goes on, changes nothing of what it has lost.
    private static var byName: [Self] {
        [
            Self("fence by name: a settlement of a case that is another worker's is lost, its account left alone") {
                stage in
                let (one, two) = try await Self.robbed(stage)
                let before = try await one.state(.numbered(0))
                let result = try await one.settle(.recovered, .numbered(0))
                #expect(result.lost == [.numbered(0)])
                #expect(result.settled == [] && result.refused == [:] && result.withdrawn == [:])
                #expect(try await one.state(.numbered(0)) == before)
                #expect(try await one.record(.numbered(0))?.outcome == nil)
                #expect(try await two.settle(.partial, .numbered(0)).settled == [.numbered(0)])
            },
            Self("fence by name: a settlement of a case that nobody holds any more is lost as well") { stage in
                let one = try await stage.night()
                try await one.store.leave()
                #expect(try await one.settle(.recovered, .numbered(0)).lost == [.numbered(0)])
                #expect(try await one.record(.numbered(0))?.outcome == nil)
            },
            Self("fence by name: a settled case stays as it is, whoever writes next") { stage in
                let (one, two) = try await Self.robbed(stage)
                try await two.settle(.partial, .numbered(0))
                let before = try await one.state(.numbered(0))
                #expect(try await one.settle(.recovered, .numbered(0)).lost == [.numbered(0)])
                #expect(try await two.settle(.errored, .numbered(0)).settled == [.numbered(0)])
                #expect(try await one.record(.numbered(0))?.outcome == .partial)
                #expect(try await one.state(.numbered(0)) == before)
            },
            Self("fence by name: no intent is made for a case that is another worker's") { stage in
                var (one, two) = try await Self.robbed(stage)
                let before = try await one.state(.numbered(0))
                #expect(try await one.intend(.numbered(0)) == IntentResult())
                #expect(try await one.record(.numbered(0))?.syncIntendedAt == nil)
                #expect(try await one.state(.numbered(0)) == before)
                #expect(try await two.intend(.numbered(0)).committed.count == 1)
            },
            Self("fence by name: progress of another worker's case is not noted where that worker has noted its own") {
                stage in
                var (one, two) = try await Self.robbed(stage, intended: true)
                two[.numbered(0)].progress = .started
                two[.numbered(0)].jobID = "job"
                try await two.write(.progress, .numbered(0))
                let before = try await one.state(.numbered(0))
                one[.numbered(0)].progress = .succeeded
                one[.numbered(0)].jobID = "stale"
                one[.numbered(0)].sentAt = try await stage.now().advanced(by: .seconds(60))
                #expect(try await one.write(.progress, .numbered(0)) == WriteResult())
                #expect(try await one.record(.numbered(0))?.syncAnswer == SyncProgress.started.rawValue)
                #expect(try await one.state(.numbered(0)) == before)
            },
            Self("fence by name: another worker's intent is not taken back, and the case is lost") { stage in
                let (one, _) = try await Self.robbed(stage, intended: true)
                let before = try await one.state(.numbered(0))
                let result = try await one.write(.withdrawal, .numbered(0))
                #expect(result.lost == [.numbered(0)] && result.withdrawn == [:])
                #expect(try await one.record(.numbered(0))?.syncIntendedAt == one[.numbered(0)].intendedAt)
                #expect(try await one.state(.numbered(0)) == before)
            },
            Self("fence by name: a settlement that withdraws its intent leaves another worker's intent alone") {
                stage in
                let (one, _) = try await Self.robbed(stage, intended: true)
                let before = try await one.state(.numbered(0))
                let result = try await one.write(.end(.errored, withdrawsIntent: true), .numbered(0))
                #expect(result.lost == [.numbered(0)])
                #expect(try await one.record(.numbered(0))?.syncIntendedAt == one[.numbered(0)].intendedAt)
                #expect(try await one.state(.numbered(0)) == before)
            },
            Self("the cases of a write that are the worker's own are settled beside those that are lost") { stage in
                let one = try await stage.night(2)
                var two = try await stage.another(of: one.run)
                try await stage.endLease(of: one.store)
                try await two.claim(limit: 1)
                let result = try await one.settle(.recovered, .numbered(0), .numbered(1))
                #expect(result.lost == [.numbered(0)])
                #expect(result.settled == [.numbered(1)])
            },
        ]
    }

    /// What is evident of a sync is taken from whoever knows that very sync.
    private static var knownSync: [Self] {
        [
            Self("the answer to a trigger is noted although the case is another worker's by now") { stage in
                var (one, two) = try await Self.robbed(stage, intended: true)
                one[.numbered(0)].progress = .started
                one[.numbered(0)].jobID = "job"
                one[.numbered(0)].sentAt = try await stage.now()
                #expect(try await one.write(.progress, .numbered(0)) == WriteResult())
                let record = try #require(try await one.record(.numbered(0)))
                #expect(record.syncAnswer == SyncProgress.started.rawValue && record.syncJobID == "job")
                #expect(try await one.state(.numbered(0))?.lastSyncJobID == "job")
                // The case stays in the other's hands.
                #expect(try await two.settle(.partial, .numbered(0)).settled == [.numbered(0)])
            },
            Self("what a sync came to is taken from a worker that has lost the case, and its successor hears of it") {
                stage in
                let (one, two) = try await Self.robbed(stage, intended: true)
                #expect(try await one.settle(.recovered, .numbered(0)).settled == [.numbered(0)])
                #expect(try await one.record(.numbered(0))?.outcome == .recovered)
                #expect(try await one.state(.numbered(0))?.awaitingSince == nil)
                #expect(try await two.settle(.deferred, .numbered(0)).lost == [.numbered(0)])
                #expect(try await one.settle(.recovered, .numbered(0)).settled == [.numbered(0)])
                #expect(try await one.record(.numbered(0))?.outcome == .recovered)
            },
            Self("what rests on no evidence is not taken from a worker that has lost the case") { stage in
                let (one, two) = try await Self.robbed(stage, intended: true)
                for outcome in [Outcome.deferred, .errored] {
                    #expect(try await one.settle(outcome, .numbered(0)).lost == [.numbered(0)])
                }
                #expect(try await one.record(.numbered(0))?.outcome == nil)
                #expect(try await two.settle(.recovered, .numbered(0)).settled == [.numbered(0)])
            },
        ]
    }

    /// A case whose first owner's lease ran out, in its eyes and in the second owner's hands.
    private static func robbed(
        _ stage: Stage, intended: Bool = false
    ) async throws -> (Hands<Stage.Store>, Hands<Stage.Store>) {
        var one = try await stage.night()
        if intended { try await one.intend(.numbered(0)) }
        var two = try await stage.another(of: one.run)
        try await stage.endLease(of: one.store)
        try await two.claim()
        return (one, two)
    }

    /// A case that was lost and came back has another intent than its worker knows.
    private static var byIntentTime: [Self] {
        let kinds: [(String, CaseWrite.Kind)] = [
            ("progress", .progress), ("a withdrawal", .withdrawal), ("a settlement", .end(.deferred)),
            ("a settlement that withdraws", .end(.errored, withdrawsIntent: true)),
        ]
        return kinds.map { name, kind in
            Self("fence by intent time: \(name) of a case that has another intent changes nothing, and frees the case")
            {
                stage in
                var night = try await stage.night()
                try await night.intend(.numbered(0))
                let intended = night[.numbered(0)].intendedAt
                let before = try await night.state(.numbered(0))
                for other in [nil, intended?.advanced(by: .microseconds(-1))] {
                    var stale = night[.numbered(0)]
                    stale.intendedAt = other
                    stale.progress = .succeeded
                    let result = try await night.store.write([CaseWrite(stale, kind)], of: night.run)
                    #expect(result.settled == [] && result.withdrawn == [:] && result.refused == [:])
                    #expect(result.lost == (kind == .progress ? [] : [.numbered(0)]))
                    let record = try #require(try await night.record(.numbered(0)))
                    #expect(record.syncIntendedAt == intended)
                    #expect(record.syncAnswer == nil && record.outcome == nil)
                    #expect((record.worker == nil) == (kind != .progress))
                    #expect(try await night.state(.numbered(0)) == before)
                    // It is claimed again as a sync in doubt.
                    if kind != .progress {
                        #expect(try await night.claim(limit: 0) == [.numbered(0)])
                        #expect(night[.numbered(0)].intendedAt == intended)
                    }
                }
            }
        } + [
            Self(
                "an intent that stands already is nobody's to act upon: the case is freed, and claimed as one in doubt"
            ) {
                stage in
                var night = try await stage.night()
                let former = night[.numbered(0)]
                try await night.intend(.numbered(0))
                let intended = night[.numbered(0)].intendedAt
                #expect(try await night.store.intend([former], of: night.run) == IntentResult())
                #expect(try await night.record(.numbered(0))?.worker == nil)
                #expect(try await night.record(.numbered(0))?.syncIntendedAt == intended)
                #expect(try await night.claim(limit: 0) == [.numbered(0)])
                #expect(night[.numbered(0)].intendedAt == intended)
            },
            Self("an intent that stands already is not made anew, although Mono's limit would allow it") { stage in
                var night = try await stage.night()
                var former = night[.numbered(0)]
                try await night.intend(.numbered(0))
                try await stage.put(.owing(0))
                former.account = try await night.state(.numbered(0))
                #expect(try await night.store.intend([former], of: night.run) == IntentResult())
                #expect(try await night.record(.numbered(0))?.syncIntendedAt == night[.numbered(0)].intendedAt)
                #expect(try await night.state(.numbered(0)) == former.account)
            },
        ]
    }
}
