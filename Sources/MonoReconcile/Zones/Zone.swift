import FoundationEssentials
import Glibc
import Reconciliation

/// Time zones by their names in the time zone database, as this machine has them.
enum Zone {
    /// What a zone's name is made of: no path leads out of the database's folder.
    private static var name: Regex<(Substring, Substring?)> { /[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*/ }

    private static let folder = "/usr/share/zoneinfo"
    /// Most files have 3 KiB at most.
    private static let fileLimitBytes = 65_536

    /// A zone's clock; nil for a name that is malformed, or that this machine has no file of.
    static func rules(named zone: String) -> TimeZoneRules? {
        if let rules = withoutFile(zone) { return rules }
        guard zone.utf8.count <= 64, zone.wholeMatch(of: name) != nil else { return nil }
        return rules(of: "\(folder)/\(zone)", named: zone)
    }

    /// The clock by which people read a run; Lagos', by its own name, where this machine does not know the run's zone, as
    /// the database does with a zone that it does not know.
    static func rules(of run: RunRecord) -> TimeZoneRules { rules(named: run.zone.name) ?? .lagos }

    /// Minutes before UTC of the server's clock, in winter and in summer; as it is now if its zone cannot be read.
    static var localOffsets: [Int] {
        rules(of: "/etc/localtime", named: "local").map(offsets) ?? [ownOffset]
    }

    /// Minutes before UTC, in winter and in summer; `zone` is a name of the time zone database, or POSIX' `WAT-1`.
    ///
    /// Nil for what is neither, or has no file on this machine.
    static func offsets(_ zone: String) -> [Int]? {
        if let rule = PosixZone(zone) { return rule.offsets.map { $0 / 60 } }
        return rules(named: zone).map(offsets)
    }

    /// The distances that a clock has from now on.
    private static func offsets(_ rules: TimeZoneRules) -> [Int] {
        let now = WallClock.now.microseconds / 1_000_000
        let current = rules.transitions.last { $0.at <= now }?.offset ?? rules.offset
        return Set([current] + rules.transitions.filter { $0.at > now }.map(\.offset)).sorted().map { $0 / 60 }
    }

    /// Minutes before UTC, of this process's own zone and time.
    private static var ownOffset: Int {
        var now = time(nil)
        var local = tm()
        guard localtime_r(&now, &local) != nil else { return 0 }
        return local.tm_gmtoff / 60
    }

    /// Those that a machine without tzdata must know too.
    private static func withoutFile(_ zone: String) -> TimeZoneRules? {
        switch zone {
        case TimeZoneRules.lagos.name: .lagos
        case "UTC", "Etc/UTC", "GMT": TimeZoneRules(name: zone, offset: 0)
        default: nil
        }
    }

    private static func rules(of path: String, named zone: String) -> TimeZoneRules? {
        guard let file = FileManager.default.contents(atPath: path), file.count <= fileLimitBytes else { return nil }
        return TimeZoneRules(name: zone, tzif: Array(file))
    }
}
