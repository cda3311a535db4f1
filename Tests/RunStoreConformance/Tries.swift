import Reconciliation
import Testing

extension ConformanceCheck {
    /// What counts as a try: whoever was tried waits behind everybody who was not.
    static var tries: [Self] {
        [
            Self("with a limit, accounts whose inspection ended them leave the next night to the others") { stage in
                for number in 0..<4 { try await stage.put(.owing(number)) }
                var taken: [[AccountID]] = []
                for _ in 0..<3 {
                    var night = try await stage.opened(.check(limit: 2))
                    taken.append(try await night.claim())
                    for id in night.cases.keys { night[id].apiCalls = 1 }
                    try await night.settleAll(.errored)
                    #expect(try await night.store.close(night.run) == 1)
                }
                #expect(taken == [[0, 1], [2, 3], [0, 1]].map { $0.map { .numbered($0) } })
            },
            Self("a settlement without a call is no try") { stage in
                try await isTried(false, stage) { night in
                    try await night.settle(.deferred, .numbered(0))
                }
            },
            Self("a settlement with an intent is a try") { stage in
                try await isTried(true, stage) { night in
                    try await night.intend(.numbered(0))
                    try await night.settle(.errored, .numbered(0))
                }
            },
            Self("a settlement that takes an unsent intent back is no try") { stage in
                try await isTried(false, stage) { night in
                    try await night.intend(.numbered(0))
                    try await night.write(.end(.deferred, withdrawsIntent: true), .numbered(0))
                }
            },
            Self("a case that is put off after its trigger was tried") { stage in
                try await isTried(true, stage) { night in
                    try await night.intend(.numbered(0))
                    night[.numbered(0)].progress = .started
                    night[.numbered(0)].apiCalls = 1
                    try await night.write(.progress, .numbered(0))
                    try await night.store.deferRest(.check(.all), of: night.run)
                }
            },
            Self("a case that is put off before its turn was not tried") { stage in
                try await isTried(false, stage) { night in
                    try await night.store.deferRest(.check(.all), of: night.run)
                }
            },
        ]
    }

    /// Ends the case of the first of two accounts in its own way, and asks which one a night of one account takes.
    private static func isTried(
        _ isTried: Bool, _ stage: Stage, by ending: (inout Hands<Stage.Store>) async throws -> Void
    ) async throws {
        var night = try await stage.night()
        try await ending(&night)
        #expect(try await night.store.close(night.run) != nil)
        // Mono's limit would keep it from the next night.
        try await stage.put(.owing(1))
        try await stage.letLimitPass(of: .numbered(0))
        var next = try await stage.opened(.check(limit: 1))
        #expect(try await next.claim() == [.numbered(isTried ? 1 : 0)])
    }
}
