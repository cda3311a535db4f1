import Reconciliation

/// The counts of a run, formed once for the headline, `summary.json` and the table.
struct Tally {
    /// One bank's cases.
    struct Bank {
        let name: String
        /// What tonight found, carried cases as `deferred`.
        var outcomes: [Outcome: Int] = [:]
        /// What is known, carried cases by their standing.
        var known: [Outcome: Int] = [:]
        /// Cases that wait for the bank itself.
        var waiting = 0
        /// What the run proves of the bank.
        var facts: BankFacts?

        var total: Int { outcomes.values.reduce(0, +) }
        var unresolved: Int { outcomes.reduce(0) { sum, entry in sum + (entry.key.isUnresolved ? entry.value : 0) } }
        /// Since when the bank has been down, as far as this run proves an outage.
        var downSince: Timestamp? { facts?.downSince }
    }

    /// Stands for the bank of the cases whose bank is not known.
    static let unknownBank = "(unknown)"

    private(set) var total = 0
    /// Cases that the run got to.
    private(set) var tried = 0
    /// Cases that are settled with the data there, healthy ones that were asked for not included.
    private(set) var back = 0
    private(set) var nothingWrong = 0
    /// What tonight found; the sum is ``total``.
    private(set) var outcomes: [Outcome: Int] = [:]
    /// What is known: the standing where tonight found nothing out.
    private(set) var known: [Outcome: Int] = [:]
    /// By what is known.
    private(set) var owners: [Owner: Int] = [:]
    /// The same, of unresolved cases only.
    private(set) var workList: [Owner: Int] = [:]
    /// By what is known.
    private(set) var outcomesByOwner: [Owner: [Outcome: Int]] = [:]
    /// Cases that the run did not get to, by the cause.
    private(set) var notTried: [Cause: Int] = [:]
    /// Cases with a standing that the run did not get to, those that its limit left out not included.
    private(set) var carried = 0
    /// Cases in their cool-down.
    private(set) var resting = 0
    /// Cases with a standing whose check went wrong.
    private(set) var carriedErrors = 0
    /// Cases of banks that answered for other accounts, and the customer should log in to them again.
    private(set) var refusedAlone = 0
    /// By name as UTF-8 bytes.
    private(set) var banks: [Bank] = []

    init(_ run: RunRecord) {
        let facts = RunFacts(run)
        // Keyed by bytes: two spellings that Unicode calls equal stay two, whoever comes first.
        var banks: [[UInt8]: Bank] = [:]
        for record in run.cases {
            guard let outcome = record.outcome, let known = record.knownOutcome else { continue }
            let owner = facts.owner(of: record)
            count(record, outcome, known, owner)
            let name = record.bank ?? Self.unknownBank
            var bank = banks[Array(name.utf8)] ?? Bank(name: name, facts: facts.bank(of: record))
            bank.outcomes[outcome, default: 0] += 1
            bank.known[known, default: 0] += 1
            if owner == .bank { bank.waiting += 1 }
            banks[Array(name.utf8)] = bank
        }
        self.banks = banks.values.sorted { $0.name.precedesByBytes($1.name) }
    }

    private mutating func count(_ record: CaseRecord, _ outcome: Outcome, _ known: Outcome, _ owner: Owner) {
        total += 1
        outcomes[outcome, default: 0] += 1
        self.known[known, default: 0] += 1
        owners[owner, default: 0] += 1
        outcomesByOwner[owner, default: [:]][known, default: 0] += 1
        if known.isUnresolved { workList[owner, default: 0] += 1 }
        if record.nothingIsWrong { nothingWrong += 1 } else if !outcome.isUnresolved { back += 1 }
        if known == .bankUnavailable, owner == .customer { refusedAlone += 1 }
        if outcome == .errored, known != outcome { carriedErrors += 1 }
        if record.isTried {
            tried += 1
        } else {
            if let cause = record.whyNotTried { notTried[cause, default: 0] += 1 }
            if record.isCoolingDown { resting += 1 } else if known != .deferred, record.cause != .limit { carried += 1 }
        }
    }

    /// ``notTried`` in the order of the causes.
    var notTriedInOrder: [(cause: Cause, count: Int)] {
        Cause.allCases.compactMap { cause in notTried[cause].map { (cause, $0) } }
    }

    /// The banks that are down, and since when.
    var banksDown: [(name: String, since: Timestamp)] {
        banks.compactMap { bank in bank.downSince.map { (bank.name, $0) } }
    }

    /// How many cases tonight found this for.
    subscript(_ outcome: Outcome) -> Int { outcomes[outcome, default: 0] }
}
