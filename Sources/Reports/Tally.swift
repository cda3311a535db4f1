import Reconciliation

/// The counts of a run, formed once for the headline, `summary.json` and the table.
struct Tally {
    /// One bank's cases.
    struct Bank {
        let name: String
        var outcomes: [Outcome: Int] = [:]
        /// Since when the bank has been down, as far as this run proves an outage.
        var downSince: Timestamp?

        var total: Int { outcomes.values.reduce(0, +) }
        var unresolved: Int { outcomes.reduce(0) { sum, entry in sum + (entry.key.isUnresolved ? entry.value : 0) } }
        /// Cases that wait for the bank itself.
        var waiting: Int { outcomes[.bankUnavailable, default: 0] + outcomes[.incompleteStatement, default: 0] }
    }

    /// Stands for the bank of the cases whose bank is not known.
    static let unknownBank = "(unknown)"

    private(set) var total = 0
    /// Cases that are settled with the data there, healthy ones that were asked for not included.
    private(set) var back = 0
    private(set) var nothingWrong = 0
    private(set) var outcomes: [Outcome: Int] = [:]
    private(set) var owners: [Owner: Int] = [:]
    private(set) var outcomesByOwner: [Owner: [Outcome: Int]] = [:]
    /// By name as UTF-8 bytes.
    private(set) var banks: [Bank] = []

    init(_ run: RunRecord) {
        // Keyed by bytes: two spellings that Unicode calls equal stay two, whoever comes first.
        var banks: [[UInt8]: Bank] = [:]
        for record in run.cases {
            guard let outcome = record.outcome else { continue }
            total += 1
            outcomes[outcome, default: 0] += 1
            owners[record.owner, default: 0] += 1
            outcomesByOwner[record.owner, default: [:]][outcome, default: 0] += 1
            if record.nothingIsWrong { nothingWrong += 1 } else if !outcome.isUnresolved { back += 1 }
            let name = record.bank ?? Self.unknownBank
            banks[Array(name.utf8), default: Bank(name: name)].outcomes[outcome, default: 0] += 1
        }
        for (name, since) in BankOutage.starts(in: run) { banks[name]?.downSince = since }
        self.banks = banks.values.sorted { $0.name.precedesByBytes($1.name) }
    }

    subscript(_ outcome: Outcome) -> Int { outcomes[outcome, default: 0] }
}
