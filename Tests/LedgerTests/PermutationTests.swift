import Postgres
import Testing

/// Events in every order.
@Suite struct PermutationTests {
    /// An account with what it was before, the events in their order of arrival, and what must become of it.
    private struct Sequence {
        var account: String
        var before: EventState
        var events: [TimedEvent]
        var expected: EventState
    }

    @Test func `timed events leave the same whole state in every order, that of their times`() async throws {
        var random = SeededGenerator(state: 4)
        var sequences: [Sequence] = []
        for round in 0..<150 {
            let events = (1...Int.random(in: 2...6, using: &random)).map { minute in
                TimedEvent(
                    kind: EventKind.all.randomElement(using: &random) ?? EventKind.all[0], minute: minute,
                    hasID: Bool.random(using: &random))
            }
            let before = EventState.random(using: &random)
            let expected = before.after(events)
            for (index, order) in orders(of: events, atMost: 40, using: &random).enumerated() {
                sequences.append(
                    Sequence(
                        account: "r\(round)-\(index)", before: before,
                        events: index == 0 ? order : repeating(order, using: &random), expected: expected))
            }
        }
        #expect(sequences.count > 2_500)
        try await play(sequences) { $0 == $1.expected.text }
    }

    @Test func `with times or without, in no order does a good event end without data`() async throws {
        var random = SeededGenerator(state: 5)
        var sequences: [Sequence] = []
        let kinds = EventKind.all.filter { !$0.isUnlink }
        for round in 0..<300 {
            var events = (1...Int.random(in: 1...5, using: &random)).map { _ in
                TimedEvent(
                    kind: kinds.randomElement(using: &random) ?? kinds[0],
                    minute: Bool.random(using: &random) ? Int.random(in: 1...4, using: &random) : nil, hasID: false)
            }
            events.append(
                TimedEvent(
                    kind: EventKind.goodOnes.randomElement(using: &random) ?? kinds[0],
                    minute: Bool.random(using: &random) ? Int.random(in: 1...4, using: &random) : nil, hasID: true))
            for (index, order) in orders(of: events, atMost: 8, using: &random).enumerated() {
                sequences.append(
                    Sequence(
                        account: "r\(round)-\(index)", before: EventState(),
                        events: repeating(order, using: &random), expected: EventState()))
            }
        }
        try await play(sequences) { found, _ in found.hasPrefix("data ") }
    }

    /// Records the sequences, many in one statement, and holds every account against what must be.
    private func play(_ sequences: [Sequence], _ isRight: (String, Sequence) -> Bool) async throws {
        let database = try await migratedDatabase()
        var wrong: [String] = []
        for start in stride(from: 0, to: sequences.count, by: 500) {
            let part = sequences[start..<min(start + 500, sequences.count)]
            try await insert(part, into: database)
            let payloads = part.flatMap { sequence in sequence.events.map { $0.payload(sequence.account) } }
            let failures = try await database.texts(
                """
                select effect from (
                    select mono.record_event(p.payload::jsonb) as effect
                    from unnest(\(payloads)) with ordinality as p (payload, place)
                ) e where effect not in ('applied', 'stale', 'duplicate', 'ignored')
                """)
            #expect(failures == [])
            let found = try await database.texts(
                """
                select \(EventState.select)
                from unnest(\(part.map(\.account))) with ordinality as n (account_id, place)
                join mono.accounts using (account_id) order by n.place
                """)
            try #require(found.count == part.count)
            for (state, sequence) in zip(found, part) where !isRight(state, sequence) {
                wrong.append("\(sequence.before.text); \(sequence.events): \(state), not \(sequence.expected.text)")
            }
        }
        #expect(wrong.isEmpty, "\(wrong.count) of \(sequences.count): \(wrong.prefix(3).joined(separator: "\n"))")
    }

    private func insert(_ sequences: ArraySlice<Sequence>, into database: Database) async throws {
        let before = sequences.map(\.before)
        try await database.execute(
            """
            insert into mono.accounts (account_id, source, data_available, awaiting_update_since,
                reauthorisation_required_since, consecutive_failures, retry_after)
            select id, 'event', data, case when owes then now() end, case when flagged then now() end, failures,
                case when failures > 0 then now() end
            from unnest(\(sequences.map(\.account)), \(before.map(\.hasData)), \(before.map(\.owes)),
                \(before.map(\.isFlagged)), \(before.map(\.failures))) as b (id, data, owes, flagged, failures)
            """)
    }

    /// All orders, or a sample of them; the first is the given one.
    private func orders(
        of events: [TimedEvent], atMost limit: Int, using random: inout SeededGenerator
    ) -> [[TimedEvent]] {
        var orders: [[TimedEvent]] = [[]]
        for event in events {
            orders = orders.flatMap { order in
                (0...order.count).reversed().map { place in
                    var longer = order
                    longer.insert(event, at: place)
                    return longer
                }
            }
        }
        return [orders[0]] + orders.dropFirst().shuffled(using: &random).prefix(limit - 1)
    }

    /// The events with up to three of them delivered again, anywhere later.
    private func repeating(_ events: [TimedEvent], using random: inout SeededGenerator) -> [TimedEvent] {
        var all = events
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let original = Int.random(in: 0..<all.count, using: &random)
            all.insert(all[original], at: Int.random(in: (original + 1)...all.count, using: &random))
        }
        return all
    }
}

extension EventState {
    fileprivate static func random(using random: inout SeededGenerator) -> EventState {
        var state = EventState()
        state.hasData = Bool.random(using: &random)
        state.owes = Bool.random(using: &random)
        state.isFlagged = Bool.random(using: &random)
        state.failures = Int.random(in: 0...1, using: &random) * 3
        return state
    }
}
