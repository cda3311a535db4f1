import Reconciliation
import Testing

/// Accounts whose rows cannot be written: what becomes of them, and of the others in the same batch.
extension ConformanceCheck {
    static var rows: [Self] { lockedRows + refusedRows + keptFindings }

    private static func spared(_ cause: Cause, _ outcome: Outcome, found: KeptResult? = nil) -> CaseWrite.Kind {
        var settlement = Settlement(outcome, cause: cause, "a check")
        settlement.sparesAccount = true
        settlement.found = found
        return .settlement(settlement)
    }

    private static var lockedRows: [Self] {
        [
            Self("a locked row costs no other account its intent, and has none") { stage in
                var night = try await stage.night(3)
                let cases = (0..<3).map { night[.numbered($0)] }
                let (store, run) = (night.store, night.run)
                let result = try await stage.whileLocked(.numbered(1)) { try await store.intend(cases, of: run) }
                #expect(Set(result.committed.keys) == [.numbered(0), .numbered(2)])
                #expect(result.unwritten.mapValues(\.kind) == [.numbered(1): .locked] && result.refused.isEmpty)
                #expect(try await night.record(.numbered(1))?.syncIntendedAt == nil)
                #expect(Set(try await night.intend(.numbered(1)).committed.keys) == [.numbered(1)])
            },
            Self("a locked row costs no other account its settlement, and is settled when it is free") { stage in
                let night = try await stage.night(3)
                let result = try await stage.whileLocked(.numbered(1)) {
                    try await night.settle(.recovered, .numbered(0), .numbered(1), .numbered(2))
                }
                #expect(Set(result.settled) == [.numbered(0), .numbered(2)])
                #expect(result.unwritten.mapValues(\.kind) == [.numbered(1): .locked])
                #expect(result.lost.isEmpty && result.refused.isEmpty)
                #expect(try await night.record(.numbered(1))?.outcome == nil)
                #expect(try await night.settle(.recovered, .numbered(1)).settled == [.numbered(1)])
            },
            Self("what a trigger answered is durable though the account's row is locked") { stage in
                var night = try await stage.night()
                try await night.intend(.numbered(0))
                night[.numbered(0)].progress = .started
                night[.numbered(0)].jobID = "ours"
                let hands = night
                let result = try await stage.whileLocked(.numbered(0)) {
                    try await hands.write(.progress, .numbered(0))
                }
                #expect(result == WriteResult())
                let record = try await night.record(.numbered(0))
                #expect(record?.syncAnswer == "started" && record?.syncJobID == "ours")
            },
            Self("an intent is not taken back while the row is locked, and then it is") { stage in
                var night = try await stage.night()
                try await night.intend(.numbered(0))
                let hands = night
                let result = try await stage.whileLocked(.numbered(0)) {
                    try await hands.write(.withdrawal, .numbered(0))
                }
                #expect(result.unwritten.mapValues(\.kind) == [.numbered(0): .locked] && result.withdrawn.isEmpty)
                #expect(try await night.record(.numbered(0))?.syncIntendedAt != nil)
                #expect(try await night.write(.withdrawal, .numbered(0)).withdrawn.count == 1)
                #expect(try await night.record(.numbered(0))?.syncIntendedAt == nil)
            },
            Self("a case is settled without its account while that is locked") { stage in
                let night = try await stage.night()
                let before = try await night.state(.numbered(0))
                let result = try await stage.whileLocked(.numbered(0)) {
                    try await night.write(spared(.rowLocked, .deferred), .numbered(0))
                }
                #expect(result.settled == [.numbered(0)])
                #expect(try await night.record(.numbered(0))?.cause == .rowLocked)
                #expect(try await night.state(.numbered(0)) == before)
                #expect(try await night.store.close(night.run) == 1)
            },
        ]
    }

    private static var refusedRows: [Self] {
        [
            Self("a row that a trigger refuses costs no other account its intent, and has none") { stage in
                var night = try await stage.night(5)
                try await stage.refuse(.numbered(3))
                let result = try await night.intend(
                    .numbered(0), .numbered(1), .numbered(2), .numbered(3), .numbered(4))
                #expect(Set(result.committed.keys) == [.numbered(0), .numbered(1), .numbered(2), .numbered(4)])
                #expect(result.unwritten.mapValues(\.kind) == [.numbered(3): .refused])
                #expect(try await night.record(.numbered(3))?.syncIntendedAt == nil)
            },
            Self("rows that a trigger refuses cost no other account its settlement") { stage in
                let night = try await stage.night(7)
                for number in [0, 4] { try await stage.refuse(.numbered(number)) }
                let ids = (0..<7).map { AccountID.numbered($0) }
                let result = try await night.store.write(
                    ids.map { CaseWrite(night[$0], .end(.recovered)) }, of: night.run)
                #expect(Set(result.settled) == Set(ids).subtracting([.numbered(0), .numbered(4)]))
                #expect(result.unwritten.mapValues(\.kind) == [.numbered(0): .refused, .numbered(4): .refused])
                for number in [0, 4] {
                    let end = spared(.rowRefused, .errored)
                    #expect(try await night.write(end, .numbered(number)).settled == [.numbered(number)])
                }
                #expect(try await night.store.close(night.run) == 1)
            },
        ]
    }

    private static var keptFindings: [Self] {
        let found = KeptResult(.recovered, cause: .dataFetched, clearsFlag: true)
        return [
            Self("what was found out and could not be written comes with the next claim") { stage in
                try await keeps(stage, found, expecting: found)
            },
            Self("what Mono is asked for every night is not kept") { stage in
                let failed = KeptResult(.bankUnavailable, cause: .syncError)
                try await keeps(stage, failed, expecting: nil)
            },
            Self("an event since then counts instead of what was found out") { stage in
                try await keeps(stage, found, expecting: nil) {
                    try await stage.record(.reauthorisationRequired, of: .numbered(0))
                }
            },
        ]
    }

    private static func keeps(
        _ stage: Stage, _ found: KeptResult, expecting kept: KeptResult?,
        after happening: () async throws -> Void = {}
    ) async throws {
        let night = try await stage.night()
        try await night.write(spared(.rowLocked, .deferred, found: found), .numbered(0))
        #expect(try await night.store.close(night.run) == 1)
        try await happening()
        let store = try await stage.worker()
        let run = try await store.openNightly(.check)
        try await store.enlist(run: run.runID)
        let claims = try await store.claim(limit: 10, number: 1, of: run).claims
        #expect(claims.map(\.found) == [kept])
    }
}
