import Reconciliation
import Testing

@Suite struct ScheduleTests {
    @Test(arguments: [
        (0, Duration.seconds(2)), (1, .seconds(3.2)), (2, .seconds(5.12)), (6, .milliseconds(33_554.432)),
        (7, .seconds(45)), (8, .seconds(45)), (1_000_000, .seconds(45)),
    ])
    func `waits grow by the factor and stop at the maximum`(looks: Int, expected: Duration) {
        let delay = PollSchedule().delay(afterLooks: looks)
        // The factor is a binary fraction: a microsecond is close enough.
        #expect(abs(delay / .microseconds(1) - expected / .microseconds(1)) < 1)
    }

    @Test func `a factor of one keeps the first wait`() {
        let schedule = PollSchedule(first: .seconds(7), factor: 1, maximum: .seconds(45))
        #expect(schedule.delay(afterLooks: 0) == .seconds(7))
        #expect(schedule.delay(afterLooks: 99) == .seconds(7))
    }

    @Test func `a first wait above the maximum is cut to it`() {
        let schedule = PollSchedule(first: .seconds(90), factor: 2, maximum: .seconds(45))
        #expect(schedule.delay(afterLooks: 0) == .seconds(45))
        #expect(schedule.delay(afterLooks: 3) == .seconds(45))
    }

    @Test(arguments: [(1, 500), (2, 1_000), (3, 2_000), (4, 4_000), (5, 8_000), (7, 30_000), (60, 30_000)])
    func `repeats have full jitter under a doubling bound of at most 30 seconds`(number: Int, bound: Int) {
        #expect(ReadRepeats.delay(beforeRepeat: number, chance: 0) == .zero)
        #expect(ReadRepeats.delay(beforeRepeat: number, chance: 0.5) == .milliseconds(bound) / 2)
        let nearlyAll = ReadRepeats.delay(beforeRepeat: number, chance: 0.999_999)
        #expect(nearlyAll < .milliseconds(bound))
        #expect(nearlyAll > .milliseconds(bound) * 0.999)
    }

    @Test(arguments: [(300, 10_000), (40, 10_000), (39, 9_750), (20, 5_000), (4, 1_000)])
    func `a failure may wait for its reason 10 seconds and at most a quarter of the window`(
        windowSeconds: Int, milliseconds: Int
    ) {
        let rules = Rules(api: .realtime, window: .seconds(windowSeconds))
        #expect(rules.explanationWait == .milliseconds(milliseconds))
    }

    @Test func `Mono's own limit follows the API generation unless it is given`() {
        #expect(Rules(api: .realtime).syncLimit == .seconds(300))
        #expect(Rules(api: .dataSync).syncLimit == .seconds(120))
        #expect(Rules(api: .dataSync, syncLimit: .seconds(7)).syncLimit == .seconds(7))
    }
}
