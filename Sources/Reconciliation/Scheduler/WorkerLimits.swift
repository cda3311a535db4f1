/// The limits of one worker process, and the constants of its pace.
package struct WorkerLimits: Equatable, Sendable {
    /// API calls a second, all workers together.
    package var rate: Double
    /// The most calls under way at a time in this process.
    package var concurrency: Int

    /// The most slots reserved at a time: half a second's worth, at least one.
    package var slotsAtATime: Int { max(1, Int((rate / 2).rounded(.up))) }
    /// The most cases claimed at a time.
    package var claimSize: Int { min(500, max(20, Int(rate * 2))) }

    /// - Parameters:
    ///   - rate: API calls a second, all workers together.
    ///   - concurrency: The most calls under way at a time in this process.
    package init(rate: Double, concurrency: Int) {
        self.rate = rate
        self.concurrency = concurrency
    }

    /// Calls that reading one sync's result takes: a job and the details, or the details.
    func callsASync(_ api: APIGeneration) -> Int {
        switch api {
        case .realtime: 2
        case .dataSync: 1
        }
    }

    /// The most calls in any sliding second.
    var callsASecond: Int { max(1, Int(rate.rounded(.up))) }

    /// The shortest time between two reservations.
    static let reservePause = Duration.milliseconds(500)
    /// How long before the last reserved slot the next reservation is made: no slot is missed, and none reserved long
    /// before it is needed.
    static let reserveLead = Duration.milliseconds(250)
    /// How late a slot may still be used: later calls would crowd the second after it.
    static let slotTolerance = Duration.milliseconds(30)
    /// A trigger leaves within this time after its intent's commit, or not at all.
    package static let intentLife = Duration.seconds(10)
    /// How long a launched call may take to connect before its request leaves.
    static let connectLimit = Duration.seconds(5)
    /// A request may leave within this time after its intent's commit; Mono's limit is counted from the end of it.
    package static let mayLeaveWithin = intentLife + connectLimit
    /// A trigger whose intent was committed so long ago goes before due looks.
    static let intentHurry = Duration.seconds(3)
    /// The time between two claims after a claim brought no case: a dead worker's cases go on so much later.
    static let claimPause = Duration.milliseconds(500)
    /// The time between two claims of a scheduler without room, which takes up only the syncs of dead workers.
    static let adoptionPause = Duration.milliseconds(500)
    /// How long a result may wait for others to share its transaction.
    static let writePause = Duration.milliseconds(500)
    /// The shortest time between two requests for intents, and between two readings of news: with the reservations, the
    /// writes and the looks at the others' signs a worker makes about ten transactions a second.
    static let requestPause = Duration.milliseconds(500)
    /// So many cases that wait for their banks do not keep others from being claimed.
    static let heldBackLimit = 5_000
    /// How many changed accounts are remembered while a claim is under way; beyond it any account may have changed.
    package static let changesKept = 1_000
    /// So many results do not wait for more.
    static let writeSize = 500
}
