import Ledger
import Reconciliation
import Synchronization

/// How progress is shown.
enum ProgressStyle: Equatable, Sendable {
    case none
    /// A plain line now and then.
    case lines
    /// A block at the end of the terminal.
    case screen(colours: Bool)

    /// The style that the setting asks for and the terminal allows.
    init(
        _ setting: RunSettings.Progress, isQuiet: Bool, isTerminal: Bool, environment: [String: String]
    ) {
        let canDraw = isTerminal && environment["TERM", default: "dumb"] != "dumb"
        // As no-color.org says: colours are off if the variable has any value but the empty one.
        let colours = environment["NO_COLOR", default: ""].isEmpty
        switch setting {
        case .never: self = .none
        case .auto where isQuiet || !isTerminal: self = .none
        case .auto, .always: self = canDraw ? .screen(colours: colours) : .lines
        }
    }
}

/// Shows how far a run has come, until the display is told to end.
final class ProgressDisplay: Sendable {
    private let window: Duration
    private let began = ContinuousClock.now
    private let prices: Prices?
    private let calls = Mutex(CallCounts())
    private let timeRemaining = Mutex(TimeRemaining())
    private let latest = Mutex<RunProgress?>(nil)
    private let tasks = Mutex<[Task<Void, Never>]>([])
    private let screen: Screen
    private let turn: Int

    /// Between two drawings; a terminal that was resized is drawn anew so soon.
    private static let frame = Duration.milliseconds(250)
    private static let linePause = Duration.seconds(30)

    /// A display of a run; nil where none is wanted.
    static func start(_ style: ProgressStyle, _ ledger: Ledger, _ run: OpenRun) -> ProgressDisplay? {
        guard style != .none else { return nil }
        let display = ProgressDisplay(
            window: run.options.rules.window, prices: run.options.prices, screen: .shared)
        let asking = Task { await display.ask(ledger, run.runID) }
        let showing = Task {
            switch style {
            case .none: break
            case .lines: await display.tell()
            case .screen(let colours): await display.draw(colours: colours)
            }
        }
        display.tasks.withLock { $0 = [asking, showing] }
        return display
    }

    private init(window: Duration, prices: Prices?, screen: Screen) {
        self.window = window
        self.prices = prices
        self.screen = screen
        turn = screen.begin()
    }

    /// Takes what this worker knows better than the database.
    func show(_ made: CallCounts) {
        calls.withLock { $0 = made }
    }

    /// Takes the display away.
    func end() {
        for task in tasks.withLock({ $0 }) { task.cancel() }
        screen.end()
    }

    /// Asks the database once a second, and less often if its answers take long.
    private func ask(_ ledger: Ledger, _ runID: Int64) async {
        repeat {
            let asked = ContinuousClock.now
            // The run notices that the database is away; the display keeps the last news.
            if let news = try? await ledger.reader.progress(of: runID, for: ledger.worker) {
                timeRemaining.withLock { $0.saw(settled: news.settled, at: asked - began) }
                latest.withLock { $0 = news }
            }
            let took = ContinuousClock.now - asked
            guard (try? await Task.sleep(for: max(.seconds(1), took * 20))) != nil else { return }
        } while !Task.isCancelled
    }

    private var picture: ProgressPicture? {
        guard let progress = latest.withLock({ $0 }) else { return nil }
        let window = window
        let lastWindow = progress.lastIntentAt.map { $0.advanced(by: window).since(progress.at) }
        let remaining = timeRemaining.withLock { timeRemaining in
            timeRemaining.estimate(
                open: progress.open, unasked: progress.open - progress.waiting, lastWindow: lastWindow, window: window)
        }
        let calls = calls.withLock { $0 } + progress.callsElsewhere
        return ProgressPicture(
            progress: progress, calls: calls.total, cost: prices.map { Cost(of: calls, at: $0) },
            elapsed: ContinuousClock.now - began, remaining: remaining)
    }

    private func draw(colours: Bool) async {
        while (try? await Task.sleep(for: Self.frame)) != nil {
            guard let picture, !Screen.isInBackground else { continue }
            let room = Screen.room
            screen.draw(picture.lines(in: room, colours: colours), columns: room.columns, as: turn)
        }
    }

    private func tell() async {
        while (try? await Task.sleep(for: Self.linePause)) != nil {
            if let picture { Terminal.note(picture.line + "\n") }
        }
    }
}
