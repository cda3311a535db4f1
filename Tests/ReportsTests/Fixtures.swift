import Reconciliation

@testable import Reports

/// 2026-03-10T02:00:00Z, when the runs of these tests begin.
let runStart = Timestamp(microseconds: 1_773_108_000_000_000)

func record(
    _ accountID: String, _ outcome: Outcome?, _ cause: Cause? = nil, institution: String? = nil,
    reason: Reason = .missingUpdate,
    nights: Int = 1, detail: String? = nil, apiCalls: Int = 2
) -> CaseRecord {
    var record = CaseRecord(runID: 42, accountID: accountID, reason: reason)
    record.outcome = outcome
    record.cause = cause
    record.institution = institution
    record.nightsInARow = nights
    record.detail = detail
    record.apiCalls = apiCalls
    return record
}

/// A case that the run did not get to, with what was known of the account since so many nights.
func carried(
    _ accountID: String, _ known: Outcome?, because cause: Cause, outcome: Outcome = .deferred,
    institution: String? = nil, nights: Int = 1, standingCause: Cause? = nil
) -> CaseRecord {
    var carried = record(accountID, outcome, cause, institution: institution, nights: nights, apiCalls: 0)
    carried.isTried = outcome == .errored
    carried.standing = known.map { known in
        let since = runStart.advanced(by: .seconds(-86_400 * (nights - 1)))
        return Standing(outcome: known, cause: standingCause, since: since)
    }
    carried.settledAt = runStart
    return carried
}

/// A case that was synced and settled so many seconds after the run's start.
func synced(_ accountID: String, _ outcome: Outcome, after seconds: Int, institution: String = "GTBank") -> CaseRecord {
    var synced = record(accountID, outcome, institution: institution)
    synced.syncIntendedAt = runStart
    synced.settledAt = runStart.advanced(by: .seconds(seconds))
    return synced
}

func run(_ cases: [CaseRecord], id: Int64 = 42, kind: RunKind = .nightly) -> RunRecord {
    var run = RunRecord(runID: id, kind: kind, startedAt: runStart)
    run.finishedAt = runStart.advanced(by: .milliseconds(312_450))
    run.cases = cases
    run.selected = cases.count { $0.isTried }
    return run
}

func cases(_ number: Int, _ outcome: Outcome, institution: String? = nil) -> [CaseRecord] {
    (0..<number).map { record("\(outcome.rawValue)\($0)", outcome, institution: institution) }
}

/// The time that `YYYY-MM-DDThh:mm:ssZ` names.
func at(_ text: String) -> Timestamp {
    let parts = text.split { "-T:Z".contains($0) }.compactMap { Int64($0) }
    precondition(parts.count == 6, "\(text) is no time")
    // Days before the month in a year that begins in March.
    let (year, month) = parts[1] > 2 ? (parts[0], parts[1] - 3) : (parts[0] - 1, parts[1] + 9)
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + parts[2] - 719_469
    return Timestamp(microseconds: (days * 86_400 + parts[3] * 3_600 + parts[4] * 60 + parts[5]) * 1_000_000)
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

extension RunRecord {
    /// The accounts as the report orders them.
    var accountsInReportOrder: [String] { placesInReportOrder.map { cases[$0].accountID } }
}

extension AccountsCSV {
    /// The whole file.
    static func bytes(of run: RunRecord, profile: CSVProfile) -> [UInt8] {
        var all: [UInt8] = []
        do throws(ReportError) {
            try write(run, profile: profile) { piece in all += piece }
        } catch {
            preconditionFailure("nothing is written: \(error)")
        }
        return all
    }
}
