import HeapModule
package import Reconciliation

/// A length of virtual time in microseconds: whole numbers, so that every machine computes the same.
package typealias Micros = Int64

let aMillisecond: Micros = 1_000
let aSecond: Micros = 1_000_000
let aMinute: Micros = 60 * aSecond
let anHour: Micros = 60 * aMinute

/// The one clock of a world; only its loop moves it.
package final class VirtualClock {
    /// When every world begins.
    package static let beginning = Timestamp(microseconds: 1_800_000_000_000_000)

    package var now = VirtualClock.beginning

    package init() {}
}

extension Timestamp {
    func after(_ time: Micros) -> Timestamp { Timestamp(microseconds: microseconds + time) }

    /// The time from `earlier` to this.
    func from(_ earlier: Timestamp) -> Micros { microseconds - earlier.microseconds }

    func after(_ duration: Duration) -> Timestamp { after(duration.micros) }
}

extension Duration {
    var micros: Micros {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}

/// What is to happen, by time; what was added first comes first at one time.
struct Agenda {
    typealias Item = () -> Void

    private struct Entry: Comparable {
        var at: Int64
        var number: Int
        var slot: Int

        static func < (left: Self, right: Self) -> Bool {
            left.at < right.at || left.at == right.at && left.number < right.number
        }
    }

    private var heap = Heap<Entry>()
    private var items: [Item?] = []
    private var free: [Int] = []
    private var count = 0

    mutating func add(at time: Timestamp, _ item: @escaping Item) {
        count += 1
        let slot: Int
        if let last = free.popLast() {
            slot = last
            items[slot] = item
        } else {
            slot = items.count
            items.append(item)
        }
        heap.insert(Entry(at: time.microseconds, number: count, slot: slot))
    }

    mutating func next() -> (at: Timestamp, item: Item)? {
        guard let entry = heap.popMin(), let item = items[entry.slot] else { return nil }
        items[entry.slot] = nil
        free.append(entry.slot)
        return (Timestamp(microseconds: entry.at), item)
    }

    mutating func clear() { self = Agenda() }
}

/// Draws from one seed.
struct Dice {
    private var source: SplitMix64

    init(seed: UInt64) { source = SplitMix64(seed: seed) }

    mutating func chance(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &source) < probability
    }

    mutating func unit() -> Double { Double.random(in: 0..<1, using: &source) }

    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &source) }

    mutating func time(_ range: ClosedRange<Micros>) -> Micros { Micros.random(in: range, using: &source) }

    /// Spread evenly over the orders of magnitude between two bounds; doublings only, so that no machine's
    /// logarithm matters.
    mutating func spread(_ low: Micros, _ high: Micros) -> Micros {
        var doublings = 0
        while low << (doublings + 1) <= high { doublings += 1 }
        let floor = low << int(0...doublings)
        return min(high, floor + time(0...floor))
    }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[int(0...values.count - 1)] }

    mutating func seed() -> UInt64 { source.next() }
}
