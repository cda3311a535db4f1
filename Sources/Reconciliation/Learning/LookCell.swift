/// What a look reads: the job's status or the account's details.
package enum LookKind: String, Sendable, CaseIterable {
    case job, details
}

/// Whose latencies are learned together: one bank's, by one kind of look.
package struct LookKey: Hashable, Sendable, Comparable {
    /// The API generation.
    package var api: APIGeneration
    /// What is read.
    package var kind: LookKind
    /// The bank's name; empty if it is not known.
    package var institution: String

    package init(api: APIGeneration, kind: LookKind, institution: String) {
        self.api = api
        self.kind = kind
        self.institution = institution
    }

    /// Orders by generation, kind and the UTF-8 bytes of the name.
    package static func < (left: Self, right: Self) -> Bool {
        if left.api != right.api { return left.api.rawValue < right.api.rawValue }
        if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
        return left.institution.utf8.lexicographicallyPrecedes(right.institution.utf8)
    }
}

/// What is known of one sync's latency: it ended after one edge and not after another.
package struct LookCell: Hashable, Sendable, Comparable {
    /// The last edge at which it was seen processing; 0 if it never was.
    package var from: Int
    /// The first edge at which it was seen ended; nil if it was not.
    package var to: Int?

    package init(from: Int, to: Int?) {
        self.from = from
        self.to = to
    }

    /// The cell of a sync last seen processing and first seen ended at these times after its trigger.
    ///
    /// nil if that says nothing: it was never seen in any state.
    package init?(processingAt: Duration, endedAt: Duration?) {
        from = LatencyGrid.lastEdge(atMost: processingAt)
        to = endedAt.map { max(LatencyGrid.firstEdge(atLeast: $0), 1) }
        guard let to else {
            if from == 0 { return nil }
            return
        }
        // Both states may have been seen within one step of the grid, or beyond its last edge.
        from = min(from, to - 1)
    }

    /// The cell of a sync whose end was told by an event: one step of the grid.
    package init(toldAt time: Duration) {
        let edge = max(LatencyGrid.firstEdge(atLeast: time), 1)
        self.init(from: edge - 1, to: edge)
    }

    /// Orders by beginning, then by end; "not seen ended" comes last.
    package static func < (left: Self, right: Self) -> Bool {
        (left.from, left.to ?? .max) < (right.from, right.to ?? .max)
    }
}
