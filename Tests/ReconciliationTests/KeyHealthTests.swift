import Testing

@testable import Reconciliation

/// When answers accuse the key rather than the accounts.
@Suite struct KeyHealthTests {
    private let accounts = SchedulerNight.accounts(30)

    @Test func `twenty unknown accounts make the key suspect, nineteen do not`() {
        var keyHealth = KeyHealth()
        for account in accounts.prefix(19) {
            #expect(keyHealth.saw(.unknownAccount, of: account, at: storyStart) == nil)
        }
        #expect(!keyHealth.isSuspect)
        #expect(keyHealth.saw(.unknownAccount, of: accounts[19], at: storyStart) == nil)
        #expect(keyHealth.isSuspect)
    }

    @Test
    func `the unknown accounts of all workers count together, and one that was known to any of them clears the key`() {
        var keyHealth = KeyHealth()
        keyHealth.heard(AnswerEvidence(unknownAccounts: 19))
        #expect(!keyHealth.isSuspect)
        _ = keyHealth.saw(.unknownAccount, of: accounts[0], at: storyStart)
        #expect(keyHealth.isSuspect && keyHealth.withholds(accounts[0]) && keyHealth.unknownCount == 1)
        keyHealth.heard(AnswerEvidence(fineAt: storyStart, unknownAccounts: 19))
        #expect(!keyHealth.isSuspect && !keyHealth.withholds(accounts[0]) && keyHealth.unknownCount == 0)
        for account in accounts { _ = keyHealth.saw(.unknownAccount, of: account, at: storyStart) }
        #expect(!keyHealth.isSuspect)
    }

    @Test func `a good answer to another worker breaks the row of denied accounts`() {
        var keyHealth = KeyHealth()
        for account in accounts.prefix(2) { _ = keyHealth.saw(.denied, of: account, at: storyStart) }
        keyHealth.heard(AnswerEvidence(fineAt: storyStart.advanced(by: .seconds(1))))
        let later = storyStart.advanced(by: .seconds(2))
        for account in accounts[2..<4] { #expect(keyHealth.saw(.denied, of: account, at: later) == nil) }
        #expect(keyHealth.saw(.denied, of: accounts[4], at: later) != nil)
    }

    @Test func `the same unknown account counts once`() {
        var keyHealth = KeyHealth()
        for _ in 0..<40 { #expect(keyHealth.saw(.unknownAccount, of: accounts[0], at: storyStart) == nil) }
    }

    @Test func `one known account clears the key for the night`() {
        var keyHealth = KeyHealth()
        for account in accounts.prefix(19) { _ = keyHealth.saw(.unknownAccount, of: account, at: storyStart) }
        #expect(accounts.prefix(19).allSatisfy { keyHealth.withholds($0) })
        #expect(keyHealth.saw(.fine, of: accounts[20], at: storyStart) == nil)
        #expect(!accounts.contains { keyHealth.withholds($0) })
        for account in accounts { #expect(keyHealth.saw(.unknownAccount, of: account, at: storyStart) == nil) }
        #expect(!accounts.contains { keyHealth.withholds($0) })
    }

    @Test func `three denied accounts in a row accuse the key, two do not`() {
        var keyHealth = KeyHealth()
        #expect(keyHealth.saw(.denied, of: accounts[0], at: storyStart) == nil)
        #expect(keyHealth.saw(.denied, of: accounts[1], at: storyStart) == nil)
        #expect(keyHealth.saw(.denied, of: accounts[1], at: storyStart) == nil)
        #expect(keyHealth.withholds(accounts[0]) && keyHealth.withholds(accounts[1]))
        #expect(keyHealth.saw(.denied, of: accounts[2], at: storyStart) != nil)
    }

    @Test(arguments: [KeyHealth.Sign.fine, .unknownAccount])
    func `another answer between them breaks the row`(sign: KeyHealth.Sign) {
        var keyHealth = KeyHealth()
        for index in 0..<10 {
            #expect(keyHealth.saw(.denied, of: accounts[3 * index % 30], at: storyStart) == nil)
            #expect(keyHealth.saw(.denied, of: accounts[(3 * index + 1) % 30], at: storyStart) == nil)
            #expect(keyHealth.saw(sign, of: accounts[(3 * index + 2) % 30], at: storyStart) == nil)
            #expect(!keyHealth.withholds(accounts[3 * index % 30]))
        }
    }

    @Test func `at rest nothing is withheld`() {
        var keyHealth = KeyHealth()
        _ = keyHealth.saw(.unknownAccount, of: accounts[0], at: storyStart)
        _ = keyHealth.saw(.denied, of: accounts[1], at: storyStart)
        #expect(keyHealth.doubtful == [accounts[0], accounts[1]])
        keyHealth.rest()
        #expect(keyHealth.doubtful == [])
        #expect(!keyHealth.withholds(accounts[0]) && !keyHealth.withholds(accounts[1]))
    }
}
