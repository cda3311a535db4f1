import FoundationEssentials
import Glibc
import Platform
import Reports

/// The checks of files and folders.
enum FileChecks {
    /// Whether a file with secrets can be read, or written, by everybody.
    static func privacy(_ check: String, _ path: String, isExpected: Bool) -> Finding {
        var information = stat()
        guard stat(path, &information) == 0 else {
            let why = String(cString: strerror(errno))
            if errno == ENOENT, !isExpected { return .ok(check, "none: \(path) is not there") }
            return isExpected
                ? .problem(check, "\(path): \(why)", mend: "name a file that this user can read")
                : .hint(check, "\(path): \(why)", mend: "ask again as a user that may look there")
        }
        let mode = String(information.st_mode & 0o777, radix: 8)
        guard information.st_mode & 0o006 == 0 else {
            let verb = information.st_mode & 0o004 != 0 ? "read" : "written"
            return .problem(check, "\(path) can be \(verb) by everybody (mode \(mode))", mend: "chmod o= \(path)")
        }
        return .ok(check, "\(path) is closed to others (mode \(mode))")
    }

    /// Whether a report could be written there: tried with an empty file where the folder exists.
    static func reportDirectory(_ path: String) -> Finding {
        let check = "report_directory"
        let mend = "make it for this user: install -d -m 0750 -o \(userName) \(path); or set MONO_RECONCILE_REPORT_DIR"
        var place = URL(filePath: path).standardizedFileURL.path
        var information = stat()
        while stat(place, &information) != 0 {
            guard errno == ENOENT, place != "/" else {
                return .problem(check, "\(place): \(String(cString: strerror(errno)))", mend: mend)
            }
            place = URL(filePath: place).deletingLastPathComponent().standardizedFileURL.path
        }
        guard information.st_mode & S_IFMT == S_IFDIR else {
            return .problem(check, "\(place) is no folder", mend: mend)
        }
        guard access(place, W_OK | X_OK) == 0 else {
            return .problem(check, "\(place): \(String(cString: strerror(errno)))", mend: mend)
        }
        guard place == URL(filePath: path).standardizedFileURL.path else {
            return .ok(check, "\(path) will be made in \(place)")
        }
        let probe = "\(place)/.doctor-\(Process.id).tmp"
        let descriptor = open(probe, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            return .problem(check, "\(place): \(String(cString: strerror(errno)))", mend: mend)
        }
        close(descriptor)
        unlink(probe)
        return .ok(check, "\(path) can be written to")
    }

    /// Whether the job starts while Mono refreshes its accounts.
    ///
    /// A file without any job is not reported if another file starts the job.
    static func schedules(_ paths: [String]) -> [Finding] {
        guard !paths.isEmpty else {
            return [
                .hint(
                    "schedule", "neither /etc/cron.d/mono-reconcile nor an enabled mono-reconcile.timer is here",
                    mend: "install one of them; or name your own by --schedule FILE")
            ]
        }
        let all = paths.map { ($0, read($0)) }
        let isStarted = all.contains { if case .read(let schedule) = $0.1 { !schedule.starts.isEmpty } else { false } }
        return all.compactMap { path, answer in
            switch answer {
            case .unreadable:
                return .problem("schedule", "\(path) cannot be read", mend: "name a crontab or a systemd timer")
            case .unclear: return judge(nil, path)
            case .read(let schedule): return isStarted && schedule.starts.isEmpty ? nil : judge(schedule, path)
            }
        }
    }

    /// The texts of those crontabs among the files that start the job.
    static func crontabs(_ paths: [String]) -> [String] {
        paths.filter { path in
            guard !path.hasSuffix(".timer"), case .read(let schedule) = read(path) else { return false }
            return !schedule.starts.isEmpty
        }.compactMap(small)
    }

    private enum Reading {
        case read(Schedule)
        case unclear
        case unreadable
    }

    private static func read(_ path: String) -> Reading {
        let isTimer = path.hasSuffix(".timer")
        guard let text = isTimer ? timer(path) : small(path) else { return .unreadable }
        let zone = Zone.localOffsets
        let schedule = isTimer ? Schedule(timer: text, localOffsets: zone) : Schedule(crontab: text, localOffsets: zone)
        return schedule.map { .read($0) } ?? .unclear
    }

    /// A timer as systemd takes it: the administrator's own file instead of the package's, then the drop-ins.
    static func timer(_ path: String) -> String? {
        let own = path.replacing("/timers.target.wants/", with: "/")
        guard let text = small(own) ?? small(path) else { return nil }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: own + ".d")) ?? []
        let dropIns = names.filter { $0.hasSuffix(".conf") }.sorted().prefix(100)
        return ([text] + dropIns.compactMap { small("\(own).d/\($0)") }).joined(separator: "\n")
    }

    private static func small(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 65_536 else { return nil }
        return String(decoding: data, as: UTF8.self)
    }

    static func judge(_ schedule: Schedule?, _ path: String) -> Finding {
        guard let schedule, !schedule.starts.isEmpty else {
            return .hint(
                "schedule", "\(path): no start of mono-reconcile that can be understood",
                mend: "see to it that the job starts, and not between 22:30 and 01:00 UTC")
        }
        let colliding = schedule.collidingStarts.map(Schedule.clock)
        guard colliding.isEmpty else {
            let names = colliding.prefix(3).joined(separator: ", ") + (colliding.count > 3 ? ", …" : "")
            return .problem(
                "schedule", "\(path) starts the job at \(names) UTC, while Mono refreshes its accounts at midnight",
                mend: "move it out of 22:30 to 01:00 UTC (23:30 to 02:00 in Lagos)")
        }
        let starts = schedule.starts.sorted().map(Schedule.clock)
        let names = starts.prefix(3).joined(separator: ", ") + (starts.count > 3 ? ", …" : "")
        if let zone = schedule.doubtfulZone {
            return .hint(
                "schedule", "\(path): \(names) UTC, by CRON_TZ=\(zone.printable()) or by the server's own clock",
                mend: "Debian's cron ignores CRON_TZ; see how our own /etc/cron.d/mono-reconcile names the zone")
        }
        return .ok("schedule", "\(path): \(names) UTC, clear of Mono's refresh at midnight")
    }

    private static var userName: String {
        guard let entry = getpwuid(geteuid()) else { return "\(geteuid())" }
        return String(cString: entry.pointee.pw_name)
    }
}
