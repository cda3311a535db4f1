import Reconciliation
import Testing

@Suite struct VocabularyTests {
    @Test(arguments: [
        ("AVAILABLE", DataStatus.available), ("available", .available), ("Partial", .partial),
        ("UNAVAILABLE", .unavailable), ("failed", .failed), ("PROCESSING", .processing),
        ("SYNCING", .unknown("SYNCING")), ("", .unknown("")),
    ])
    func `data statuses are read without regard to case`(word: String, expected: DataStatus) {
        #expect(DataStatus(word) == expected)
    }

    @Test(arguments: ["FAILED", "UNAVAILABLE"], ["balance", "transactions", "Balance"])
    func `a bad status that brought balance or transactions is partial`(word: String, item: String) {
        #expect(DataStatus(word, retrieved: ["identity", item]) == .partial)
    }

    @Test func `a bad status that brought the identity only stays bad, and others do not change`() {
        #expect(DataStatus("FAILED", retrieved: ["identity"]) == .failed)
        #expect(DataStatus("UNAVAILABLE", retrieved: []) == .unavailable)
        #expect(DataStatus("PROCESSING", retrieved: ["balance"]) == .processing)
        #expect(DataStatus("AVAILABLE", retrieved: ["balance"]) == .available)
    }

    @Test(arguments: [
        ("processing", JobStatus.processing), ("FINISHED", .finished), ("successful", .finished),
        ("failed", .failed), ("REAUTHORISATION_REQUIRED", .reauthorisationRequired), ("queued", .unknown("queued")),
    ])
    func `both spellings of a job's end are read`(word: String, expected: JobStatus) {
        #expect(JobStatus(word) == expected)
    }

    @Test func `an unknown word is cut before it reaches a report`() {
        let long = String(repeating: "x", count: 1_000)
        #expect(DataStatus(long).word.count == 64)
        #expect(JobStatus(long) == .unknown(String(repeating: "x", count: 64)))
    }

    @Test(arguments: [
        "a", "6a10f0c1d2e3f4a5b6c7d801", "A_b-9", String(repeating: "z", count: 64),
    ])
    func `a well-formed account id is taken`(text: String) {
        #expect(AccountID(text)?.rawValue == text)
    }

    @Test(arguments: ["", String(repeating: "z", count: 65), "a b", "a/b", "ä", "a\n", "a.b", "..", "%2e"])
    func `an ill-formed account id is not taken`(text: String) {
        #expect(AccountID(text) == nil)
    }

    @Test func `account ids are ordered by their bytes`() {
        let ids = ["b", "B", "a_", "a-", "a", "9"].compactMap(AccountID.init)
        #expect(ids.sorted().map(\.rawValue) == ["9", "B", "a", "a-", "a_", "b"])
    }

    @Test(arguments: [
        (Outcome.alreadyAvailable, Owner.nobody), (.recovered, .nobody), (.partial, .customer),
        (.reauthorisationRequired, .customer), (.bankUnavailable, .bank), (.incompleteStatement, .bank),
        (.stillProcessing, .nobody), (.accountNotFound, .customer), (.deferred, .nobody), (.errored, .engineer),
    ])
    func `every outcome has its owner on any night`(outcome: Outcome, owner: Owner) {
        #expect(Owner(of: outcome, nightsInARow: 1) == owner)
        #expect(Owner(of: outcome, nightsInARow: 9) == owner)
    }

    @Test func `Mono's failure becomes the customer's from the second night`() {
        #expect(Owner(of: .providerFailed, nightsInARow: 1) == .mono)
        #expect(Owner(of: .providerFailed, nightsInARow: 2) == .customer)
    }

    @Test func `a bank that answered for others is waited for once`() {
        #expect(Owner(of: .bankUnavailable, nightsInARow: 1, bankAnsweredOthers: true) == .bank)
        #expect(Owner(of: .bankUnavailable, nightsInARow: 2, bankAnsweredOthers: true) == .customer)
        #expect(Owner(of: .incompleteStatement, nightsInARow: 2, bankAnsweredOthers: true) == .bank)
    }

    @Test func `only an account whose data is there is resolved`() {
        #expect(Outcome.allCases.filter { !$0.isUnresolved } == [.alreadyAvailable, .recovered])
    }
}
