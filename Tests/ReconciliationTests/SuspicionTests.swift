import Testing

@testable import Reconciliation

/// When answers accuse the key rather than the accounts.
@Suite struct SuspicionTests {
    private let accounts = DeskNight.accounts(30)

    @Test func `twenty unknown accounts accuse the key, nineteen do not`() {
        var suspicion = Suspicion()
        for account in accounts.prefix(19) { #expect(suspicion.saw(.unknownAccount, of: account) == nil) }
        #expect(suspicion.saw(.unknownAccount, of: accounts[19]) != nil)
    }

    @Test func `the same unknown account counts once`() {
        var suspicion = Suspicion()
        for _ in 0..<40 { #expect(suspicion.saw(.unknownAccount, of: accounts[0]) == nil) }
    }

    @Test func `one known account clears the key for the night`() {
        var suspicion = Suspicion()
        for account in accounts.prefix(19) { _ = suspicion.saw(.unknownAccount, of: account) }
        #expect(accounts.prefix(19).allSatisfy { suspicion.withholds($0) })
        #expect(suspicion.saw(.fine, of: accounts[20]) == nil)
        #expect(!accounts.contains { suspicion.withholds($0) })
        for account in accounts { #expect(suspicion.saw(.unknownAccount, of: account) == nil) }
        #expect(!accounts.contains { suspicion.withholds($0) })
    }

    @Test func `three denied accounts in a row accuse the key, two do not`() {
        var suspicion = Suspicion()
        #expect(suspicion.saw(.denied, of: accounts[0]) == nil)
        #expect(suspicion.saw(.denied, of: accounts[1]) == nil)
        #expect(suspicion.saw(.denied, of: accounts[1]) == nil)
        #expect(suspicion.withholds(accounts[0]) && suspicion.withholds(accounts[1]))
        #expect(suspicion.saw(.denied, of: accounts[2]) != nil)
    }

    @Test(arguments: [Suspicion.Sign.fine, .unknownAccount])
    func `another answer between them breaks the row`(sign: Suspicion.Sign) {
        var suspicion = Suspicion()
        for index in 0..<10 {
            #expect(suspicion.saw(.denied, of: accounts[3 * index % 30]) == nil)
            #expect(suspicion.saw(.denied, of: accounts[(3 * index + 1) % 30]) == nil)
            #expect(suspicion.saw(sign, of: accounts[(3 * index + 2) % 30]) == nil)
            #expect(!suspicion.withholds(accounts[3 * index % 30]))
        }
    }

    @Test func `at rest nothing is withheld`() {
        var suspicion = Suspicion()
        _ = suspicion.saw(.unknownAccount, of: accounts[0])
        _ = suspicion.saw(.denied, of: accounts[1])
        #expect(suspicion.doubtful == [accounts[0], accounts[1]])
        suspicion.rest()
        #expect(suspicion.doubtful == [])
        #expect(!suspicion.withholds(accounts[0]) && !suspicion.withholds(accounts[1]))
    }
}
