import Reconciliation
import Testing

extension ConformanceCheck {
    /// Intents that did nothing at Mono.
    static var withdrawals: [Self] {
        let ages: [(tried: Duration?, owes: Bool)] = [
            (nil, true), (nil, false), (.seconds(9_000), true), (.seconds(9_000), false),
        ]
        return ages.map { tried, owes in
            let name = "\(tried == nil ? "never tried" : "tried long ago"), \(owes ? "owing" : "owing nothing")"
            return Self("a withdrawal restores the account exactly: \(name)") { stage in
                var account = StagedAccount.flagged(0)
                account.debt = owes ? .seconds(400) : nil
                account.tried = tried
                account.lastJob = "before"
                try await stage.put(account)
                var night = try await stage.opened()
                try await night.claim()
                let before = try await night.state(.numbered(0))
                try await night.intend(.numbered(0))
                #expect(try await night.state(.numbered(0)) != before)
                let result = try await night.write(.withdrawal, .numbered(0))
                #expect(result.withdrawn == [.numbered(0): before])
                #expect(result.lost == [] && result.settled == [])
                #expect(try await night.state(.numbered(0)) == before)
                let record = try #require(try await night.record(.numbered(0)))
                #expect(record.syncIntendedAt == nil && record.hadData == nil && record.outcome == nil)
                // A new intent may follow at once.
                night[.numbered(0)].intendedAt = nil
                night[.numbered(0)].account = before
                #expect(try await night.intend(.numbered(0)).committed.count == 1)
            }
        } + [
            Self("a withdrawal keeps what an event wrote meanwhile") { stage in
                try await stage.put(.flagged(0))
                var night = try await stage.opened()
                try await night.claim()
                try await night.intend(.numbered(0))
                try await stage.record(.reauthorised, of: .numbered(0))
                let before = try #require(try await night.state(.numbered(0)))
                try await night.write(.withdrawal, .numbered(0))
                let after = try #require(try await night.state(.numbered(0)))
                #expect(after.flaggedSince == nil)
                #expect(after.awaitingSince == before.awaitingSince)
                #expect(after.lastSyncRequestedAt == nil)
            },
            Self("a settlement withdraws its intent in the same write") { stage in
                try await stage.put(.flagged(0))
                var night = try await stage.opened()
                try await night.claim()
                let before = try await night.state(.numbered(0))
                try await night.intend(.numbered(0))
                let result = try await night.write(.end(.errored, withdrawsIntent: true), .numbered(0))
                #expect(result.settled == [.numbered(0)] && result.withdrawn == [:])
                #expect(try await night.state(.numbered(0)) == before)
                let record = try #require(try await night.record(.numbered(0)))
                #expect(record.outcome == .errored && record.syncIntendedAt == nil)
            },
            Self(
                "a settlement that withdraws its intent is refused when an event came meanwhile, and the intent stands"
            ) {
                stage in
                var night = try await stage.night()
                try await night.intend(.numbered(0))
                try await stage.record(.reauthorised, of: .numbered(0))
                let before = try await night.state(.numbered(0))
                let result = try await night.write(.end(.errored, withdrawsIntent: true), .numbered(0))
                #expect(result.refused.mapValues(\.account) == [.numbered(0): before])
                #expect(result.settled == [] && result.lost == [])
                #expect(try await night.state(.numbered(0)) == before)
                #expect(try await night.record(.numbered(0))?.syncIntendedAt == night[.numbered(0)].intendedAt)
            },
        ]
    }
}
