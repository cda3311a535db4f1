import FoundationEssentials
import Reconciliation

/// A `summary.json`, as far as the index needs it.
struct RunSummary: Equatable {
    var runID: Int64
    var kind: RunKind
    /// As the file has it; only `YYYY-MM-DDThh:mm:ssZ` is accepted.
    var startedAt: String
    var selected: Int
    var notSelected: Int
    var outcomes: [Outcome: Int]
    var owners: [Owner: Int]
    var calls: Int
    var headline: String
    var exitCode: Int
    /// The day on which the run's night began, by its zone: `2026-11-27`; nil in files of older versions.
    var night: String?
    var timeZone: String?
    /// Cases and what was left out; nil in files of older versions.
    var stuckTotal: Int?
    /// What the calls cost, as people read it; nil without prices.
    var cost: String?
    /// Calls that the plain schedule would have made beyond these; nil where that is not known.
    var callsSaved: Int?
    /// What tells it from other runs of this number.
    var identity: RunIdentity
    /// Its folder's name in the report directory.
    var folder: String
    /// Whether another database wrote it, or this one before it was restored.
    var isOfOtherHistory = false

    /// `27 Nov 2026`, the day on which the night began; the UTC date in files of older versions.
    var nightText: String {
        let date = (night ?? String(startedAt.prefix(10))).split(separator: "-")
        guard date.count == 3, let day = Int(date[2]), let month = Int(date[1]), (1...12).contains(month) else {
            return startedAt
        }
        return "\(day) \(Self.months[month - 1]) \(date[0])"
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Stuck or flagged accounts at the run's start, those that the limit left out included.
    var stuck: Int { kind == .nightly ? stuckTotal ?? selected + notSelected : selected + notSelected }

    /// Accounts whose data is there.
    var back: Int { outcomes.reduce(0) { $1.key.isUnresolved ? $0 : $0 + $1.value } }

    /// Counts by colour, in the colours' order, without the empty ones.
    var tones: [(Tone, Int)] {
        // Nobody acts on what is back either; a file that counts less is no reason to draw below zero.
        let waiting = owners.map { owner, number in
            (Tone(owner), owner == .nobody ? max(0, number - back) : number)
        }
        return Charts.tones(waiting + [(.back, back)])
    }

    /// More is no count of ours, and sums of such would not fit.
    static let mostCounted = 1_000_000_000

    /// Reads a file's bytes; nil if they are not a summary that this program writes.
    init?(_ bytes: [UInt8]) {
        guard let file = try? JSONDecoder().decode(File.self, from: Data(bytes)), file.schema_version == 1,
            let kind = RunKind(rawValue: file.kind), Self.isTime(file.started_at)
        else { return nil }
        runID = file.run_id
        self.kind = kind
        startedAt = file.started_at
        (selected, notSelected, calls) = (file.selected, file.not_selected, file.api_calls.total)
        exitCode = file.exit_code
        headline = file.headline
        folder = "run-\(file.run_id)"
        identity = RunIdentity(
            runID: file.run_id, kind: kind, startedAt: file.started_at, finishedAt: file.finished_at,
            lastEventAt: file.last_event_at, knownAccounts: file.known_accounts)
        night = file.night.flatMap { Self.isTime("\($0)T00:00:00Z") ? $0 : nil }
        timeZone = file.time_zone
        stuckTotal = file.stuck_total
        callsSaved = file.calls_saved
        if let cost = file.cost {
            guard let total = Money("\(cost.total)"), let currency = Currency(cost.currency) else { return nil }
            self.cost = total.text(in: currency)
        }
        outcomes = [:]
        for (name, number) in file.outcomes where number > 0 {
            if let outcome = Outcome(rawValue: name) { outcomes[outcome] = number }
        }
        owners = [:]
        for (name, number) in file.owners where number > 0 {
            if let owner = Owner(rawValue: name) { owners[owner] = number }
        }
        let numbers =
            [selected, notSelected, calls, exitCode, stuckTotal ?? 0, max(0, callsSaved ?? 0)] + outcomes.values
            + owners.values
        guard runID > 0, numbers.allSatisfy({ (0...Self.mostCounted).contains($0) }) else { return nil }
    }

    private static func isTime(_ text: String) -> Bool {
        let pattern = "0000-00-00T00:00:00Z"
        return text.utf8.count == pattern.utf8.count
            && zip(text.utf8, pattern.utf8).allSatisfy { byte, model in
                model == UInt8(ascii: "0") ? (0x30...0x39).contains(byte) : byte == model
            }
    }

    /// The file's own names.
    private struct File: Decodable {
        struct Calls: Decodable { let total: Int }
        struct Cost: Decodable {
            let total: Decimal
            let currency: String
        }

        let schema_version: Int
        let run_id: Int64
        let kind: String
        let started_at: String
        let finished_at: String?
        let last_event_at: String?
        let known_accounts: Int?
        let selected: Int
        let not_selected: Int
        let outcomes: [String: Int]
        let owners: [String: Int]
        let api_calls: Calls
        let headline: String
        let exit_code: Int
        let night: String?
        let time_zone: String?
        let stuck_total: Int?
        let cost: Cost?
        let calls_saved: Int?
    }
}
