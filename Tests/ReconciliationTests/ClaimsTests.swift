import Testing

@testable import Reconciliation

/// When cases are claimed, and what may have changed meanwhile.
@Suite struct ClaimsTests {
    private let accounts = SchedulerNight.accounts(3)
    private let later = moment(.seconds(1))

    /// After one claim that was answered at the start.
    private func claims(asksForNew: Bool = true, isEmpty: Bool, more: Bool) -> Claims {
        var claims = Claims()
        _ = claims.begin(asksForNew: asksForNew)
        _ = claims.end(isEmpty: isEmpty, more: more, at: storyStart)
        return claims
    }

    @Test func `the first claim is due at once, and none while one is under way`() {
        var claims = Claims()
        #expect(claims.nextDue(hasRoom: true, at: storyStart) == storyStart)
        #expect(claims.begin(asksForNew: true) == 1)
        #expect(claims.isUnderWay && claims.nextDue(hasRoom: true, at: later) == nil)
        _ = claims.end(isEmpty: false, more: true, at: storyStart)
        #expect(!claims.isUnderWay)
        #expect(claims.begin(asksForNew: false) == 2)
    }

    @Test(arguments: [
        (true, false, 1_000), (true, true, 500), (false, false, 500), (false, true, 500),
    ])
    func `the next claim is due at once only where it may bring new cases`(hasRoom: Bool, isEmpty: Bool, after: Int) {
        let claims = claims(isEmpty: isEmpty, more: true)
        #expect(claims.nextDue(hasRoom: hasRoom, at: later) == moment(.milliseconds(after)))
    }

    @Test func `a claim that asked for dead workers' syncs alone does not tell that there are no new cases`() {
        let claims = claims(asksForNew: false, isEmpty: true, more: true)
        #expect(claims.nextDue(hasRoom: true, at: later) == later)
        #expect(!claims.isExhausted)
    }

    @Test func `when no open case is left nothing is claimed, until a case is lost`() {
        var claims = claims(isEmpty: false, more: false)
        #expect(claims.nextDue(hasRoom: true, at: later) == nil)
        #expect(claims.isExhausted && !claims.mayBringMore)
        claims.lost()
        #expect(claims.nextDue(hasRoom: true, at: later) == later)
        #expect(!claims.isExhausted && claims.mayBringMore)
    }

    @Test func `cases that others hold are as good as none, but not while a claim may bring them`() {
        var claims = claims(isEmpty: true, more: true)
        #expect(claims.isExhausted)
        _ = claims.begin(asksForNew: true)
        #expect(!claims.isExhausted)
    }

    @Test func `a case that is lost during a claim is asked for once more`() {
        var claims = Claims()
        _ = claims.begin(asksForNew: true)
        claims.lost()
        _ = claims.end(isEmpty: true, more: false, at: storyStart)
        #expect(claims.mayBringMore)
        _ = claims.begin(asksForNew: true)
        _ = claims.end(isEmpty: true, more: false, at: storyStart)
        #expect(!claims.mayBringMore)
    }

    @Test func `only what changes during a claim may be other than the claim read it`() {
        var claims = Claims()
        claims.noteChange(of: [accounts[0]])
        _ = claims.begin(asksForNew: true)
        claims.noteChange(of: [accounts[1]])
        let changes = claims.end(isEmpty: false, more: true, at: storyStart)
        #expect(accounts.map(changes.mayInclude) == [false, true, false])
        _ = claims.begin(asksForNew: true)
        #expect(claims.end(isEmpty: false, more: true, at: storyStart) == .some([]))
    }

    @Test(arguments: zip([nil, 0, 1] as [Int?], [true, false, true]))
    func `beyond a thousand changed accounts any may have changed`(excess: Int?, isAny: Bool) {
        var claims = Claims()
        _ = claims.begin(asksForNew: true)
        claims.noteChange(of: excess.map { SchedulerNight.accounts(WorkerLimits.changesKept + $0) })
        claims.noteChange(of: [])
        #expect((claims.end(isEmpty: false, more: true, at: storyStart) == .any) == isAny)
    }
}
