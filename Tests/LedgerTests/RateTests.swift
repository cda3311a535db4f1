import Postgres
import TestSupport
import Testing

/// The pace that all workers share.
@Suite struct RateTests {
    @Test func `slots follow each other, at most half a second's worth at a time`() async throws {
        let database = try await migratedDatabase()
        let taken = try await database.texts(
            """
            with first as materialized (select * from mono.take_slots(100, 10)),
                second as materialized (select t.* from first, lateral mono.take_slots(first.granted - 2, 10) t)
            select concat_ws(' ', first.granted, second.granted, first.spacing,
                second.first_slot_at - first.first_slot_at, first.first_slot_at >= now())
            from first, second
            """)
        #expect(taken == ["5 3 00:00:00.1 00:00:00.5 t"])
    }

    @Test(arguments: [
        (0.5, "1 00:00:02"), (1.0, "1 00:00:01"), (2.0, "1 00:00:00.5"), (3.0, "2 00:00:00.333333"),
        (4.0, "2 00:00:00.25"),
    ])
    func `a slow rate grants half a second's worth, and at least one slot`(rate: Double, expected: String) async throws
    {
        let database = try await migratedDatabase()
        let taken = try await database.texts("select granted || ' ' || spacing from mono.take_slots(9, \(rate))")
        #expect(taken == [expected])
    }

    @Test func `slots that passed unused are forfeited`() async throws {
        let database = try await migratedDatabase()
        try await database.execute("update mono.rate set next_slot_at = now() - interval '1 hour'")
        let isNow = try await database.text(
            "select (first_slot_at between now() and clock_timestamp())::text from mono.take_slots(1, 10)")
        #expect(isNow == "true")
    }

    @Test func `a hold moves the next slot for everyone`() async throws {
        let database = try await migratedDatabase()
        try await database.execute("update mono.rate set hold_until = now() + interval '1 hour'")
        let held = try await database.texts(
            "select (first_slot_at = hold_until)::text from mono.take_slots(1, 10)")
        #expect(held == ["true"])
    }

    @Test func `workers at once never get the same slot`() async throws {
        let test = try await migratedTestDatabase()
        let slots = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await test.connect().texts(
                        """
                        select (first_slot_at + n * spacing)::text
                        from mono.take_slots(5, 1000), generate_series(0, granted - 1) n
                        """)
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(slots.count == 40)
        #expect(Set(slots).count == 40)
    }

    @Test(arguments: ["0, 10", "null, 10", "1, 0", "1, -1", "1, 'NaN'", "1, 'Infinity'", "1, null"])
    func `a rate or a number without sense is refused`(arguments: String) async throws {
        let database = try await migratedDatabase()
        let error = await #expect(throws: PostgresError.self) {
            try await database.script("select mono.take_slots(\(arguments))")
        }
        #expect(error?.sqlState?.rawValue == "22023")
    }
}
