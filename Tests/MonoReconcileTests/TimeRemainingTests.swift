import Testing

@testable import MonoReconcile

/// An estimate is told when it can be kept, and not before.
struct TimeRemainingTests {
    private static func pace(_ settled: [(Int64, Int)]) -> TimeRemaining {
        var pace = TimeRemaining()
        for (seconds, count) in settled { pace.saw(settled: count, at: .seconds(seconds)) }
        return pace
    }

    private static func steady(_ seconds: Int64, perSecond: Int = 2) -> TimeRemaining {
        pace((0...seconds).map { ($0, Int($0) * perSecond) })
    }

    private static let window = Duration.seconds(300)

    @Test func `a steady pace tells when the rest is settled, and a window more`() {
        #expect(
            Self.steady(20).estimate(open: 600, unasked: 500, lastWindow: nil, window: Self.window)
                == .between(.seconds(300), .seconds(600)))
    }

    @Test func `too little was seen for 19 seconds, and while fewer than ten are settled`() {
        #expect(Self.steady(19).estimate(open: 9, unasked: 9, lastWindow: nil, window: Self.window) == nil)
        let nine = Self.pace((0...40).map { ($0, Int($0) * 9 / 40) })
        #expect(nine.estimate(open: 9, unasked: 9, lastWindow: nil, window: Self.window) == nil)
        #expect(TimeRemaining().estimate(open: 9, unasked: 9, lastWindow: nil, window: Self.window) == nil)
    }

    @Test func `a pace that changed by more than half tells nothing`() {
        let slower = Self.pace((0...40).map { ($0, $0 <= 20 ? Int($0) * 5 : 100 + (Int($0) - 20) * 2) })
        #expect(slower.estimate(open: 9, unasked: 9, lastWindow: nil, window: Self.window) == nil)
        let faster = Self.pace((0...40).map { ($0, $0 <= 20 ? Int($0) : 20 + (Int($0) - 20) * 3) })
        #expect(faster.estimate(open: 9, unasked: 9, lastWindow: nil, window: Self.window) == nil)
        let stopped = Self.pace((0...40).map { ($0, min(Int($0), 20) * 5) })
        #expect(stopped.estimate(open: 9, unasked: 9, lastWindow: nil, window: Self.window) == nil)
    }

    @Test func `what is long ago does not count`() {
        let sleepy = Self.pace((0...400).map { ($0, $0 < 200 ? 0 : (Int($0) - 200) * 2) })
        #expect(
            sleepy.estimate(open: 20, unasked: 20, lastWindow: nil, window: Self.window)
                == .between(.seconds(10), .seconds(310)))
    }

    @Test func `once everything is asked for, the last window's end is a bound`() {
        let pace = Self.steady(20)
        #expect(
            pace.estimate(open: 3, unasked: 0, lastWindow: .seconds(7), window: Self.window) == .atMost(.seconds(7)))
        // The last looks are still under way.
        #expect(pace.estimate(open: 3, unasked: 0, lastWindow: .zero, window: Self.window) == nil)
        #expect(pace.estimate(open: 0, unasked: 0, lastWindow: .seconds(7), window: Self.window) == nil)
    }
}
