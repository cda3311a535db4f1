import Testing

@testable import Reconciliation

/// Until when no call may leave, and who has to be told.
@Suite struct CallHoldTests {
    @Test func `a hold is extended by what it gains`() {
        var hold = CallHold()
        #expect(hold.until == nil)
        #expect(hold.extend(to: moment(.seconds(5)), at: moment(.seconds(2))) == .seconds(3))
        #expect(hold.extend(to: moment(.seconds(5)), at: moment(.seconds(3))) == nil)
        #expect(hold.extend(to: moment(.seconds(4)), at: moment(.seconds(3))) == nil)
        #expect(hold.until == moment(.seconds(5)))
        #expect(hold.extend(to: moment(.seconds(6)), at: moment(.seconds(3))) == .seconds(1))
        // The hold was over for two seconds.
        #expect(hold.extend(to: moment(.seconds(9)), at: moment(.seconds(8))) == .seconds(1))
        #expect(hold.until == moment(.seconds(9)))
    }

    @Test func `a hold that is over already holds nobody`() {
        var hold = CallHold()
        #expect(hold.extend(to: moment(.seconds(2)), at: moment(.seconds(2))) == nil)
        #expect(hold.until == nil)
    }

    @Test(arguments: zip([4, 5, 6], [nil, nil, moment(.seconds(6))] as [Timestamp?]))
    func `the others are told of a hold that is longer than the one they know`(seconds: Int, message: Timestamp?) {
        var hold = CallHold()
        _ = hold.extend(to: moment(.seconds(5)), at: storyStart)
        hold.heard(until: moment(.seconds(seconds)))
        #expect(hold.takeMessage() == message)
        #expect(hold.takeMessage() == nil)
    }

    @Test func `a message is being told until it is answered`() {
        var hold = CallHold()
        for seconds in 1...2 {
            hold.heard(until: moment(.seconds(seconds)))
            #expect(hold.takeMessage() == moment(.seconds(seconds)))
        }
        hold.told()
        #expect(hold.isBeingTold)
        hold.told()
        #expect(!hold.isBeingTold)
    }

    @Test func `an answer without a message is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) {
            var hold = CallHold()
            hold.told()
        }
    }
}
