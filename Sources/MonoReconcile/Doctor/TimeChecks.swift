import Ledger
import Postgres
import Reconciliation

/// Times in the database that lie further ahead than can be meant: its clock was ahead once, or went back.
enum TimeChecks {
    /// The names of the checks, in their order.
    static let names = ["slot_time", "hold_time", "lease_time", "sync_time"]

    /// Slots, leases and requests for a sync lie seconds ahead at most.
    private static let limit = Duration.seconds(60)
    /// Mono's `Retry-After` may be long.
    private static let holdLimit = Duration.seconds(3_600)

    /// Looks at all of them; what cannot be looked at (no table, no right, no time) is another check's business.
    static func examine(_ reader: LedgerReader) async -> [Finding] {
        var findings: [Finding] = []
        do throws(PostgresError) {
            findings += judge(try await reader.sharedTimes())
        } catch {
            findings += names.prefix(3).map { .notChecked($0, "it could not be read: \(error)") }
        }
        do throws(PostgresError) {
            findings.append(judge(try await reader.futureSyncs()))
        } catch {
            findings.append(.notChecked("sync_time", "it could not be read: \(error)"))
        }
        return findings
    }

    static func judge(_ times: SharedTimes) -> [Finding] {
        [
            judge(
                "slot_time", times.nextSlotAt, times.now, limit, "mono.rate.next_slot_at", "no call is made before",
                mend: "update mono.rate set next_slot_at = clock_timestamp()"),
            judge(
                "hold_time", times.holdUntil, times.now, holdLimit, "mono.rate.hold_until", "no call is made before",
                mend: "unless Mono did ask for so long: update mono.rate set hold_until = null"),
            judge(
                "lease_time", times.leaseUntil, times.now, limit, "mono.workers.lease_until",
                "a process that hangs counts as alive for so long",
                mend: "update mono.workers set lease_until = clock_timestamp() where lease_until > clock_timestamp() "
                    + "+ interval '1 minute'"),
        ]
    }

    static func judge(_ syncs: FutureSyncs) -> Finding {
        guard syncs.count > 0 else { return .ok("sync_time", "no sync was requested in the future") }
        let which = syncs.example.map { ", for instance \($0)" } ?? ""
        return .problem(
            "sync_time",
            "last_sync_requested_at lies in the future for \(syncs.count) account\(syncs.count == 1 ? "" : "s")\(which): "
                + "none is synced before Mono's limit after it",
            mend: "update mono.accounts set last_sync_requested_at = clock_timestamp() where last_sync_requested_at > "
                + "clock_timestamp()")
    }

    private static func judge(
        _ check: String, _ time: Timestamp?, _ now: Timestamp, _ limit: Duration, _ column: String, _ effect: String,
        mend: String
    ) -> Finding {
        let ahead = time.map { $0.since(now) } ?? .zero
        guard ahead > limit else { return .ok(check, "\(column) is not ahead of the database's clock") }
        return .problem(check, "\(column) is \(ahead.components.seconds) s in the future: \(effect)", mend: mend)
    }
}
