import Postgres
import Reconciliation

extension SQL {
    /// The cases and their accounts as a worker knows them, and nothing more; a query of the CTE `told`.
    static func known(_ cases: [CaseSnapshot]) -> SQL {
        """
        select * from jsonb_to_recordset(\(JSONRows(cases) { $0.known })) as t (
            account_id text, is_there boolean, data_available boolean, awaiting timestamptz, flagged timestamptz,
            unlinked timestamptz, intended timestamptz, steps jsonb)
        """
    }

    /// What a worker tells of its cases, one row each; a query of the CTE `told`.
    static func told(_ cases: [CaseSnapshot]) -> SQL { told(JSONRows(cases) { $0.fields }) }

    /// The same with how each case ends.
    static func told(_ settled: [SettledCase]) -> SQL {
        told(JSONRows(settled) { $0.one.fields + $0.settlement.fields })
    }

    private static func told(_ rows: JSONRows) -> SQL {
        """
        select * from jsonb_to_recordset(\(rows)) as t (
            account_id text, is_there boolean, data_available boolean, awaiting timestamptz, flagged timestamptz,
            unlinked timestamptz, intended timestamptz, sent_at timestamptz, requested_before timestamptz,
            job_before text, answer text, job_id text, api_calls int, polls int, status_before text,
            status_after text, data_request_id text, institution text, bank_code text, steps jsonb,
            outcome text, cause text, detail text, is_withdrawn boolean, next_attempt timestamptz, reauth_link text,
            brings_data boolean, debt text, flag text, failures text, found jsonb)
        """
    }

    /// The accounts of `told` as they are and will stay for this transaction; the query of the CTE `held`.
    static let heldAccounts: SQL = """
        select a.* from mono.accounts a where a.account_id = any(array(select account_id from told))
        order by a.account_id for update
        """

    /// Nothing that a decision rests on was changed by an event that committed later.
    static let isAsKnown: SQL = """
        (a.data_available = t.data_available)
        and (\(possible("a.awaiting_update_since")) is not distinct from t.awaiting)
        and (\(possible("a.reauthorisation_required_since")) is not distinct from t.flagged)
        and (\(possible("a.unlinked_at")) is not distinct from t.unlinked)
        """

    /// The same where the row may be gone, and known to be.
    static let isAsKnownOrGone: SQL = """
        ((a.account_id is not null) = t.is_there and (not t.is_there or \(isAsKnown)))
        """
}

/// A case with how it ends.
struct SettledCase: Sendable {
    var one: CaseSnapshot
    var settlement: Settlement
}

extension CaseSnapshot {
    fileprivate var known: JSONRows.Fields {
        [
            ("account_id", accountID), ("is_there", account != nil),
            ("data_available", account?.dataAvailable ?? false), ("awaiting", account?.awaitingSince),
            ("flagged", account?.flaggedSince), ("unlinked", account?.unlinkedAt), ("intended", intendedAt),
            ("steps", steps),
        ]
    }

    fileprivate var fields: JSONRows.Fields {
        known + [
            ("sent_at", sentAt), ("requested_before", requestedBeforeIntent), ("job_before", jobBefore),
            ("answer", progress?.rawValue), ("job_id", jobID), ("api_calls", apiCalls), ("polls", polls),
            ("status_before", statusBefore), ("status_after", statusAfter),
            ("data_request_id", learned?.dataRequestID), ("institution", learned?.institution),
            ("bank_code", learned?.bankCode),
        ]
    }
}

extension Settlement {
    fileprivate var fields: JSONRows.Fields {
        let change = accountChange
        return [
            ("outcome", outcome.rawValue), ("cause", cause.rawValue), ("detail", detail),
            ("is_withdrawn", withdrawsIntent), ("next_attempt", nextAttemptAt), ("reauth_link", reauthLink?.value),
            ("brings_data", change.bringsData), ("debt", change.debt.rawValue), ("flag", change.flag.rawValue),
            ("failures", change.failures.rawValue), ("found", found),
        ]
    }
}

/// What the column `found` holds.
extension KeptResult: JSONValue {
    func append(to text: inout String) {
        text += "{\"outcome\":\"\(outcome.rawValue)\",\"cause\":\"\(cause.rawValue)\",\"clears_flag\":\(clearsFlag)}"
    }
}

extension Row {
    /// What the column `found` held.
    func finding() throws(PostgresError) -> KeptResult? {
        let outcome: String? = try self["found_outcome"]
        let cause: String? = try self["found_cause"]
        guard let outcome = outcome.flatMap({ Outcome(rawValue: $0) }),
            let cause = cause.flatMap({ Cause(rawValue: $0) })
        else { return nil }
        return KeptResult(outcome, cause: cause, clearsFlag: try self["found_clears_flag"] ?? false)
    }
}
