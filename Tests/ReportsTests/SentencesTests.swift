import Reconciliation
import Testing

@testable import Reports

@Suite struct SentencesTests {
    static let jargon = [
        "API", "HTTP", "job", "JSON", "sync", "webhook", "null", "nil", "poll", "flag", "trigger", "outcome", "intent",
        "provider", "UNAVAILABLE", "_", "details", "worker", "look",
    ]

    @Test(arguments: Outcome.allCases)
    func `every outcome has two sentences without jargon, whatever is known of the case`(outcome: Outcome) {
        for variant in variants(of: outcome) {
            let sentences = Sentences(of: variant)
            for sentence in [sentences.whatHappened, sentences.nextStep] {
                #expect(sentence.count > 10)
                #expect(sentence.last == "." || sentence.hasSuffix("explain acc"))
                #expect(sentence.first?.isUppercase == true)
                #expect(sentence.utf8.count <= 420)
                for word in Self.jargon {
                    #expect(!sentence.contains(word), "\(word) in: \(sentence)")
                }
            }
        }
    }

    @Test func `every cause of finding nothing out is told in words of its own`() {
        let told = Cause.allCases.compactMap(\.plainText)
        #expect(Set(told).count == told.count)
        for text in told {
            #expect(text.last != ".")
            for word in Self.jargon { #expect(!text.contains(word), "\(word) in: \(text)") }
        }
    }

    private func variants(of outcome: Outcome) -> [CaseRecord] {
        var variants: [CaseRecord] = []
        for reason in Reason.allCases {
            for nights in [1, 2, 9] {
                for cause in [nil] + Cause.allCases {
                    var variant = record(
                        "acc", outcome, cause, institution: "GTBank", reason: reason, nights: nights,
                        detail: "the key was refused.", apiCalls: cause == nil ? 0 : 3)
                    variants.append(variant)
                    variant.institution = nil
                    variant.nextAttemptAt = runStart
                    variant.stuckSince = runStart
                    variant.reauthLink = "https://x"
                    variants.append(variant)
                    variant.standing = Standing(outcome: .partial, cause: nil, since: runStart)
                    variant.isTried = false
                    variants.append(variant)
                }
            }
        }
        return variants
    }

    @Test func `a healthy account that was asked for is said to be healthy`() {
        let sentences = Sentences(of: record("a", .alreadyAvailable, reason: .requested))
        #expect(sentences.whatHappened == "Nothing is wrong: the data of this account is there.")
        #expect(sentences.nextStep == "Nothing to do: the statement can be used.")
    }

    @Test func `an account that cannot be re-authorised has to be linked again`() {
        let sentences = Sentences(
            of: record("a", .reauthorisationRequired, .cannotBeReauthorised, institution: "GTBank"))
        #expect(sentences.whatHappened.contains("the old link cannot be renewed"))
        #expect(sentences.nextStep.hasPrefix("Ask the customer to link the account again; logging in"))
        let ordinary = Sentences(of: record("a", .reauthorisationRequired, .jobSaidReauthorise))
        #expect(ordinary.nextStep.contains("(re-authorise the account)"))
    }

    @Test func `without a call it was the notice that came`() {
        let came = Sentences(of: record("a", .alreadyAvailable, apiCalls: 0))
        #expect(came.whatHappened.hasPrefix("Mono's notice that the data is there came"))
        let duringCall = Sentences(of: record("a", .alreadyAvailable, .eventCame))
        #expect(came.whatHappened.hasSuffix("nothing had to be asked."))
        #expect(duringCall.whatHappened.hasSuffix("came just in time: nothing had to be fetched again."))
        #expect(!Sentences(of: record("a", .alreadyAvailable)).whatHappened.contains("came just in time"))
    }

    @Test func `Mono's failure becomes the customer's on the second night`() {
        let first = Sentences(of: record("a", .providerFailed, nights: 1))
        let second = Sentences(of: record("a", .providerFailed, nights: 2))
        #expect(first.nextStep.hasPrefix("Nothing to do yet"))
        #expect(!first.whatHappened.contains("in a row"))
        #expect(second.nextStep.contains("re-authorise"))
        #expect(second.whatHappened.hasSuffix("This is night 2 in a row."))
        var known = record("a", .providerFailed, nights: 2)
        known.standing = Standing(outcome: .providerFailed, cause: nil, since: runStart)
        known.dataRequestID = "req-7"
        #expect(Sentences(of: known).whatHappened.hasSuffix("Known since 10 Mar (2 nights)."))
        #expect(Sentences(of: known).nextStep.hasSuffix("Quote this number to Mono: req-7."))
    }

    @Test(arguments: [Outcome.reauthorisationRequired, .partial, .accountNotFound, .providerFailed])
    func `an account left alone tonight says so and when it is tried`(outcome: Outcome) {
        var left = record("a", outcome, .unknownToMono, apiCalls: 0)
        // A cool-down ends six hours before the run that tries again: that one begins on the next day.
        left.nextAttemptAt = runStart.advanced(by: .seconds(18 * 3_600))
        left.isTried = false
        let sentence = Sentences(of: left).whatHappened
        let news =
            outcome == .reauthorisationRequired
            ? "the customer has not re-authorised" : "nothing new has come from Mono"
        #expect(sentence.hasPrefix("Not tried in this run: \(news); tried again on 11 Mar. The last attempt found: "))
        left.isTried = true
        #expect(!Sentences(of: left).whatHappened.contains("Not tried"))
    }

    @Test func `news by event needs no call and is no repeat`() {
        let told = record("a", .reauthorisationRequired, .eventSaidReauthorise, apiCalls: 0)
        #expect(Sentences(of: told).whatHappened.hasPrefix("Mono can reach the account"))
    }

    @Test func `the link is mentioned only where there is one`() {
        var flagged = record("a", .reauthorisationRequired)
        #expect(!Sentences(of: flagged).nextStep.contains("link"))
        flagged.reauthLink = ""
        #expect(!Sentences(of: flagged).nextStep.contains("link"))
        flagged.reauthLink = "https://x"
        #expect(Sentences(of: flagged).nextStep.hasPrefix("Send the customer the link"))
    }

    @Test func `a put-off case names its cause and the time of the next try`() {
        var put = record("a", .deferred, .monoUnavailable, detail: "the bank's computer was on fire. ")
        #expect(Sentences(of: put).whatHappened == "Not finished in this run: Mono could not be reached.")
        #expect(Sentences(of: put).nextStep.contains("next nightly run"))
        put.nextAttemptAt = runStart
        // A row of an older version has no cause.
        put.cause = nil
        #expect(Sentences(of: put).whatHappened == "Not finished in this run.")
        #expect(Sentences(of: put).nextStep == "Nothing to do: it can be tried again from 10 Mar 03:00.")
    }

    @Test func `a next try that is past by the run's end is not named`() {
        var put = record("a", .deferred)
        put.settledAt = runStart
        put.nextAttemptAt = runStart.advanced(by: .seconds(60))
        for (end, isNamed) in [(59, true), (60, false), (61, false)] {
            let sentences = Sentences(of: put, in: RunFacts(zone: .utc, end: runStart.advanced(by: .seconds(end))))
            #expect(sentences.nextStep.contains("10 Mar 02:01") == isNamed)
        }
        #expect(Sentences(of: put, zone: .utc).nextStep.contains("10 Mar 02:01"))
        put.nextAttemptAt = runStart
        #expect(Sentences(of: put).nextStep == "Nothing to do: the next nightly run tries it again.")
    }

    @Test func `an error goes to the engineer, in words that do not depend on how often it was tried`() {
        let errors = (1...5).map { number in
            Sentences(of: record("acc", .errored, .readGivenUp, detail: "no usable answer in \(number) tries"))
        }
        #expect(Set(errors.map(\.whatHappened)).count == 1)
        #expect(errors[0].whatHappened.contains("Mono gave no usable answer, however often it was asked"))
        #expect(errors[0].nextStep.hasSuffix("mono-reconcile explain acc"))
    }

    @Test func `pending is told apart from re-authorised a moment ago`() {
        let again = record("a", .stillProcessing, .reauthorisedJustNow, apiCalls: 0)
        #expect(Sentences(of: again).whatHappened.contains("logged in to the bank again a moment ago"))
        let linked = record("a", .stillProcessing, .linkedAgain)
        #expect(Sentences(of: linked).whatHappened.contains("linked the account again a moment ago"))
        let owed = record("a", .stillProcessing, .owesAnew)
        #expect(Sentences(of: owed).whatHappened.contains("asked for a moment ago"))
        #expect(Sentences(of: record("a", .stillProcessing)).whatHappened.contains("nothing has failed"))
    }

    @Test func `a bank's name cannot break the line or act on a terminal`() {
        let name = "Bad\u{1B}[31m\nBank" + String(repeating: "x", count: 200)
        let sentence = Sentences(of: record("a", .bankUnavailable, institution: name)).whatHappened
        #expect(sentence.contains("Bad\u{FFFD}[31m\u{FFFD}Bank"))
        #expect(sentence.count < 200)
    }

    @Test func `an open case is not given an outcome`() {
        #expect(Sentences(of: record("a", nil)).whatHappened == "This account is not finished yet.")
        #expect(OneLine.text(of: record("a", nil), zone: .lagos) == "a  open  This account is not finished yet.")
    }

    @Test func `a one-off run's line is id, outcome and what happened`() {
        let line = OneLine.text(of: record("acc_1", .alreadyAvailable, reason: .requested), zone: .lagos)
        #expect(line == "acc_1  already_available  Nothing is wrong: the data of this account is there.")
    }
}
