/// Why the store did not write an account's row, which is the account's trouble and nobody else's.
package struct RowFault: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// The store will not have it so: a trigger of the business's, a value that does not fit.
        case refused
        /// Another session holds the row, or what a trigger needs.
        case locked
    }

    package var kind: Kind
    /// What the store said, for engineers.
    package var words: String

    package init(_ kind: Kind, _ words: String) {
        self.kind = kind
        self.words = words
    }
}

/// Finds out by halves which elements of a batch the store does not take, while all others are written.
///
///     var halving = Halving(batch)
///     while let part = halving.next() {
///         // Try the part; where the store refuses it:
///         halving.failed(part, fault)
///     }
///     // halving.faulty: what stood alone when it was refused.
package struct Halving<Element> {
    /// So many waits for locks tell that it is no single row: what is left is given back untried, to be tried later.
    package static var mostWaits: Int { 12 }

    /// The elements that stood alone, or were not tried any more.
    package private(set) var faulty: [(element: Element, fault: RowFault)] = []
    /// Parts still to be tried, the next one last.
    private var parts: [[Element]]
    private var waits = 0

    /// A batch that is tried as a whole first.
    package init(_ batch: [Element]) { parts = batch.isEmpty ? [] : [batch] }

    /// The next part to be tried, if there is one.
    package mutating func next() -> [Element]? { parts.popLast() }

    /// The store did not take a part.
    package mutating func failed(_ part: [Element], _ fault: RowFault) {
        if part.count == 1 {
            faulty += part.map { ($0, fault) }
        } else {
            let middle = part.count / 2
            parts.append(Array(part[middle...]))
            parts.append(Array(part[..<middle]))
        }
        guard fault.kind == .locked else { return }
        waits += 1
        guard waits >= Self.mostWaits else { return }
        faulty += parts.joined().map { ($0, fault) }
        parts = []
    }
}

/// How long a case waits for its account's row.
package struct RowWait: Equatable, Sendable {
    private static let firstPause = Duration.milliseconds(250)
    private static let longestPause = Duration.seconds(5)

    /// When the row was first found locked.
    package private(set) var since: Timestamp
    /// When the store is asked again.
    package private(set) var retryAt: Timestamp
    private var pause = Self.firstPause

    /// The row was found locked for the first time.
    package init(since now: Timestamp) {
        since = now
        retryAt = now.advanced(by: Self.firstPause)
    }

    /// The row was found locked again.
    mutating func again(at now: Timestamp) {
        pause = min(pause * 2, Self.longestPause)
        retryAt = now.advanced(by: pause)
    }

    /// The clock was moved: what is waited for is as far away as before.
    mutating func clockMoved(by jump: Duration) {
        since = since.advanced(by: jump)
        retryAt = retryAt.advanced(by: jump)
    }
}
