import Ledger
import Postgres

/// Whether the database knows the time zone that people read and nights are counted by.
enum ZoneCheck {
    static let name = "time_zone"

    static func examine(_ reader: LedgerReader, _ zone: String) async -> Finding {
        do throws(PostgresError) {
            return judge(zone, isKnown: try await reader.knows(timeZone: zone))
        } catch {
            return .problem(name, Failure(error))
        }
    }

    static func judge(_ zone: String, isKnown: Bool) -> Finding {
        guard isKnown else {
            return .problem(
                name, "the database does not know \(zone)",
                mend: "install tzdata on the database's server, or set MONO_RECONCILE_TIME_ZONE to a zone that it has")
        }
        return .ok(name, "\(zone), known here and to the database")
    }
}
