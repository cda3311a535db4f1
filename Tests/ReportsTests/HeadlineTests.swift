import Reconciliation
import Testing

@testable import Reports

@Suite struct HeadlineTests {
    @Test func `no case means that nothing is stuck`() {
        #expect(Headline.text(of: run([])) == "Nothing is stuck.")
    }

    @Test func `no case because of the limit means something else`() {
        var limited = run([])
        limited.notSelected = 1
        #expect(Headline.text(of: limited) == "Nothing was tried: 1 account was left out by the limit.")
    }

    @Test func `the example of the manual`() {
        let all =
            cases(412, .recovered) + cases(61, .reauthorisationRequired)
            + cases(26, .bankUnavailable, institution: "GTBank") + cases(1, .incompleteStatement)
        #expect(
            Headline.text(of: run(all))
                == "412 of 500 accounts are back; 61 customers must re-authorise; "
                + "GTBank: 26 accounts wait for the bank; 1 more waits for other banks.")
    }

    static let openings: [(back: Int, stuck: Int, text: String)] = [
        (0, 1, "The account is not back yet; 1 account was put off."),
        (1, 0, "The account is back."),
        (0, 2, "None of 2 accounts is back yet; 2 accounts were put off."),
        (1, 1, "1 of 2 accounts is back; 1 account was put off."),
        (2, 0, "Both accounts are back."),
        (3, 0, "All 3 accounts are back."),
        (2, 1, "2 of 3 accounts are back; 1 account was put off."),
    ]

    @Test(arguments: openings)
    func `one, both, all and none read as English`(back: Int, stuck: Int, text: String) {
        #expect(Headline.text(of: run(cases(back, .alreadyAvailable) + cases(stuck, .deferred))) == text)
    }

    static let parts: [(outcome: Outcome, one: String, two: String)] = [
        (.reauthorisationRequired, "1 customer must re-authorise", "2 customers must re-authorise"),
        (.accountNotFound, "1 account is no longer linked", "2 accounts are no longer linked"),
        (.errored, "1 account needs an engineer", "2 accounts need an engineer"),
        (.bankUnavailable, "1 account waits for the bank", "2 accounts wait for the bank"),
        (.incompleteStatement, "1 account waits for the bank", "2 accounts wait for the bank"),
        (.partial, "1 account has only part of the data", "2 accounts have only part of the data"),
        (.providerFailed, "Mono failed on 1 account", "Mono failed on 2 accounts"),
        (.stillProcessing, "1 account is still being fetched", "2 accounts are still being fetched"),
        (.deferred, "1 account was put off", "2 accounts were put off"),
    ]

    @Test(arguments: parts)
    func `every unresolved outcome is named, one and many`(outcome: Outcome, one: String, two: String) {
        #expect(Headline.text(of: run(cases(1, outcome))) == "The account is not back yet; \(one).")
        #expect(Headline.text(of: run(cases(2, outcome))) == "None of 2 accounts is back yet; \(two).")
    }

    @Test func `every unresolved outcome is in the table above`() {
        #expect(Set(Self.parts.map(\.outcome)) == Set(Outcome.allCases.filter(\.isUnresolved)))
    }

    @Test func `thousands are grouped`() {
        #expect(
            Headline.text(of: run(cases(1_200, .recovered) + cases(1_034, .deferred)))
                == "1,200 of 2,234 accounts are back; 1,034 accounts were put off.")
    }

    @Test func `a healthy account is not called back`() {
        let healthy = record("a", .alreadyAvailable, reason: .requested)
        #expect(Headline.text(of: run([healthy])) == "Nothing is wrong with the account.")
        #expect(Headline.text(of: run([healthy, healthy])) == "Nothing is wrong with the 2 accounts.")
        #expect(
            Headline.text(of: run([healthy] + cases(1, .recovered)))
                == "The account is back; nothing is wrong with 1 more.")
    }

    @Test func `of two banks that keep as many waiting, the first by name is named`() {
        let both = cases(2, .bankUnavailable, institution: "Zenith") + cases(2, .bankUnavailable, institution: "Access")
        #expect(Headline.text(of: run(both)).contains("Access: 2 accounts wait for the bank; 2 more wait"))
    }

    @Test func `a refused key takes nobody off the list`() {
        var night = run(
            (0..<31).map { carried("a\($0)", .reauthorisationRequired, because: .keyRefused, nights: 2) }
                + (0..<2).map { carried("b\($0)", .bankUnavailable, because: .keyRefused, institution: "GTBank") }
                + [carried("c", nil, because: .keyRefused)])
        night.exitCode = 77
        #expect(
            Headline.text(of: night)
                == "Mono refused the key; nothing was tried; as known before, 31 customers must re-authorise; "
                + "GTBank: 2 accounts wait for the bank; 1 account was put off.")
    }

    static let stops = [
        (77, "Mono refused the key"), (69, "Mono could not be reached"), (75, "Mono asked us to come back later"),
        (130, "The run was interrupted"), (143, "The run was interrupted"),
    ]

    @Test(arguments: stops)
    func `a run that was stopped says so before what it did`(code: Int, text: String) {
        var night = run(
            [record("a", .recovered), carried("b", .reauthorisationRequired, because: .interrupted)]
                + [carried("c", .partial, because: .readGivenUp, outcome: .errored)])
        night.exitCode = code
        #expect(
            Headline.text(of: night)
                == "\(text); 1 of 3 accounts is back; 1 customer must re-authorise; 1 account has only part of the data; "
                + "1 of these was not tried; checking 1 of these went wrong.")
    }

    @Test func `no account at all is no good news`() {
        var night = run([])
        night.closing = ClosingFacts()
        #expect(
            Headline.text(of: night).hasPrefix(
                "Nothing is stuck: 0 accounts are known. The manual's page adoption.md tells"))
        night.closing?.knownAccounts = 1
        #expect(Headline.text(of: night) == "Nothing is stuck.")
    }

    @Test(arguments: [(47, "47 hours"), (1, "1 hour"), (48, "2 days"), (41 * 24 + 23, "41 days")])
    func `what the limit left out is told with the oldest of all`(hours: Int, age: String) {
        var night = run([record("a", .recovered), carried("b", .reauthorisationRequired, because: .limit)])
        night.notSelected = 124
        night.closing = ClosingFacts()
        night.closing?.oldestStuckSince = night.finishedAt?.advanced(by: .seconds(-3_600 * hours))
        #expect(
            Headline.text(of: night)
                == "1 of 2 accounts is back; 1 customer must re-authorise; 124 accounts were left out by the limit "
                + "(the oldest of all has been stuck for \(age)).")
    }

    @Test func `accounts that a bank refused alone are no wait for the bank`() {
        var alone = synced("a", .bankUnavailable, after: 2)
        alone.nightsInARow = 2
        let night = run([alone, synced("b", .recovered, after: 1), synced("c", .bankUnavailable, after: 3)])
        #expect(
            Headline.text(of: night)
                == "1 of 3 accounts is back; 1 account failed again although the bank answered for others; "
                + "GTBank: 1 account waits for the bank.")
    }
}
