import Reconciliation
import Testing

/// A case that another worker took and that came back to this desk is a new one.
@Suite struct DeskTakeBackTests {
    private let id = DeskNight.accounts(1)[0]

    private func desk(_ situation: Situation) -> Desk {
        var desk = Desk(
            rules: Rules(api: .realtime), limits: DeskLimits(rate: 10, concurrency: 10), budget: nil, seed: 1)
        _ = desk.actions(at: storyStart)
        desk.claimed([DeskNight.claim(id, situation)], more: false, at: storyStart)
        return desk
    }

    /// Gives it slots and says what it does then.
    private func act(_ desk: inout Desk, at time: Timestamp) -> [Desk.Action] {
        let first = desk.actions(at: time)
        guard first.contains(where: { if case .reserve = $0 { true } else { false } }) else { return first }
        desk.granted(SlotGrant(first: time, spacing: .milliseconds(100), count: 5), at: time)
        return first + desk.actions(at: time)
    }

    @Test func `an answer to its former self tells it nothing`() {
        var desk = desk(.waiting)
        #expect(act(&desk, at: storyStart).contains(.call(id, .details)))
        let later = moment(.seconds(2))
        desk.claimed([DeskNight.claim(id, .waiting)], more: false, at: later)
        #expect(act(&desk, at: later).contains(.call(id, .details)))
        desk.answered(id, .details(.success(Details(status: .available))), number: 0, at: later)
        #expect(desk.cases[id]?.want == .answer)
        desk.answered(id, .details(.success(Details(status: .unavailable))), number: 1, at: later)
        #expect(desk.cases[id]?.want == .intent(notBefore: later))
    }

    @Test func `an intent that its former self asked for is not its own`() {
        var desk = desk(.waitingWithData)
        #expect(act(&desk, at: storyStart).contains(.intend([id])))
        let later = moment(.seconds(2))
        var claim = DeskNight.claim(id, .waitingWithData)
        claim.intent = Claim.PastIntent(at: moment(.seconds(1)), hadData: true, answer: nil, jobID: nil)
        desk.claimed([claim], more: false, at: later)
        // The other worker's stands in the row; this worker's statement was still on its way.
        let row = AccountState(dataAvailable: true, awaitingSince: storyStart)
        desk.intended([id: CommittedIntent(at: moment(.seconds(1)), account: row)], refused: [:], at: later)
        #expect(desk.cases[id]?.want != .trigger)
        #expect(!act(&desk, at: later).contains(.call(id, .trigger)))
    }

    @Test func `after a loss it asks for cases again although none were left`() {
        var desk = desk(.waitingWithData)
        let first = act(&desk, at: storyStart)
        #expect(first.contains(.intend([id])))
        #expect(!first.contains { if case .claim = $0 { true } else { false } })
        desk.intended([:], refused: [:], at: moment(.seconds(1)))
        #expect(desk.cases.isEmpty)
        #expect(act(&desk, at: moment(.seconds(1))).contains { if case .claim = $0 { true } else { false } })
    }

    @Test func `what waits for its former self does not wait for it`() {
        var desk = desk(.waitingWithData)
        desk.claimed([DeskNight.claim(id, .waitingWithData)], more: false, at: storyStart)
        let intents = act(&desk, at: storyStart).filter { if case .intend = $0 { true } else { false } }
        #expect(intents == [.intend([id])])
    }

    @Test(arguments: [false, true])
    func `a loss while a claim is under way makes it ask once more`(isLost: Bool) {
        var desk = desk(.waitingWithData)
        desk.claimed([DeskNight.claim(id, .waitingWithData)], more: true, at: storyStart)
        let first = act(&desk, at: storyStart)
        #expect(first.contains(.intend([id])))
        #expect(first.contains { if case .claim = $0 { true } else { false } })
        let row = AccountState(dataAvailable: true, awaitingSince: storyStart)
        let committed = [id: CommittedIntent(at: storyStart, account: row)]
        desk.intended(isLost ? [:] : committed, refused: [:], at: storyStart)
        desk.claimed([], more: false, at: storyStart)
        for seconds in 1...2 {
            let later = act(&desk, at: moment(.seconds(seconds)))
            #expect(later.contains { if case .claim = $0 { true } else { false } } == (isLost && seconds == 1))
            if isLost { desk.claimed([], more: false, at: moment(.seconds(seconds))) }
        }
    }

    /// A desk that writes the settlement of its only case, which is claimed again before the answer if so wanted.
    private func writingDesk(isTakenBack: Bool) -> Desk {
        var desk = desk(.waiting)
        #expect(act(&desk, at: storyStart).contains(.call(id, .details)))
        desk.answered(id, .details(.success(Details(status: .available))), number: 0, at: storyStart)
        #expect(act(&desk, at: storyStart).contains { if case .write = $0 { true } else { false } })
        if isTakenBack { desk.claimed([DeskNight.claim(id, .waiting)], more: false, at: storyStart) }
        return desk
    }

    @Test(arguments: [false, true])
    func `a late answer that its former self is settled drops only that one`(isTakenBack: Bool) {
        var desk = writingDesk(isTakenBack: isTakenBack)
        var result = WriteResult()
        result.settled = [id]
        desk.wrote(result, at: storyStart)
        #expect(desk.cases[id]?.want == (isTakenBack ? .call(.details, notBefore: storyStart) : nil))
        #expect(desk.settled == (isTakenBack ? [:] : [.alreadyAvailable: 1]))
    }

    @Test(arguments: [false, true])
    func `a late answer that its former self is lost drops only that one`(isTakenBack: Bool) {
        var desk = writingDesk(isTakenBack: isTakenBack)
        var result = WriteResult()
        result.lost = [id]
        desk.wrote(result, at: storyStart)
        #expect(desk.cases[id]?.want == (isTakenBack ? .call(.details, notBefore: storyStart) : nil))
    }
}
