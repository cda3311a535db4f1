import Postgres
package import Reconciliation

/// Who must act for how many accounts, by what is known of them, and what the last night did not get to.
package struct WorkList: Equatable, Sendable {
    /// Cases of the last finished nightly run that it did not try, for one reason.
    package struct NotTried: Equatable, Sendable {
        /// Nil where the row has none, or one of a later version.
        package var cause: Cause?
        package var count: Int
    }

    /// Stuck or flagged accounts of which something is known; at most ``LedgerStatus/Count/limit`` are looked at.
    package var owners: [Owner: Int] = [:]
    /// The newest finished nightly run; nil: there is none.
    package var lastNight: Int64?
    /// The most frequent reason first.
    package var notTried: [NotTried] = []
    /// Whether there are more accounts or cases than were looked at.
    package var isCut = false
}

extension LedgerReader {
    /// Counts through the partial indexes of what is owed and flagged, and in one run's cases.
    ///
    /// Nights are those up to the last finished nightly run, or to now without one.
    static func workList(
        _ zone: TimeZoneRules, now: Timestamp, _ session: borrowing Session
    ) throws(PostgresError) -> WorkList {
        var list = WorkList()
        let most = LedgerStatus.Count.limit + 1
        let night = try session.first(
            """
            select run_id, started_at from mono.reconciliation_runs
            where kind = 'nightly' and finished_at is not null order by run_id desc limit 1
            """
        ) { (row) throws(PostgresError) in (id: try row["run_id"] as Int64, start: try row["started_at"] as Timestamp) }
        let firstNight = zone.nightStart(of: night?.start ?? now)
        let standings = try session.query(
            """
            select s.standing_outcome, s.is_first_night, s.has_answered, count(*) as number from (
                select a.standing_outcome, a.standing_since >= \(firstNight) as is_first_night,
                    coalesce((select h.last_delivery_at > a.standing_since from mono.bank_health h
                        where h.bank = a.institution), false) as has_answered
                from mono.accounts a
                where (a.awaiting_update_since is not null or a.reauthorisation_required_since is not null)
                    and a.unlinked_at is null and a.standing_outcome is not null
                limit \(most)::int) s
            group by s.standing_outcome, s.is_first_night, s.has_answered
            """
        ) { (row) throws(PostgresError) in
            (
                outcome: try row.word("standing_outcome") as Outcome?, nights: try row["is_first_night"] ? 1 : 2,
                hasAnswered: try row["has_answered"] as Bool, count: try row["number"] as Int
            )
        }
        for standing in standings {
            guard let outcome = standing.outcome, outcome.isUnresolved else { continue }
            let owner = Owner(
                of: outcome, nightsInARow: standing.nights, bankAnsweredOthers: standing.hasAnswered)
            list.owners[owner, default: 0] += standing.count
        }
        list.isCut = standings.reduce(0) { $0 + $1.count } >= most
        guard let night else { return list }
        list.lastNight = night.id
        list.notTried = try session.query(
            """
            select c.cause, count(*) as number from (
                select case when outcome = any(\(SQL.evident)) then \(Cause.coolDown.rawValue) else cause end as cause, tried
                from mono.reconciliation_cases
                where run_id = \(night.id) and outcome is not null limit \(most)::int) c
            where not c.tried group by c.cause order by number desc, c.cause
            """
        ) { (row) throws(PostgresError) in
            WorkList.NotTried(cause: try row.word("cause"), count: try row["number"])
        }
        return list
    }
}

extension TimeZoneRules {
    /// The noon with which a time's night begins.
    func nightStart(of time: Timestamp) -> Timestamp {
        let local = self.local(time).microseconds
        let day: Int64 = 86_400_000_000
        let sinceNoon = ((local - day / 2) % day + day) % day
        return time.advanced(by: .microseconds(-sinceNoon))
    }
}
