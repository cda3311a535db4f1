import Testing

@testable import Reconciliation

/// Why the work ends early, and what becomes of open cases and calls then.
@Suite struct EarlyEndTests {
    private let signal = StopReason.interrupted(signal: 15)

    @Test(arguments: [false, true])
    func `a stop defers the cases, and a hand-back does not`(isHandingBack: Bool) {
        var end = EarlyEnd()
        #expect(end.isNone && end.reason == nil && end.deferral == nil && !end.isHandingBack)
        let isFirst = end.begin(signal, isHandingBack: isHandingBack, givesUpCalls: false)
        #expect(isFirst && !end.isNone && end.reason == signal)
        #expect(end.isHandingBack == isHandingBack)
        #expect(end.deferral == (isHandingBack ? nil : signal))
    }

    @Test func `the first reason stays`() {
        var end = EarlyEnd()
        _ = end.begin(signal, isHandingBack: true, givesUpCalls: false)
        let isFirst = end.begin(.keyRefused("later"), isHandingBack: false, givesUpCalls: true)
        #expect(!isFirst && end.reason == signal && end.isHandingBack)
        #expect(end.takeCancellation() == false)
    }

    @Test(arguments: [false, true])
    func `calls under way are given up once`(givesUpCalls: Bool) {
        var end = EarlyEnd()
        #expect(end.takeCancellation() == false)
        _ = end.begin(signal, isHandingBack: false, givesUpCalls: givesUpCalls)
        #expect(end.takeCancellation() == givesUpCalls)
        #expect(end.takeCancellation() == false)
    }
}
