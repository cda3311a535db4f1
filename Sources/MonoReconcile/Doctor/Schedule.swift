/// The times of day at which a crontab or a systemd timer starts the nightly job.
///
/// Reads what our own files look like and the usual variations; days and months are not looked at.
struct Schedule: Equatable {
    /// Minutes after midnight UTC.
    var starts: Set<Int> = []
    /// A zone named by `CRON_TZ`, of which it depends on the cron whether it counts.
    var doubtfulZone: String?

    /// Mono refreshes its accounts "at midnight": Lagos' (23:00 UTC) or UTC's, with half an hour before and an hour after.
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
        switch fields.first {
        case "@daily", "@midnight": fields = ["0", "0"]
        case "@hourly": fields = ["0", "*"]
        default: break
        }
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

    /// One field of a crontab: `*`, `5`, `1-5`, `*/10`, and lists of them.
    private static func values(_ field: String, _ range: ClosedRange<Int>) -> Set<Int>? {
        var values: Set<Int> = []
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            guard (1...2).contains(pieces.count), let step = pieces.count == 2 ? Int(pieces[1]) : 1, step >= 1 else {
                return nil
            }
            var span = range
            if pieces[0] != "*" {
                let ends = pieces[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
                guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
                    range.contains(first), range.contains(last), first <= last
                else { return nil }
                span = first...last
            }
            values.formUnion(stride(from: span.lowerBound, through: span.upperBound, by: step))
        }
        return values
    }

    // MARK: Timers

    /// Reads `OnCalendar=` of a systemd timer: `daily`, `hourly`, or anything that ends in a time and perhaps a zone.
    ///
    /// An empty one takes back those before it, as drop-ins do.
    init?(timer text: String, localOffsets: [Int]) {
        let values = text.split(whereSeparator: \.isNewline).compactMap { line in
            line.wholeMatch(of: /\s*OnCalendar\s*=\s*(.*?)\s*/)?.output.1
        }
        for value in values.split(separator: "", omittingEmptySubsequences: false).last ?? [] {
            let form = /(?:.*\s)?(\*|[0-9]{1,2}):(\*|[0-9]{2})(?::[0-9]{2})?(?:\s+([A-Za-z][A-Za-z0-9_\/+-]*))?/
            if value == "daily" || value == "hourly" {
                for hour in value == "daily" ? [0] : Array(0...23) {
                    insert(hour: hour, minute: 0, offsets: localOffsets)
                }
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
