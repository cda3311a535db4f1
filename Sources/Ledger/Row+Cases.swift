import Postgres
import Reconciliation

extension Row {
    /// A claimed case, as `Ledger.claim` selects it; its events come separately.
    func claim() throws(PostgresError) -> Claim {
        guard let reason = Reason(rawValue: try string(1)) else {
            throw PostgresError(.decoding, "a case has an unknown reason")
        }
        var intent: Claim.PastIntent?
        if let at = try timestamp(3) {
            intent = Claim.PastIntent(
                at: at, hadData: try bool(4), answer: try optionalString(5).flatMap { SyncProgress(rawValue: $0) },
                jobID: try optionalString(6), jobBefore: try optionalString(7))
        }
        return Claim(
            accountID: try accountID(0), reason: reason, stuckSince: try timestamp(2),
            news: News(account: try accountState(from: 13)), intent: intent, apiCalls: try int(8), polls: try int(9),
            steps: try steps(from: 10))
    }

    /// Steps from three array columns: seconds, names, what was said.
    func steps(from column: Int) throws(PostgresError) -> [Step] {
        let seconds: [String?] = try array(column)
        let names: [String?] = try array(column + 1)
        let said: [String?] = try array(column + 2)
        return zip(seconds, zip(names, said)).map { time, rest in
            Step(seconds: time.flatMap { Double($0) } ?? 0, name: rest.0 ?? "", said: rest.1 ?? "")
        }
    }

    /// One webhook: key, name, arrival, data status, sync status, job, job status, retrieved data.
    func eventNote(from column: Int) throws(PostgresError) -> EventNote {
        let name = try optionalString(column + 1) ?? ""
        let retrieved: [String?] = try array(column + 7)
        let status = try optionalString(column + 3).map { DataStatus($0, retrieved: retrieved.compactMap { $0 }) }
        let sync = try optionalString(column + 4).map { EventNote.SyncStatus($0) }
        let job = try optionalString(column + 5)
        let kind: EventNote.Kind =
            switch name {
            case "mono.events.account_updated", "mono.accounts.account_updated":
                .updated(status: status, sync: sync, job: job)
            case "mono.accounts.jobs.update":
                if let job {
                    .jobUpdate(job: job, status: JobStatus(try optionalString(column + 6) ?? ""))
                } else {
                    .other
                }
            case "mono.events.reauthorisation_required": .reauthorisationRequired
            case "mono.events.account_reauthorized": .reauthorised
            case "mono.events.sync_failed": .syncFailed
            case "mono.events.account_unlinked": .unlinked
            default: .other
            }
        guard let received = try timestamp(column + 2) else {
            throw PostgresError(.decoding, "an event has no time of arrival")
        }
        return EventNote(key: try string(column), kind: kind, receivedAt: received)
    }
}

extension Case {
    /// The steps as the JSON that `reconciliation_cases.steps` holds.
    var stepsJSON: String {
        let entries = steps.map { step in
            "[\(step.seconds),\(jsonText(step.name)),\(jsonText(step.said))]"
        }
        return "[\(entries.joined(separator: ","))]"
    }
}

/// A JSON string that PostgreSQL's jsonb accepts; control characters become blanks.
func jsonText(_ text: String) -> String {
    var json = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": json += "\\\""
        case "\\": json += "\\\\"
        case "\u{0}"..."\u{1F}", "\u{7F}": json += " "
        default: json.unicodeScalars.append(scalar)
        }
    }
    return json + "\""
}
