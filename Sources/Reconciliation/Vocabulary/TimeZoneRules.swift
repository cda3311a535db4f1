/// The clock of a place: its distance from UTC, and when that changes.
///
/// People's pages and texts show it; files for programs stay UTC.
package struct TimeZoneRules: Equatable, Sendable {
    /// A change of the distance.
    package struct Transition: Equatable, Sendable {
        /// Seconds since 1970-01-01T00:00:00Z.
        package var at: Int64
        /// Seconds east of UTC from then on.
        package var offset: Int

        package init(at: Int64, offset: Int) {
            self.at = at
            self.offset = offset
        }
    }

    /// The name in the time zone database: `Africa/Lagos`.
    package var name: String
    /// Seconds east of UTC before the first transition.
    package var offset: Int
    /// In order of time.
    package var transitions: [Transition]

    package init(name: String, offset: Int, transitions: [Transition] = []) {
        self.name = name
        self.offset = offset
        self.transitions = transitions
    }

    /// Nigeria's, the default: an hour before UTC all year.
    package static let lagos = Self(name: "Africa/Lagos", offset: 3_600)
    package static let utc = Self(name: "UTC", offset: 0)

    /// The time that a clock of the place shows, as if it were one of UTC.
    package func local(_ time: Timestamp) -> Timestamp {
        let seconds = Timestamp.floorDivide(time.microseconds, 1_000_000)
        let last = transitions.last { $0.at <= seconds }
        return time.advanced(by: .seconds(last?.offset ?? offset))
    }

    /// The night to which a time belongs: noon to noon, named by the day on which it begins (`2026-11-27`).
    package func night(of time: Timestamp) -> String {
        String(local(time).advanced(by: .seconds(-12 * 3_600)).iso8601.prefix { $0 != "T" })
    }

    /// How many nights a standing has lasted, its first and that of the run included; at least 1.
    package func nights(from first: Timestamp, to run: Timestamp) -> Int {
        max(1, Int(day(of: run) - day(of: first)) + 1)
    }

    private func day(of time: Timestamp) -> Int64 {
        Timestamp.floorDivide(local(time).microseconds - 12 * 3_600_000_000, 86_400_000_000)
    }
}
