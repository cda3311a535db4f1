import Foundation
import Testing

@testable import MonoReconcile

/// When the nightly job starts, and whether that is while Mono refreshes its accounts.
struct ScheduleTests {
    private static let command = "root /usr/bin/mono-reconcile run --quiet"

    @Test(
        arguments: [
            ("15 2 * * *", 0, [135]), ("15 2 * * *", 60, [75]), ("15 0 * * *", 60, [1_395]),
            ("20 3 * * 1-5", 0, [200]), ("0,30 1 * * *", 0, nil), ("0 1-2 * * *", 0, nil), ("*/20 3 * * *", 0, nil),
            ("@daily", 0, [0]), ("@hourly", 0, nil),
            ("@midnight", 60, [1_380]),
            ("60 2 * * *", 0, nil), ("x 2 * * *", 0, []), ("5 24 * * *", 0, nil), ("5 , * * *", 0, nil),
        ] as [(String, Int, [Int]?)])
    func `a line of a crontab has its starts in UTC`(fields: String, offset: Int, starts: [Int]?) {
        let schedule = Schedule(crontab: "SHELL=/bin/sh\n\(fields) \(Self.command)\n", localOffsets: [offset])
        #expect(schedule?.starts.sorted() == starts)
    }

    @Test func `our own crontab starts at 02:15 in Lagos, whatever the server's zone`() {
        let line = #"15 * * * * mono-reconcile [ "$(TZ=WAT-1 date +\%H)" != 02 ] || exec mono-reconcile-nightly"#
        for offset in [-300, 0, 60, 720] {
            #expect(Schedule(crontab: line, localOffsets: [offset])?.starts == [75])
        }
        let named = line.replacing("WAT-1", with: "Africa/Lagos").replacing("!= 02", with: "= 00")
        #expect(Schedule(crontab: named, localOffsets: [0])?.starts == [1_395])
    }

    @Test func `other jobs, comments and other people's lines are no starts`() {
        let text = """
            # 0 0 * * * mono-reconcile mono-reconcile run
            MAILTO=mono-reconcile@example.com
            0 0 * * 0 mono-reconcile mono-reconcile prune --keep 90d
            */5 * * * * mono-reconcile mono-reconcile status --json
            0 0 * * * root something-else

            """
        #expect(Schedule(crontab: text, localOffsets: [0])?.starts == [])
        #expect(Schedule(crontab: text + "9 9 * * * x mono-reconcile", localOffsets: [0])?.starts == [549])
    }

    @Test func `a zone that is named counts for the lines after it`() {
        let text = "CRON_TZ=Africa/Lagos\n0 3 * * * \(Self.command)\n"
        #expect(Schedule(crontab: text, localOffsets: [60])?.starts == [120])
        #expect(Schedule(crontab: text, localOffsets: [60])?.doubtfulZone == nil)
        #expect(Schedule(crontab: "CRON_TZ=No/Where\n0 3 * * * \(Self.command)\n", localOffsets: [0]) == nil)
    }

    @Test func `where a cron may ignore the zone both clocks count, and it is a hint`() throws {
        let text = "CRON_TZ=Africa/Lagos\n0 3 * * * \(Self.command)\n"
        let schedule = try #require(Schedule(crontab: text, localOffsets: [-300, -240]))
        #expect(schedule.starts == [120, 480, 420])
        #expect(schedule.doubtfulZone == "Africa/Lagos")
        let finding = FileChecks.judge(schedule, "x")
        #expect(finding.verdict == .hint)
        #expect(finding.mend?.contains("Debian's cron ignores CRON_TZ") == true)
        let colliding = try #require(Schedule(crontab: text, localOffsets: [180]))
        #expect(FileChecks.judge(colliding, "x").verdict == .problem)
    }

    @Test(
        arguments: [
            "mono-reconcile-nightly prune --keep 90d > /dev/null", "/usr/bin/mono-reconcile-nightly /etc/a/b doctor",
            "/usr/bin/mono-reconcile  status", "mono-reconcile reauth-link x",
        ])
    func `the wrapper's other commands are no starts`(command: String) {
        #expect(Schedule(crontab: "0 0 * * 0 root \(command)\n", localOffsets: [0])?.starts == [])
        let night = "0 3 * * * root /usr/bin/mono-reconcile-nightly /etc/a/b"
        #expect(Schedule(crontab: night, localOffsets: [0])?.starts == [180])
    }

