/// The times of day at which a crontab or a systemd timer starts the nightly job.
///
/// Understands a job that starts at one time of day, or at every hour of it; days and months are not looked at.
struct Schedule: Equatable {
    /// Minutes after midnight UTC.
    var starts: Set<Int> = []
    /// A zone named by `CRON_TZ`, which some crons heed and Debian's does not.
    var doubtfulZone: String?

    /// Mono refreshes its accounts "at midnight": Lagos' (23:00 UTC) or UTC's, with half an hour before and an hour
    /// after.
    var collidingStarts: [Int] { starts.filter { $0 >= 22 * 60 + 30 || $0 < 60 }.sorted() }

    /// `01:15` for 75.
    static func clock(_ minutes: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(minutes / 60)):\(two(minutes % 60))"
    }

    private mutating func insert(hour: Int, minute: Int, offsets: [Int]) {
        for offset in offsets { starts.insert(((hour * 60 + minute - offset) % 1_440 + 1_440) % 1_440) }
    }

    // MARK: Crontabs

    /// Reads the lines of a crontab that start a run; nil if one of them cannot be understood.
    ///
    /// - Parameters:
    ///   - text: The file.
    ///   - localOffsets: Minutes of the server's clock before UTC, in winter and in summer.
    init?(crontab text: String, localOffsets: [Int]) {
        var zone: (name: String?, offsets: [Int]) = (nil, localOffsets)
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.drop { $0 == " " || $0 == "\t" }
            if line.hasPrefix("#") { continue }
            if let name = line.wholeMatch(of: /CRON_TZ\s*=\s*"?([^"\s]+)"?\s*/)?.output.1 {
                guard let offsets = Zone.offsets(String(name)) else { return nil }
                zone = (String(name), offsets)
            }
            guard Self.startsRun(line) else { continue }
            // Some crons heed the zone, Debian's goes by its own without a word.
            guard let named = Self.starts(line, zone.offsets), let local = Self.starts(line, localOffsets) else {
                return nil
            }
            starts.formUnion(named.union(local))
            if named != local { doubtfulZone = zone.name }
        }
    }

    /// Whether a line is a job of ours, and that job a run.
    private static func startsRun(_ line: Substring) -> Bool {
        guard line.contains("mono-reconcile"), line.first.map({ "*@0123456789".contains($0) }) ?? false else {
            return false
        }
        // The wrapper may have the path of its file before the command.
        let other =
            #/
            mono-reconcile(-nightly(\s+\S*/\S*)?)?\s+
            (report|status|explain|plan|doctor|prune|migrate|record|listen|link|reauth-link)\b
            /#
        return !line.contains(other)
    }

    private static func starts(_ line: Substring, _ zone: [Int]) -> Set<Int>? {
        var fields = line.split(maxSplits: 5, whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        if fields.first == "@daily" || fields.first == "@midnight" { fields = ["0", "0"] }
        guard fields.count >= 2, let minutes = values(fields[0], 0...59), var hours = values(fields[1], 0...23) else {
            return nil
        }
        var offsets = zone
        // Tried every hour, and gone on with in one of them, as cron/mono-reconcile does.
        if let guardian = line.firstMatch(of: /TZ=([A-Za-z0-9_\/+-]+) date \+\\?%H\)"? !?==? "?([0-9]{2})/) {
            guard let own = Zone.offsets(String(guardian.output.1)), let hour = Int(guardian.output.2) else {
                return nil
            }
            (hours, offsets) = ([hour], own)
        }
        var schedule = Schedule()
        for hour in hours {
            for minute in minutes { schedule.insert(hour: hour, minute: minute, offsets: offsets) }
        }
        return schedule.starts
    }

    private init() {}

    /// One field of a crontab or of a time: `*` or a number.
    ///
    /// No nightly job has a list, a range or a step in its hour or minute.
    private static func values(_ field: String, _ range: ClosedRange<Int>) -> [Int]? {
        if field == "*" { return Array(range) }
        guard let number = Int(field), range.contains(number) else { return nil }
        return [number]
    }

    // MARK: Timers

    /// Reads `OnCalendar=` of a systemd timer: `daily`, or anything that ends in a time and perhaps a zone.
    ///
    /// An empty setting takes back the settings before it, as in a drop-in.
    init?(timer text: String, localOffsets: [Int]) {
        let values = text.split(whereSeparator: \.isNewline).compactMap { line in
            line.wholeMatch(of: /\s*OnCalendar\s*=\s*(.*?)\s*/)?.output.1
        }
        for value in values.split(separator: "", omittingEmptySubsequences: false).last ?? [] {
            let form = /(?:.*\s)?(\*|[0-9]{1,2}):(\*|[0-9]{2})(?::[0-9]{2})?(?:\s+([A-Za-z][A-Za-z0-9_\/+-]*))?/
            if value == "daily" {
                insert(hour: 0, minute: 0, offsets: localOffsets)
            } else if let match = value.wholeMatch(of: form), let hours = Self.values(String(match.output.1), 0...23),
                let minutes = Self.values(String(match.output.2), 0...59)
            {
                var offsets = localOffsets
                if let zone = match.output.3 {
                    guard let named = Zone.offsets(String(zone)) else { return nil }
                    offsets = named
                }
                for hour in hours {
                    for minute in minutes { insert(hour: hour, minute: minute, offsets: offsets) }
                }
            } else {
                return nil
            }
        }
    }
}
