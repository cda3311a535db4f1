import Postgres
import Reconciliation

extension BankLaw {
    /// As it stands among the `laws` of a run's column `closing`.
    var fields: JSONRows.Fields {
        [
            ("institution", institution), ("kind", kind.rawValue), ("seconds", JSONNumbers(curve.map(\.seconds))),
            ("ended", JSONNumbers(curve.map(\.ended))), ("looks", JSONNumbers(looks)), ("cases", cases),
            ("nights", nights), ("most_end_by", mostEnd?.seconds), ("most_end", mostEnd?.ended),
            ("late", lateShare), ("told", toldShare), ("has_shifted", hasShifted),
        ]
    }
}

extension Session {
    /// The laws that a run noted at its close, by the banks' names.
    func laws(notedBy runID: Int64) throws(PostgresError) -> [BankLaw] {
        let laws = try query(
            """
            select l.* from mono.reconciliation_runs r
            cross join lateral jsonb_to_recordset(r.closing -> 'laws') as l (
                institution text, kind text, seconds double precision[], ended double precision[],
                looks double precision[], cases int, nights int, most_end_by double precision,
                most_end double precision, late double precision, told double precision, has_shifted boolean)
            where r.run_id = \(runID) and jsonb_typeof(r.closing -> 'laws') = 'array'
            order by l.institution collate "C"
            """
        ) { (row) throws(PostgresError) in try row.bankLaw() }
        return laws.compactMap { $0 }
    }
}

extension Row {
    /// nil for a kind of look of a later version.
    fileprivate func bankLaw() throws(PostgresError) -> BankLaw? {
        guard let kind: LookKind = try word("kind") else { return nil }
        var law = BankLaw(institution: try self["institution"], kind: kind)
        let (seconds, ended): ([Double?], [Double?]) = (try array("seconds"), try array("ended"))
        law.curve = zip(seconds, ended).map { BankLaw.Point(seconds: $0 ?? 0, ended: $1 ?? 0) }
        let looks: [Double?] = try array("looks")
        law.looks = looks.compactMap { $0 }
        law.cases = try self["cases"]
        law.nights = try self["nights"]
        if let share: Double = try self["most_end"], let time: Double = try self["most_end_by"] {
            law.mostEnd = BankLaw.Point(seconds: time, ended: share)
        }
        law.lateShare = try self["late"]
        law.toldShare = try self["told"]
        law.hasShifted = try self["has_shifted"]
        return law
    }
}
