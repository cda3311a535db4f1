import Reconciliation
import Testing

@testable import Reports

@Suite struct SentencesTests {
    static let jargon = [
        "API", "HTTP", "job", "JSON", "sync", "webhook", "null", "nil", "poll", "flag", "trigger", "outcome", "intent",
        "provider", "UNAVAILABLE", "_",
    ]

    @Test(arguments: Outcome.allCases)
    func `every outcome has two sentences without jargon, whatever is known of the case`(outcome: Outcome) {
        for variant in variants(of: outcome) {
            let sentences = Sentences(of: variant)
            for sentence in [sentences.whatHappened, sentences.nextStep] {
                #expect(sentence.count > 10)
                #expect(sentence.last == "." || sentence.hasSuffix("explain acc"))
                #expect(sentence.first?.isUppercase == true)
                #expect(sentence.utf8.count <= 300)
                for word in Self.jargon {
                    #expect(!sentence.contains(word), "\(word) in: \(sentence)")
                }
            }
        }
    }

    private func variants(of outcome: Outcome) -> [CaseRecord] {
        var variants: [CaseRecord] = []
        for reason in Reason.allCases {
            for nights in [1, 2, 9] {
                for (apiCalls, detail) in [(0, nil), (0, "not tried tonight"), (3, "the key was refused.")] {
                    var variant = record(
                        "acc", outcome, institution: "GTBank", reason: reason, nights: nights, detail: detail,
                        apiCalls: apiCalls)
                    variants.append(variant)
                    variant.institution = nil
                    variant.nextAttemptAt = runStart
                    variant.stuckSince = runStart
                    variant.reauthLink = "https://x"
                    variants.append(variant)
                }
            }
        }
        return variants
    }

    @Test func `a healthy account that was asked for is said to be healthy`() {
        let sentences = Sentences(of: record("a", .alreadyAvailable, reason: .requested))
        #expect(sentences.whatHappened == "Nothing is wrong: Mono has this account's data.")
        #expect(sentences.nextStep == "Nothing to do.")
    }

    @Test func `an account that cannot be re-authorised has to be linked again`() {
        let detail = "the job said so; Mono says that the account \(Settlement.cannotBeReauthorised)"
        let sentences = Sentences(of: record("a", .reauthorisationRequired, institution: "GTBank", detail: detail))
        #expect(sentences.whatHappened.contains("cannot be re-authorised"))
        #expect(sentences.nextStep.hasPrefix("Ask the customer to link the account again"))
        let ordinary = Sentences(of: record("a", .reauthorisationRequired, detail: "the job said so"))
        #expect(ordinary.nextStep.contains("(re-authorise the account)"))
    }

    @Test func `without a call it was the notice that came`() {
        let came = Sentences(of: record("a", .alreadyAvailable, apiCalls: 0))
        #expect(came.whatHappened.hasPrefix("Mono's notice arrived"))
        #expect(!Sentences(of: record("a", .alreadyAvailable)).whatHappened.contains("notice"))
    }

    @Test func `Mono's failure becomes the customer's on the second night`() {
        let first = Sentences(of: record("a", .providerFailed, nights: 1))
        let second = Sentences(of: record("a", .providerFailed, nights: 2))
        #expect(first.nextStep.hasPrefix("Nothing to do yet"))
        #expect(!first.whatHappened.contains("in a row"))
        #expect(second.nextStep.contains("re-authorise"))
        #expect(second.whatHappened.hasSuffix("This is night 2 in a row."))
    }

    @Test(arguments: [Outcome.reauthorisationRequired, .partial, .accountNotFound, .providerFailed])
    func `an account left alone tonight says so and when it is tried`(outcome: Outcome) {
        var left = record("a", outcome, detail: "not tried tonight", apiCalls: 0)
        left.nextAttemptAt = runStart
        let sentence = Sentences(of: left).whatHappened
        #expect(sentence.hasPrefix("Not tried tonight; the next attempt is due from 2026-03-10 02:00 UTC."))
        left.apiCalls = 1
        #expect(!Sentences(of: left).whatHappened.contains("Not tried tonight;"))
    }

    @Test func `news by event needs no call and is no repeat`() {
        let told = record("a", .reauthorisationRequired, detail: "Mono said so by event", apiCalls: 0)
        #expect(Sentences(of: told).whatHappened.hasPrefix("Mono cannot reach the account"))
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
        var put = record("a", .deferred, detail: "the budget of API calls was used up. ")
        #expect(Sentences(of: put).whatHappened == "Not finished in this run: the budget of API calls was used up.")
        #expect(Sentences(of: put).nextStep.contains("next nightly run"))
        put.nextAttemptAt = runStart
        put.detail = " . "
        #expect(Sentences(of: put).whatHappened == "Not finished in this run.")
        #expect(Sentences(of: put).nextStep == "Nothing to do: it can be tried again from 2026-03-10 02:00 UTC.")
    }

    @Test func `an error goes to the engineer with its explanation`() {
        let failed = Sentences(of: record("acc", .errored, detail: "Mono's answer could not be read"))
        #expect(failed.whatHappened.hasSuffix("For the engineer: Mono's answer could not be read."))
        #expect(failed.nextStep.hasSuffix("mono-reconcile explain acc"))
    }

    @Test func `pending is told apart from re-authorised a moment ago`() {
        let again = record("a", .stillProcessing, detail: "the customer re-authorised a moment ago", apiCalls: 0)
        #expect(Sentences(of: again).whatHappened.contains("re-authorised"))
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
        #expect(OneLine.text(of: record("a", nil)) == "a  open  This account is not finished yet.")
    }

    @Test func `a one-off run's line is id, outcome and what happened`() {
        let line = OneLine.text(of: record("acc_1", .alreadyAvailable, reason: .requested))
        #expect(line == "acc_1  already_available  Nothing is wrong: Mono has this account's data.")
    }
}
