import FoundationEssentials
import Glibc

/// A time zone as far as a schedule needs it: how far its clock can be before UTC.
enum Zone {
    /// Minutes before UTC of the server's clock, in winter and in summer; as it is now if its zone cannot be read.
    static var localOffsets: [Int] { footer(of: "/etc/localtime") ?? [ownOffset] }

    /// Minutes before UTC, of this process's own zone and time.
    private static var ownOffset: Int {
        var now = time(nil)
        var local = tm()
        guard localtime_r(&now, &local) != nil else { return 0 }
        return local.tm_gmtoff / 60
    }

    /// Minutes before UTC, in winter and in summer; `zone` is a name of the time zone database, or POSIX' `WAT-1`.
    ///
    /// Nil for what is neither, or has no file on this machine.
    static func offsets(_ zone: String) -> [Int]? {
        if let offsets = withoutFile[zone] ?? rule(zone) { return offsets }
        guard zone.wholeMatch(of: /[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*/) != nil,
            let offsets = footer(of: "/usr/share/zoneinfo/\(zone)")
        else { return nil }
        return offsets
    }

    /// Reads the last line of a zone's file.
    private static func footer(of path: String) -> [Int]? {
        guard let file = FileManager.default.contents(atPath: path),
            let footer = file.split(separator: UInt8(ascii: "\n")).last
        else { return nil }
        return rule(String(decoding: footer, as: UTF8.self))
    }

    /// Those that a machine without tzdata must know too.
    private static let withoutFile = ["UTC": [0], "Etc/UTC": [0], "GMT": [0], "Africa/Lagos": [60]]

    /// Reads POSIX' form, as `TZ` and the last line of a zone's file have it: `WAT-1`, `GMT0BST,M3.5.0/1,M10.5.0`.
    private static func rule(_ text: String) -> [Int]? {
        let form = /(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]+>)([+-]?)([0-9]{1,2})(?::([0-9]{2}))?(.*)/
        guard let match = text.wholeMatch(of: form), let hours = Int(match.output.2), hours <= 14 else { return nil }
        let minutes = hours * 60 + (match.output.3.flatMap { Int($0) } ?? 0)
        let winter = match.output.1 == "-" ? minutes : -minutes
        // The summer's own distance is an hour everywhere but on one island.
        return match.output.4.isEmpty ? [winter] : [winter, winter + 60]
    }
}
