import Testing

@testable import Reconciliation

/// Which elements of a batch stand alone, and at what cost.
struct HalvingTests {
    /// Tries a batch at a store that refuses parts with any of these elements; returns what was written, and the tries.
    private static func halve(_ count: Int, refusing bad: Set<Int>, _ kind: RowFault.Kind = .refused) -> (
        halving: Halving<Int>, written: [Int], tries: Int
    ) {
        var halving = Halving(Array(0..<count))
        var written: [Int] = []
        var tries = 0
        while let part = halving.next() {
            tries += 1
            if bad.isDisjoint(with: part) { written += part } else { halving.failed(part, RowFault(kind, "no")) }
        }
        return (halving, written, tries)
    }

    @Test(arguments: [[], [0], [499], [250], [3, 4], [0, 250, 499]])
    func `all others are written, each once`(bad: Set<Int>) {
        let (halving, written, tries) = Self.halve(500, refusing: bad)
        #expect(Set(halving.faulty.map(\.element)) == bad)
        #expect(written.sorted() == (0..<500).filter { !bad.contains($0) })
        // Two tries for each of nine halvings at most.
        #expect(tries <= 1 + bad.count * 18)
    }

    @Test func `nothing is tried of an empty batch`() {
        #expect(Self.halve(0, refusing: []).tries == 0)
    }

    @Test func `a batch that is refused as a whole is tried twice an element at most`() {
        let (halving, written, tries) = Self.halve(64, refusing: Set(0..<64))
        #expect(halving.faulty.count == 64 && written.isEmpty && tries == 127)
    }

    @Test func `of a thing that locks everybody out few are tried, and all are told`() {
        let (halving, written, tries) = Self.halve(500, refusing: Set(0..<500), .locked)
        #expect(tries == Halving<Int>.mostWaits && written.isEmpty)
        #expect(halving.faulty.map(\.element).sorted() == Array(0..<500))
        // One that is locked is found before that.
        #expect(Self.halve(500, refusing: [0], .locked).halving.faulty.map(\.element) == [0])
    }

    @Test func `a locked row is asked for after growing pauses`() {
        var wait = RowWait(since: storyStart)
        var pauses: [Duration] = [wait.retryAt.since(storyStart)]
        for _ in 1...6 {
            let now = wait.retryAt
            wait.again(at: now)
            pauses.append(wait.retryAt.since(now))
        }
        #expect(
            pauses == [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), .seconds(4)] + [
                .seconds(5), .seconds(5),
            ])
        #expect(wait.since == storyStart)
    }
}
