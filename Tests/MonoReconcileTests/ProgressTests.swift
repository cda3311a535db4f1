import Ledger
import Reconciliation
import Synchronization
import Testing

@testable import MonoReconcile

/// The block on a terminal and the line in a file: functions of what is known and of the room.
struct ProgressTests {
    private static func picture(
        banks: [(String?, Int, Int)] = [("GTBank", 100, 60), ("Access Bank", 50, 8), (nil, 10, 2)],
        remaining: TimeRemaining.Estimate? = nil
    ) -> ProgressPicture {
        var progress = RunProgress(at: Timestamp(microseconds: 0))
        progress.banks = banks.map { RunProgress.Bank(name: $0.0, total: $0.1, open: $0.2) }
        progress.back = 70
        progress.waiting = 30
        return ProgressPicture(progress: progress, calls: 412, elapsed: .seconds(65), remaining: remaining)
    }

    private static let ample = ProgressPicture.Room(columns: 100, rows: 24)

    @Test func `there is the whole, what is waited for, and each bank`() {
        #expect(
            Self.picture(remaining: .between(.seconds(240), .seconds(540))).lines(in: Self.ample, colours: false) == [
                "[###########.........] 90 of 160 settled, 70 back",
                "30 waiting for Mono, 40 to come, 4 min to 9 min left, 412 calls, 70 s so far",
                "  60 open of 100  GTBank",
                "   8 open of 50   Access Bank",
                "   2 open of 10   bank not known",
            ])
    }

    @Test func `with prices the calls tell what they cost`() throws {
        var (picture, calls) = (Self.picture(), CallCounts())
        calls.details = 412
        picture.cost = Cost(of: calls, at: try Prices(Prices.example))
        #expect(picture.line.hasSuffix(", 412 calls (41,200 NGN), 70 s so far"))
    }

    @Test func `without an estimate there is none, and a pause is told instead`() {
        var picture = Self.picture()
        #expect(!picture.line.contains("left"))
        picture.remaining = .atMost(.seconds(95))
        #expect(picture.line.contains(", at most 2 min left, "))
        picture.progress.heldUntil = Timestamp(microseconds: 23_500_000)
        #expect(picture.line.contains(", Mono asked for a pause of another 23 s, "))
    }

    @Test func `many banks are summed up`() {
        let banks = (1...40).map { ("Bank \($0)" as String?, 50, 41 - $0) }
        let lines = Self.picture(banks: banks).lines(in: Self.ample, colours: false)
        #expect(lines.count == 10)
        #expect(lines[2] == "   40 open of 50    Bank 1")
        #expect(lines[9] == "  561 open of 1650  at 33 more banks")
        let counts = lines.dropFirst(2).compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }
        #expect(counts.reduce(0, +) == (1...40).reduce(0, +))
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 10, 24, 200], [1, 2, 10, 40, 59, 60, 80, 300])
    func `it fits into whatever room there is, with a line to spare`(rows: Int, columns: Int) {
        let banks = (1...30).map { ("Bank \($0) 银行 🏦 \(String(repeating: "x", count: 60))" as String?, 10, 3) }
        for colours in [false, true] {
            let lines = Self.picture(banks: banks).lines(
                in: ProgressPicture.Room(columns: columns, rows: rows), colours: colours)
            #expect((1...max(1, rows - 1)).contains(lines.count))
            for line in lines {
                let bare = line.replacing(/\u{1B}\[[0-9]m/, with: "")
                #expect(!bare.contains("\u{1B}"))
                #expect(bare == bare.cut(to: max(1, columns - 1)))
            }
        }
    }

    @Test func `wide characters take two columns`() {
        #expect("abc".cut(to: 2) == "ab")
        #expect("银行x".cut(to: 3) == "银")
        #expect("🏦🏦".cut(to: 4) == "🏦🏦")
        #expect("e\u{301}tat".cut(to: 2) == "e\u{301}t")
        #expect("".cut(to: 0) == "")
    }

    @Test func `a bank's name cannot act on the terminal`() {
        let lines = Self.picture(banks: [("Evil\u{1B}[2J\nBank\u{202E}", 3, 3)]).lines(in: Self.ample, colours: false)
        #expect(lines[2] == "  3 open of 3  Evil\u{FFFD}[2J\u{FFFD}Bank\u{FFFD}")
        #expect(lines.joined().unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    }

    @Test func `colours are there or not, the words are the same`() {
        let plain = Self.picture().lines(in: Self.ample, colours: false)
        let coloured = Self.picture().lines(in: Self.ample, colours: true)
        #expect(coloured != plain)
        #expect(coloured.map { $0.replacing(/\u{1B}\[[0-9]m/, with: "") } == plain)
        // None of them reaches beyond its line.
        for line in coloured where line.contains("\u{1B}") { #expect(line.hasSuffix("\u{1B}[0m")) }
    }

    @Test(
        arguments: zip(
            [0, 1, 9, 10, 11, 89, 90, 91, 5_399, 5_400, 5_401, 7_200, 7_201] as [Int64],
            [
                "0 s", "1 s", "9 s", "10 s", "20 s", "90 s", "2 min", "2 min", "1 h 30 min", "1 h 30 min", "1 h 40 min",
                "2 h", "2 h 10 min",
            ]))
    func `times are rounded up, as exact as they can be`(seconds: Int64, text: String) {
        #expect(Duration.seconds(seconds).roughly == text)
    }

    // MARK: Where it is shown

    @Test(
        arguments: [
            (.auto, false, true, "xterm", "", .screen(colours: true)),
            (.auto, false, true, "xterm", "1", .screen(colours: false)),
            (.auto, false, true, "dumb", "", .lines), (.auto, false, true, nil, "", .lines),
            (.auto, false, false, "xterm", "", .none), (.auto, true, true, "xterm", "", .none),
            (.always, true, true, "xterm", "", .screen(colours: true)), (.always, false, false, "xterm", "", .lines),
            (.always, false, true, "dumb", "", .lines), (.never, false, true, "xterm", "", .none),
        ] as [(RunSettings.Progress, Bool, Bool, String?, String, ProgressStyle)])
    func `the setting, the place and the environment decide`(
        setting: RunSettings.Progress, isQuiet: Bool, isTerminal: Bool, term: String?, noColour: String,
        expected: ProgressStyle
    ) {
        var environment = ["NO_COLOR": noColour]
        environment["TERM"] = term
        #expect(
            ProgressStyle(setting, isQuiet: isQuiet, isTerminal: isTerminal, environment: environment) == expected)
    }

    // MARK: The screen

    private final class Paper: Sendable {
        let text = Mutex("")
        func add(_ piece: String) -> Bool {
            text.withLock { $0 += piece }
            return true
        }

        func take() -> String {
            text.withLock { text in
                defer { text = "" }
                return text
            }
        }
    }

    @Test func `a block is drawn in place of the one before, and leaves nothing`() {
        let paper = Paper()
        let screen = Screen(output: paper.add)
        let now = ContinuousClock.now
        screen.interrupted {}
        #expect(paper.take() == "")
        let turn = screen.begin()
        screen.draw(["a", "b", "c"], columns: 80, as: turn, at: now)
        #expect(paper.take() == "a\r\nb\r\nc")
        screen.draw(["d"], columns: 90, as: turn, at: now + .seconds(1))
        #expect(paper.take() == "\r\u{1B}[2A\u{1B}[Jd")
        // A log line comes above the block.
        screen.interrupted { paper.text.withLock { $0 += "log\n" } }
        #expect(paper.take() == "\r\u{1B}[Jlog\n")
        screen.draw(["e", "f"], columns: 90, as: turn, at: now + .seconds(9))
        #expect(paper.take() == "e\r\nf")
        // A narrower screen has broken the lines, nobody knows where.
        screen.draw(["g"], columns: 40, as: turn, at: now + .seconds(10))
        #expect(paper.take() == "\r\ng")
        // Others wrote while the process was stopped.
        screen.draw(["h"], columns: 40, as: turn, at: now + .seconds(13))
        #expect(paper.take() == "\r\nh")
        screen.end()
        #expect(paper.take() == "\r\u{1B}[J")
        screen.draw(["late"], columns: 40, as: turn, at: now + .seconds(14))
        #expect(paper.take() == "")
        let next = screen.begin()
        screen.draw(["late"], columns: 40, as: turn, at: now + .seconds(14))
        screen.draw(["new"], columns: 40, as: next, at: now + .seconds(14))
        #expect(paper.take() == "new")
    }

    @Test func `a terminal that takes nothing gets no block until it goes on, and then in the old place`() {
        let paper = Paper()
        let isStuck = Mutex(false)
        let screen = Screen(output: paper.add, isBehind: { isStuck.withLock { $0 } })
        let turn = screen.begin()
        let now = ContinuousClock.now
        screen.draw(["a"], columns: 80, as: turn, at: now)
        isStuck.withLock { $0 = true }
        for second in 1...9 { screen.draw(["b"], columns: 80, as: turn, at: now + .seconds(second)) }
        #expect(paper.take() == "a")
        isStuck.withLock { $0 = false }
        screen.draw(["c"], columns: 80, as: turn, at: now + .seconds(10))
        #expect(paper.take() == "\r\u{1B}[Jc")
    }
}
