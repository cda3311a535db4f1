import Testing

@testable import Reconciliation

/// When Mono counts as unreachable.
@Suite struct ReachabilityTests {
    @Test func `the first five calls without an answer are enough, in whatever order they end`() {
        var reachability = Reachability()
        for number in [3, 0, 4, 1] { #expect(reachability.saw(answer: false, ofCall: number, at: storyStart) == nil) }
        // A sixth call that ends earlier is none of the first five.
        #expect(reachability.saw(answer: false, ofCall: 5, at: storyStart) == nil)
        #expect(reachability.saw(answer: false, ofCall: 2, at: storyStart) != nil)
    }

    @Test(arguments: 0..<5)
    func `not when one of them was answered`(answered: Int) {
        var reachability = Reachability()
        for number in 0..<19 {
            #expect(reachability.saw(answer: number == answered, ofCall: number, at: storyStart) == nil)
        }
    }

    @Test(arguments: zip([29_999, 30_000], [false, true]))
    func `later it takes twenty calls in a row and half a minute`(milliseconds: Int, isUnreachable: Bool) {
        var reachability = Reachability()
        #expect(reachability.saw(answer: true, ofCall: 0, at: storyStart) == nil)
        for number in 1...19 { #expect(reachability.saw(answer: false, ofCall: number, at: storyStart) == nil) }
        let last = reachability.saw(answer: false, ofCall: 20, at: moment(.milliseconds(milliseconds)))
        #expect((last != nil) == isUnreachable)
    }

    @Test func `nineteen calls are not enough, however long they took`() {
        var reachability = Reachability()
        _ = reachability.saw(answer: true, ofCall: 0, at: storyStart)
        for number in 1...19 {
            #expect(reachability.saw(answer: false, ofCall: number, at: moment(.seconds(60 * number))) == nil)
        }
        #expect(reachability.saw(answer: true, ofCall: 20, at: moment(.seconds(1_300))) == nil)
        #expect(reachability.saw(answer: false, ofCall: 21, at: moment(.seconds(1_400))) == nil)
    }
}
