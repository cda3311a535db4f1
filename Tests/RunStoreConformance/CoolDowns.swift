import Reconciliation
import Testing

extension ConformanceCheck {
    /// Who is known to need somebody is not tried every night.
    static var coolDowns: [Self] {
        [
            Self("who never re-authorises is tried on nights 1, 4, 11, 25 and 53, and listed on all sixty") { stage in
                for number in 0..<3 { try await stage.put(.flagged(number)) }
                var tries: [Int] = []
                for night in 1...60 {
                    var hands = try await stage.opened(.dueAtOnce)
                    let taken = try await hands.claim()
                    if night == 30 { try await stage.record(.reauthorised, of: .numbered(2)) }
                    if taken.contains(.numbered(0)) { tries.append(night) }
                    try await hands.settleAll(.reauthorisationRequired)
                    #expect(try await hands.store.close(hands.run) == 0)
                    let record = try #require(try await hands.record(.numbered(0)))
                    #expect(record.outcome == .reauthorisationRequired && record.nightsInARow == night)
                    #expect(record.isCoolingDown == !taken.contains(.numbered(0)))
                    #expect(record.nextAttemptAt.map { $0 > hands.run.startedAt } == true)
                    if record.isCoolingDown { #expect(record.apiCalls == 0 && record.standing?.cause == record.cause) }
                    if night == 30 {
                        // In the same night, and by the run after the event.
                        var again = try await stage.opened(.dueAtOnce)
                        #expect(try await again.claim() == [.numbered(2)])
                        try await again.settle(.recovered, .numbered(2))
                        #expect(try await again.store.close(again.run) == 0)
                    }
                    try await stage.letDayPass()
                }
                #expect(tries == [1, 4, 11, 25, 53])
            },
            Self("what Mono fails on is tried on nights 1, 2, 4, 8 and 15, what a bank refuses on each") { stage in
                for number in 0..<2 { try await stage.put(.owing(number)) }
                var tries: [AccountID: [Int]] = [:]
                for night in 1...16 {
                    var hands = try await stage.opened()
                    for account in try await hands.claim() { tries[account, default: []].append(night) }
                    for account in hands.cases.keys {
                        try await hands.settle(account == .numbered(0) ? .providerFailed : .bankUnavailable, account)
                    }
                    #expect(try await hands.store.close(hands.run) == 0)
                    try await stage.letDayPass()
                }
                #expect(tries == [.numbered(0): [1, 2, 4, 8, 15], .numbered(1): Array(1...16)])
            },
            Self("a cool-down is neither a failure of the night nor a due account, but counts where a run is strict") {
                stage in
                try await Self.cooled(2, on: stage)
                for options in [RunOptions.check(limit: 5), .check(maxCalls: 5), .check(strict: true)] {
                    var night = try await stage.opened(options)
                    #expect(try await night.claim() == [])
                    #expect(try await night.store.close(night.run) == (options.strict ? 1 : 0))
                    #expect(try await stage.notSelected(in: night.run) == 0)
                }
                let night = try await stage.opened()
                try await night.store.deferRest(.check(.all, .keyRefused), of: night.run)
                #expect(try await night.record(.numbered(0))?.isCoolingDown == true)
                _ = try await night.store.close(night.run)
            },
            Self("force and an account named ignore the cool-down; what they do not find out leaves it as it is") {
                stage in
                try await Self.cooled(2, on: stage)
                let store = try await stage.worker()
                var byHand = try await Hands(store, try await store.openOneOff([.numbered(0)], .check))
                #expect(try await byHand.claim() == [.numbered(0)])
                try await byHand.settle(.errored, .numbered(0))
                _ = try await store.close(byHand.run)
                var idle = try await stage.opened()
                #expect(try await idle.claim() == [])
                _ = try await idle.store.close(idle.run)
                var forced = try await stage.opened(.check(force: true))
                #expect(try await forced.claim().count == 2)
                try await forced.settle(.recovered, .numbered(0))
                try await forced.settle(.bankUnavailable, .numbered(1))
                _ = try await forced.store.close(forced.run)
                try await stage.letDayPass()
                var next = try await stage.opened()
                #expect(try await next.claim() == [.numbered(1)])
            },
            Self("news end a cool-down, and what our own sync makes Mono send does not") { stage in
                try await Self.cooled(2, on: stage)
                // Half of the data is known, the flag is new; the job of a sync says nothing of it.
                try await stage.record(.jobFinished, of: .numbered(0))
                try await stage.record(.reauthorisationRequired, of: .numbered(1))
                var night = try await stage.opened()
                #expect(try await night.claim() == [.numbered(1)])
                try await night.settleAll(.reauthorisationRequired)
                _ = try await night.store.close(night.run)
                // Now the flag only repeats what stands.
                try await stage.letDayPass()
                try await stage.record(.reauthorisationRequired, of: .numbered(1))
                var again = try await stage.opened()
                #expect(try await again.claim() == [])
                _ = try await again.store.close(again.run)
            },
            Self("a row that is deleted and inserted again keeps its cool-down with its standing") { stage in
                try await Self.cooled(1, on: stage)
                let night = try await stage.opened()
                _ = try await night.store.close(night.run)
                try await stage.put(.owing(0))
                var again = try await stage.opened()
                #expect(try await again.claim() == [])
                _ = try await again.store.close(again.run)
                try await stage.record(.reauthorised, of: .numbered(0))
                var last = try await stage.opened(.dueAtOnce)
                #expect(try await last.claim() == [.numbered(0)])
            },
        ]
    }

    /// So many accounts of which half of the data was found a moment ago.
    private static func cooled(_ count: Int, on stage: Stage) async throws {
        let night = try await stage.night(count)
        try await night.settleAll(.partial)
        #expect(try await night.store.close(night.run) == 0)
    }
}

extension RunOptions {
    /// What is owed is due at once.
    fileprivate static let dueAtOnce = RunOptions(
        rules: Rules(api: .dataSync, window: .seconds(60), stuckAfter: .zero), baseURL: "https://api.withmono.com")
}