    @Test(
        arguments: [
            ("WAT-1", [120, 480]), ("GMT0BST,M3.5.0/1,M10.5.0", [120, 180, 480]), ("IST-5:30", [480, 1_290]),
            ("<-03>3", [360, 480]), ("EST5", [480]), ("UTC", [180, 480]),
            ("No/Where", nil), ("../../etc/passwd", nil), ("WAT-15", nil),
        ] as [(String, [Int]?)])
    func `a job in a zone with a summer of its own has both starts`(zone: String, starts: [Int]?) {
        let text = "CRON_TZ=\(zone)\n0 3 * * * \(Self.command)\n"
        #expect(Schedule(crontab: text, localOffsets: [-300])?.starts.sorted() == starts)
    }

    @Test(
        arguments: [
            ("*-*-* 02:15:00", 0, [135]), ("*-*-* 02:15:00 Africa/Lagos", 0, [75]), ("Mon..Fri 03:00", 60, [120]),
            ("daily", 60, [1_380]), ("02:15 UTC", 300, [135]), ("weekly", 0, nil), ("*-*-* 2:5", 0, nil),
            ("*-*-* 02:15:00 No/Where", 0, nil),
        ] as [(String, Int, [Int]?)])
    func `a timer has its starts in UTC`(calendar: String, offset: Int, starts: [Int]?) {
        let text = "[Timer]\nOnCalendar=\(calendar)\nPersistent=true\n"
        #expect(Schedule(timer: text, localOffsets: [offset])?.starts.sorted() == starts)
    }

    @Test func `an empty calendar takes back those before it`() {
        let text = "OnCalendar=nonsense\nOnCalendar=00:00\n[Timer]\nOnCalendar=\nOnCalendar=03:00\nOnCalendar=04:00"
        #expect(Schedule(timer: text, localOffsets: [0])?.starts == [180, 240])
        #expect(Schedule(timer: "OnCalendar=03:00\nOnCalendar=", localOffsets: [0])?.starts == [])
    }

    @Test func `a timer is read with the administrator's own file and drop-ins`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "timer-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ name: String, _ text: String) throws {
            let file = folder.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        try write("timers.target.wants/a.timer", "OnCalendar=01:15 UTC")
        let path = folder.appending(path: "timers.target.wants/a.timer").path
        #expect(FileChecks.schedules([path]).map(\.verdict) == [.ok])
        try write("a.timer.d/override.conf", "OnCalendar=\nOnCalendar=00:15 UTC")
        try write("a.timer.d/notes.txt", "OnCalendar=\nOnCalendar=03:15 UTC")
        #expect(FileChecks.schedules([path]).map(\.verdict) == [.problem])
        try write("a.timer.d/zz.conf", "OnCalendar=\nOnCalendar=03:15 UTC")
        #expect(FileChecks.schedules([path]).map(\.verdict) == [.ok])
        try write("a.timer", "OnCalendar=04:15 UTC")
        try write("a.timer.d/zz.conf", "")
        try write("a.timer.d/override.conf", "")
        #expect(FileChecks.schedules([path]).first?.said.contains("04:15 UTC") == true)

        try write("crontab", "# 15 2 * * * x mono-reconcile-nightly\n")
        let crontab = folder.appending(path: "crontab").path
        #expect(FileChecks.schedules([crontab, path]).map(\.verdict) == [.ok])
        #expect(FileChecks.schedules([crontab]).map(\.verdict) == [.hint])
    }

    @Test func `an hour without a minute, and a timer without a calendar, start nothing or all`() {
        #expect(Schedule(timer: "[Timer]\nOnBootSec=5\n", localOffsets: [0])?.starts == [])
        #expect(Schedule(timer: "OnCalendar=*-*-* *:30:00", localOffsets: [0])?.starts.count == 24)
    }

    @Test(
        arguments: [
            (22 * 60 + 29, false), (22 * 60 + 30, true), (23 * 60, true), (0, true), (59, true), (60, false),
            (75, false),
        ])
    func `around midnight in Lagos and in UTC the job collides`(minute: Int, collides: Bool) throws {
        var schedule = try #require(Schedule(crontab: "", localOffsets: [0]))
        schedule.starts = [minute, 600]
        #expect(schedule.collidingStarts == (collides ? [minute] : []))
        let finding = FileChecks.judge(schedule, "/etc/cron.d/x")
        #expect(finding.verdict == (collides ? .problem : .ok))
        #expect(finding.said.contains(Schedule.clock(minute)))
    }

    @Test func `what cannot be understood is a hint`() throws {
        #expect(FileChecks.judge(nil, "x").verdict == .hint)
        #expect(FileChecks.judge(Schedule(crontab: "", localOffsets: [0]), "x").verdict == .hint)
    }
}
