import Ledger
import Postgres
import Reconciliation
import TestSupport
import Testing

/// Points in time on their way to PostgreSQL and back, exact to the microsecond.
@Suite struct TimeTests {
    private static let microseconds: [Int64] = [
        0, 1, -1, 999_999, 1_000_000, -1_000_001, 951_782_399_999_999, 951_782_400_000_000, 1_764_302_349_123_456,
        4_102_444_800_000_000, -2_208_988_800_000_001, 253_402_300_799_999_999, -62_135_500_000_000_000,
    ]

    @Test(arguments: ["UTC", "Asia/Kolkata", "America/St_Johns", "Africa/Lagos", "Europe/London"])
    func `a time arrives and comes back as it is, whatever the session's time zone`(zone: String) async throws {
        let test = try await TestCluster.shared.makeDatabase()
        let read = try await test.connect().run { (session) throws(PostgresError) in
            try session.execute("select set_config('TimeZone', \(zone), false)")
            var read: [(Int64?, Int64?)] = []
            for microseconds in Self.microseconds {
                let time = Timestamp(microseconds: microseconds)
                let seen: Int64? = try session.value("select (extract(epoch from \(time)) * 1000000)::bigint")
                let back: Timestamp? = try session.value("select \(time)")
                read.append((seen, back?.microseconds))
            }
            return read
        }
        #expect(read.map(\.0) == Self.microseconds)
        #expect(read.map(\.1) == Self.microseconds)
    }

    @Test(arguments: [
        "", "infinity", "-infinity", "0044-03-15 00:00:00+00 BC", "2026-11-28", "2026-11-28 03:59:09", "x",
        "2026-11-28 03:59:09.1234567+00", "2026-11-28 03:59:09.+00", "2026-11-28T03:59:09Z",
    ])
    func `another text is no time`(text: String) {
        #expect(Timestamp(postgresText: text) == nil)
    }

    @Test(arguments: [
        Duration.zero, .microseconds(1), .milliseconds(1_500), .seconds(120), .seconds(86_399), .seconds(90_061),
        .seconds(40_000_000) + .microseconds(7), .seconds(-90_061) - .microseconds(5),
    ])
    func `a length of time arrives and comes back as it is`(duration: Duration) async throws {
        let database = try await TestCluster.shared.makeDatabase().connect()
        #expect(try await database.value("select \(duration)", as: Duration.self) == duration)
        // As the difference of two times: with days.
        let difference = try await database.value(
            "select (timestamptz '2026-01-01Z' + \(duration)) - timestamptz '2026-01-01Z'", as: Duration.self)
        #expect(difference == duration)
    }

    @Test func `an interval with months is no length of time`() async throws {
        let database = try await TestCluster.shared.makeDatabase().connect()
        await #expect(throws: PostgresError.self) {
            try await database.value("select interval '1 mon'", as: Duration.self)
        }
    }
}
