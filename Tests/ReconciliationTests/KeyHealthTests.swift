import Testing

@testable import Reconciliation

/// When answers accuse the key rather than the accounts.
@Suite struct KeyHealthTests {
    private let accounts = SchedulerNight.accounts(30)

    @Test func `twenty unknown accounts accuse the key, nineteen do not`() {
        var keyHealth = KeyHealth()
        for account in accounts.prefix(19) { #expect(keyHealth.saw(.unknownAccount, of: account) == nil) }
        #expect(keyHealth.saw(.unknownAccount, of: accounts[19]) != nil)
    }

    @Test func `the same unknown account counts once`() {
        var keyHealth = KeyHealth()
        for _ in 0..<40 { #expect(keyHealth.saw(.unknownAccount, of: accounts[0]) == nil) }
    }

    @Test func `one known account clears the key for the night`() {
        var keyHealth = KeyHealth()
        for account in accounts.prefix(19) { _ = keyHealth.saw(.unknownAccount, of: account) }
        #expect(accounts.prefix(19).allSatisfy { keyHealth.withholds($0) })
        #expect(keyHealth.saw(.fine, of: accounts[20]) == nil)
        #expect(!accounts.contains { keyHealth.withholds($0) })
        for account in accounts { #expect(keyHealth.saw(.unknownAccount, of: account) == nil) }
        #expect(!accounts.contains { keyHealth.withholds($0) })
    }

    @Test func `three denied accounts in a row accuse the key, two do not`() {
        var keyHealth = KeyHealth()
        #expect(keyHealth.saw(.denied, of: accounts[0]) == nil)
        #expect(keyHealth.saw(.denied, of: accounts[1]) == nil)
        #expect(keyHealth.saw(.denied, of: accounts[1]) == nil)
        #expect(keyHealth.withholds(accounts[0]) && keyHealth.withholds(accounts[1]))
        #expect(keyHealth.saw(.denied, of: accounts[2]) != nil)
    }

    @Test(arguments: [KeyHealth.Sign.fine, .unknownAccount])
    func `another answer between them breaks the row`(sign: KeyHealth.Sign) {
        var keyHealth = KeyHealth()
        for index in 0..<10 {
            #expect(keyHealth.saw(.denied, of: accounts[3 * index % 30]) == nil)
            #expect(keyHealth.saw(.denied, of: accounts[(3 * index + 1) % 30]) == nil)
            #expect(keyHealth.saw(sign, of: accounts[(3 * index + 2) % 30]) == nil)
            #expect(!keyHealth.withholds(accounts[3 * index % 30]))
        }
    }

    @Test func `at rest nothing is withheld`() {
        var keyHealth = KeyHealth()
        _ = keyHealth.saw(.unknownAccount, of: accounts[0])
        _ = keyHealth.saw(.denied, of: accounts[1])
        #expect(keyHealth.doubtful == [accounts[0], accounts[1]])
        keyHealth.rest()
        #expect(keyHealth.doubtful == [])
        #expect(!keyHealth.withholds(accounts[0]) && !keyHealth.withholds(accounts[1]))
    }
}
