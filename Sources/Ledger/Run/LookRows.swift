import Postgres
import Reconciliation

extension SQL {
    /// The columns that `Row.lookKey` and `Row.lookTally` read, of `mono.look_tallies` and `mono.bank_laws`.
    static let lookColumns: SQL = """
        api, kind, institution, from_edge, to_edge, cases, told, untold, first_hits, first_misses, later_hits,
        later_misses, looks, plain_looks
        """

    /// Facts by key, as rows with ``lookColumns`` and the nights.
    static func looks(_ known: [LookKey: LookHistory]) -> SQL {
        """
        select * from jsonb_to_recordset(\(JSONRows(known.sorted { $0.key < $1.key }) { $0.value.fields(of: $0.key) }))
            as t (api text, kind text, institution text collate "C", from_edge smallint[], to_edge smallint[],
                cases double precision[], told double precision, untold double precision, first_hits double precision,
                first_misses double precision, later_hits double precision, later_misses double precision,
                looks double precision, plain_looks double precision, nights int)
        """
    }
}

extension LookHistory {
    fileprivate func fields(of key: LookKey) -> JSONRows.Fields {
        let cells = tally.cells.sorted { $0.key < $1.key }
        let found = tally.inspections
        return [
            ("api", key.api.rawValue), ("kind", key.kind.rawValue), ("institution", key.institution),
            ("from_edge", JSONNumbers(cells.map { Optional($0.key.from) })),
            ("to_edge", JSONNumbers(cells.map(\.key.to))), ("cases", JSONNumbers(cells.map(\.value))),
            ("told", tally.told), ("untold", tally.untold), ("first_hits", found.firstHits),
            ("first_misses", found.firstMisses), ("later_hits", found.laterHits), ("later_misses", found.laterMisses),
            ("looks", tally.looks), ("plain_looks", tally.plainLooks), ("nights", nights),
        ]
    }
}

extension Row {
    /// The key of a row of `mono.look_tallies` or `mono.bank_laws`; nil for a word of a later version.
    func lookKey() throws(PostgresError) -> LookKey? {
        guard let api: APIGeneration = try word("api"), let kind: LookKind = try word("kind") else { return nil }
        return LookKey(api: api, kind: kind, institution: try self["institution"])
    }

    /// The facts of such a row.
    func lookTally() throws(PostgresError) -> LookTally {
        let from: [Int?] = try array("from_edge")
        let to: [Int?] = try array("to_edge")
        let cases: [Double?] = try array("cases")
        var tally = LookTally()
        for (from, (to, count)) in zip(from, zip(to, cases)) {
            guard let from, let count else { continue }
            tally.cells[LookCell(from: from, to: to), default: 0] += count
        }
        tally.told = try self["told"]
        tally.untold = try self["untold"]
        tally.inspections.firstHits = try self["first_hits"]
        tally.inspections.firstMisses = try self["first_misses"]
        tally.inspections.laterHits = try self["later_hits"]
        tally.inspections.laterMisses = try self["later_misses"]
        tally.looks = try self["looks"]
        tally.plainLooks = try self["plain_looks"]
        return tally
    }
}

extension Session {
    /// Rows with ``SQL/lookColumns`` and `nights`, by key.
    func lookHistories(_ rows: SQL) throws(PostgresError) -> [LookKey: LookHistory] {
        let all = try query(rows) { (row) throws(PostgresError) -> (LookKey, LookHistory)? in
            guard let key = try row.lookKey() else { return nil }
            return (key, LookHistory(tally: try row.lookTally(), nights: try row["nights"]))
        }
        return Dictionary(all.compactMap { $0 }) { first, _ in first }
    }

    /// The sum of what workers have told of a run's looks, whoever's rows `l` fit the condition.
    func lookTotals(_ condition: SQL) throws(PostgresError) -> [LookKey: LookTally] {
        let all = try query(
            "select \(SQL.lookColumns) from mono.look_tallies l where \(condition) order by l.worker"
        ) { (row) throws(PostgresError) -> (LookKey, LookTally)? in
            guard let key = try row.lookKey() else { return nil }
            return (key, try row.lookTally())
        }
        return Dictionary(all.compactMap { $0 }, uniquingKeysWith: +)
    }
}
