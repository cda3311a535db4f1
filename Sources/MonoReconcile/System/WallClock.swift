import Glibc
import Reconciliation

/// This machine's clock: for logs, metrics and `doctor`; everything else goes by the database's.
enum WallClock {
    static var now: Timestamp {
        var time = timespec()
        // Reading this clock cannot fail.
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}

extension Timestamp {
    /// RFC 3339 in UTC with milliseconds: `2026-11-23T02:15:00.042Z`.
    var rfc3339: String {
        let milliseconds = (microseconds % 1_000_000 + 1_000_000) % 1_000_000 / 1_000
        let digits = String(milliseconds)
        return iso8601.dropLast() + "." + String(repeating: "0", count: 3 - digits.count) + digits + "Z"
    }
}
