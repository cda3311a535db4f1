import DequeModule

/// Starts that wait, each in its bank's lane; the scouts of all banks share one.
struct BankQueues: Sendable {
    /// Where a start waits.
    enum Lane: Hashable, Sendable {
        case first
        case bank(String)
    }

    private var lanes: [Lane: Deque<WorkQueues.Ticket>] = [:]

    /// Banks whose starts wait.
    var banks: Set<String> {
        Set(
            lanes.keys.compactMap { lane in
                if case .bank(let name) = lane { name } else { nil }
            })
    }

    mutating func append(_ ticket: WorkQueues.Ticket, to lane: Lane) { lanes[lane, default: Deque()].append(ticket) }

    /// The lane's tickets, stale ones included.
    func tickets(of lane: Lane) -> [WorkQueues.Ticket] { Array(lanes[lane] ?? Deque()) }

    /// How many tickets may begin, how many of them wait for their bank's scouts, and how many are paused; stale ones
    /// included.
    func counts(_ rank: (Lane) -> BankBook.Rank) -> (free: Int, unproven: Int, paused: Int) {
        var counts = (free: 0, unproven: 0, paused: 0)
        for (lane, tickets) in lanes {
            switch rank(lane) {
            case .first, .open: counts.free += tickets.count
            case .unproven:
                counts.free += tickets.count
                counts.unproven += tickets.count
            case .paused: counts.paused += tickets.count
            }
        }
        return counts
    }

    /// Takes the ticket that is the oldest among those of the best rank; none of a paused bank.
    mutating func popFirst(_ rank: (Lane) -> BankBook.Rank) -> WorkQueues.Ticket? {
        var best: (rank: BankBook.Rank, ticket: WorkQueues.Ticket, lane: Lane)?
        for (lane, tickets) in lanes {
            guard let ticket = tickets.first else { continue }
            let rank = rank(lane)
            guard rank < .paused else { continue }
            if let best, (best.rank, best.ticket.generation) <= (rank, ticket.generation) { continue }
            best = (rank, ticket, lane)
        }
        guard let best else { return nil }
        remove(from: best.lane)
        return best.ticket
    }

    /// Drops the tickets at the front of each lane that are not current.
    mutating func dropStale(_ isCurrent: (WorkQueues.Ticket) -> Bool) {
        for lane in lanes.keys {
            while let first = lanes[lane]?.first, !isCurrent(first) { remove(from: lane) }
        }
    }

    private mutating func remove(from lane: Lane) {
        lanes[lane]?.removeFirst()
        if lanes[lane]?.isEmpty ?? false { lanes[lane] = nil }
    }
}
