import Reconciliation
import Testing

@testable import Reports

@Suite struct CaseGroupsTests {
    @Test func `cases that differ in bank, dates, nights and id share their sentences`() throws {
        let all = (0..<9).map { number in
            var one = record("a\(number)", .reauthorisationRequired, institution: "bank \(number)", nights: number + 1)
            one.reason = .reauthorisationRequired
            one.stuckSince = runStart.advanced(by: .seconds(-86_400 * number))
            return one
        }
        let groups = try #require(CaseGroup.all(of: run(all))[.customer])
        #expect(groups.count == 1)
        #expect(groups[0].rows.count == 9 && groups[0].rows.allSatisfy { $0.note == nil })
        let told = groups[0].sentences.whatHappened
        #expect(told.contains("at the bank "))
        for particular in ["bank 0", "2026", "night"] { #expect(!told.contains(particular), "\(told)") }
    }

    @Test(arguments: Outcome.allCases)
    func `no group's sentences name one case's bank, dates, id or number of nights`(outcome: Outcome) {
        let all = (5...9).map { number in
            var one = record("a\(number)", outcome, institution: "Zenith", nights: number, detail: "why")
            one.stuckSince = runStart.advanced(by: .seconds(-86_400 * number))
            one.nextAttemptAt = runStart
            return one
        }
        let groups = CaseGroup.all(of: run(all)).values.flatMap { $0 }
        #expect(groups.count == 1)
        for group in groups {
            let told = group.sentences.whatHappened + group.sentences.nextStep
            for particular in ["Zenith", "2026", "a5", "5 nights", "night 5"] { #expect(!told.contains(particular)) }
        }
    }

    @Test func `another next step is another group`() {
        let all = (0..<6).map { record("a\($0)", .partial, nights: $0 < 3 ? 1 : 2) }
        let groups = CaseGroup.all(of: run(all))
        #expect(groups[.customer]?.map(\.rows.count) == [3])
        #expect(groups[.use]?.map(\.rows.count) == [3])
    }

    @Test func `a cause that few share is told beside each of them`() throws {
        let causes = [Cause.budget, .tooSoon, .tryLater, .keyRefused]
        let all = [0, 0, 0, 1, 1, 1, 2, 2, 3].enumerated().map { record("\($0)", .deferred, causes[$1]) }
        let facts = RunFacts(run(all))
        let told = causes.map { Sentences(of: record("a", .deferred, $0), in: facts).whatHappened }
        let groups = try #require(CaseGroup.all(of: run(all))[.nobody])
        #expect(groups.map(\.rows.count) == [6, 3])
        let common = try #require(told.firstIndex(of: groups[0].sentences.whatHappened))
        #expect(common < 2)
        #expect(groups[0].rows.compactMap(\.note) == [told[2], told[2], told[3]])
        #expect(groups[1].sentences.whatHappened == told[1 - common])
    }

    @Test func `without a common cause each account tells its own, and the group none`() throws {
        let causes = [Cause.budget, .tooSoon, .tryLater, .tryLater]
        let all = causes.enumerated().map { record("\($0)", .deferred, $1) }
        let groups = try #require(CaseGroup.all(of: run(all))[.nobody])
        #expect(groups.map(\.sentences.whatHappened) == ["Not finished tonight."])
        let facts = RunFacts(run(all))
        #expect(groups[0].rows.compactMap(\.note) == all.map { Sentences(of: $0, in: facts).whatHappened })
        let few = CaseGroup.all(of: run(Array(all.suffix(2))))[.nobody]
        #expect(few?.map(\.sentences.whatHappened) == [Sentences(of: all[3], in: facts).whatHappened])
        #expect(few?.first?.rows.allSatisfy { $0.note == nil } == true)
    }

    @Test func `errors of one cause are one group, whatever the engineer's words`() throws {
        let all = (0..<9).map { record("\($0)", .errored, $0 < 5 ? .readGivenUp : .noConnection, detail: "try \($0)") }
        let groups = try #require(CaseGroup.all(of: run(all))[.engineer])
        #expect(groups.map(\.rows.count) == [5, 4])
        #expect(groups.allSatisfy { group in group.rows.allSatisfy { $0.note == nil } })
    }

    @Test func `an engineer's next step stands for every account`() {
        let all = (0..<4).map { record("a\($0)", .errored, detail: "why") }
        let groups = CaseGroup.all(of: run(all))[.engineer]
        #expect(groups?.count == 1)
        #expect(groups?.first?.sentences.nextStep.contains("explain ACCOUNT") == true)
    }

    @Test func `thousands of different words for the engineer make few groups`() {
        let all = (0..<2_000).map { record("a\($0)", .errored, detail: "cause \($0)") }
        let groups = CaseGroup.all(of: run(all)).values.flatMap { $0 }
        #expect(groups.count == 1)
        #expect(groups.reduce(0) { $0 + $1.rows.count } == 2_000)
    }

    @Test func `every case is in one group, and what is back comes last`() {
        let night = RealisticNight.run(500)
        let groups = CaseGroup.all(of: night)
        let facts = RunFacts(night)
        let ids = groups.values.flatMap { $0 }.flatMap(\.rows).map(\.record.accountID)
        #expect(ids.sorted() == night.cases.map(\.accountID).sorted())
        for (need, list) in groups {
            #expect(list.allSatisfy { group in group.rows.allSatisfy { Need(of: $0.record, in: facts) == need } })
            let states = list.map(\.outcome.isUnresolved)
            #expect(states == states.sorted { $0 && !$1 })
        }
    }

    @Test func `within one need the group with the most nights comes first, then the one that is stuck longest`() throws
    {
        var all = (0..<9).map { record("a\($0)", .accountNotFound) }
        all += [record("b1", .reauthorisationRequired, nights: 2), record("b2", .partial, nights: 7)]
        all[8].stuckSince = runStart.advanced(by: .seconds(-900))
        let groups = try #require(CaseGroup.all(of: run(all))[.customer])
        #expect(groups.map(\.outcome) == [.partial, .reauthorisationRequired, .accountNotFound])
        #expect(groups[2].rows.first?.record.accountID == "a8")
    }

    @Test func `who was not tried stands with who was, by what is known, and the reason is in no sentence of theirs`()
        throws
    {
        let all = [
            record("a", .reauthorisationRequired, nights: 3), carried("b", .reauthorisationRequired, because: .limit),
            carried("c", .reauthorisationRequired, because: .keyRefused),
            carried("d", .reauthorisationRequired, because: .readGivenUp, outcome: .errored),
        ]
        let groups = try #require(CaseGroup.all(of: run(all))[.customer])
        #expect(groups.map(\.rows.count) == [4])
        #expect(groups[0].rows.allSatisfy { $0.note == nil })
        #expect(groups[0].title == "Must re-authorise")
        #expect(!groups[0].sentences.whatHappened.contains("ot tried"))
    }

    @Test(arguments: Outcome.allCases, [1, 2, 5])
    func `no short step contradicts the heading above it`(outcome: Outcome, nights: Int) {
        for link in [nil, "https://link.mono.co/x"] {
            var one = record("a", outcome, nights: nights)
            one.reauthLink = link
            for (need, groups) in CaseGroup.all(of: run([one])) {
                for step in groups.map(\.step.text) {
                    #expect((need == .customer) == (step.hasPrefix("Ask") || step == "Send the link"), "\(step)")
                    #expect(
                        step.contains("Mono") == (need == .mono) && step.contains("engineer") == (need == .engineer))
                }
            }
        }
    }
}
