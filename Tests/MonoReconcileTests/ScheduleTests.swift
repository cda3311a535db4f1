import Testing

@testable import MonoReconcile

/// When the nightly job starts, and whether that is while Mono refreshes its accounts.
struct ScheduleTests {
    private static let command = "root /usr/bin/mono-reconcile run --quiet"

    @Test(
        arguments: [
            ("15 2 * * *", 0, [135]), ("15 2 * * *", 60, [75]), ("15 0 * * *", 60, [1_395]),
            ("0,30 1-2 * * *", 0, [60, 90, 120, 150]), ("*/20 3 * * 1-5", 0, [180, 200, 220]),
            ("5 4/8 * * *", 0, [245]), ("5 0-23/8 * * *", 0, [5, 485, 965]), ("@daily", 0, [0]),
            ("@midnight", 60, [1_380]),
            ("60 2 * * *", 0, nil), ("x 2 * * *", 0, []), ("5 24 * * *", 0, nil), ("5 3-2 * * *", 0, nil),
            ("5 */0 * * *", 0, nil), ("5 , * * *", 0, nil),
        ] as [(String, Int, [Int]?)])
    func `a line of a crontab has its starts in UTC`(fields: String, offset: Int, starts: [Int]?) {
        let schedule = Schedule(crontab: "SHELL=/bin/sh\n\(fields) \(Self.command)\n", localOffset: offset)
        #expect(schedule?.starts.sorted() == starts)
    }

    @Test func `our own crontab starts at 02:15 in Lagos, whatever the server's zone`() {
        let line = #"15 * * * * mono-reconcile [ "$(TZ=WAT-1 date +\%H)" != 02 ] || exec mono-reconcile-nightly"#
        for offset in [-300, 0, 60, 720] {
            #expect(Schedule(crontab: line, localOffset: offset)?.starts == [75])
        }
        let named = line.replacing("WAT-1", with: "Africa/Lagos").replacing("!= 02", with: "= 00")
        #expect(Schedule(crontab: named, localOffset: 0)?.starts == [1_395])
    }

    @Test func `other jobs, comments and other people's lines are no starts`() {
        let text = """
            # 0 0 * * * mono-reconcile mono-reconcile run
            MAILTO=mono-reconcile@example.com
            0 0 * * 0 mono-reconcile mono-reconcile prune --keep 90d
            */5 * * * * mono-reconcile mono-reconcile status --json
            0 0 * * * root something-else

            """
        #expect(Schedule(crontab: text, localOffset: 0)?.starts == [])
        #expect(Schedule(crontab: text + "9 9 * * * x mono-reconcile", localOffset: 0)?.starts == [549])
    }

    @Test func `a zone that is named counts for the lines after it`() {
        let text = "CRON_TZ=Africa/Lagos\n0 3 * * * \(Self.command)\n"
        #expect(Schedule(crontab: text, localOffset: -300)?.starts == [120])
        #expect(Schedule(crontab: "CRON_TZ=No/Where\n0 3 * * * \(Self.command)\n", localOffset: 0) == nil)
    }

    @Test(
        arguments: [
            ("WAT-1", [120]), ("GMT0BST,M3.5.0/1,M10.5.0", [120, 180]), ("IST-5:30", [1_290]), ("<-03>3", [360]),
            ("EST5", [480]), ("UTC", [180]), ("No/Where", nil), ("../../etc/passwd", nil), ("WAT-15", nil),
        ] as [(String, [Int]?)])
    func `a job in a zone with a summer of its own has both starts`(zone: String, starts: [Int]?) {
        let text = "CRON_TZ=\(zone)\n0 3 * * * \(Self.command)\n"
        #expect(Schedule(crontab: text, localOffset: -300)?.starts.sorted() == starts)
    }

    @Test(
        arguments: [
            ("*-*-* 02:15:00", 0, [135]), ("*-*-* 02:15:00 Africa/Lagos", 0, [75]), ("Mon..Fri 03:00", 60, [120]),
            ("daily", 60, [1_380]), ("02:15 UTC", 300, [135]), ("weekly", 0, nil), ("*-*-* 2:5", 0, nil),
            ("*-*-* 02:15:00 No/Where", 0, nil),
        ] as [(String, Int, [Int]?)])
    func `a timer has its starts in UTC`(calendar: String, offset: Int, starts: [Int]?) {
        let text = "[Timer]\nOnCalendar=\(calendar)\nPersistent=true\n"
        #expect(Schedule(timer: text, localOffset: offset)?.starts.sorted() == starts)
    }

    @Test func `an hour without a minute, and a timer without a calendar, start nothing or all`() {
        #expect(Schedule(timer: "[Timer]\nOnBootSec=5\n", localOffset: 0)?.starts == [])
        #expect(Schedule(timer: "OnCalendar=hourly", localOffset: 30)?.starts.count == 24)
        #expect(Schedule(timer: "OnCalendar=*-*-* *:30:00", localOffset: 0)?.starts.count == 24)
    }

    @Test(
        arguments: [
            (22 * 60 + 29, false), (22 * 60 + 30, true), (23 * 60, true), (0, true), (59, true), (60, false),
            (75, false),
        ])
    func `around midnight in Lagos and in UTC the job collides`(minute: Int, collides: Bool) throws {
        var schedule = try #require(Schedule(crontab: "", localOffset: 0))
        schedule.starts = [minute, 600]
        #expect(schedule.collidingStarts == (collides ? [minute] : []))
        let finding = FileChecks.judge(schedule, "/etc/cron.d/x")
        #expect(finding.verdict == (collides ? .problem : .ok))
        #expect(finding.said.contains(Schedule.clock(minute)))
    }

    @Test func `what cannot be understood is a hint`() throws {
        #expect(FileChecks.judge(nil, "x").verdict == .hint)
        #expect(FileChecks.judge(Schedule(crontab: "", localOffset: 0), "x").verdict == .hint)
    }
}
