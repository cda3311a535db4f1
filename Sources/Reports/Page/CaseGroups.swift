import Reconciliation

/// Cases with one outcome, one cause and one next step: what a page says once for all of them.
struct CaseGroup {
    let owner: Owner
    let outcome: Outcome
    let sentences: Sentences
    /// The cause as ``Entry/key`` has it.
    fileprivate let key: String
    /// In the report's order.
    fileprivate(set) var rows: [Row]

    struct Row {
        let record: CaseRecord
        /// What happened, where the group's sentence does not say so.
        let note: String?
    }

    /// A cause that fewer cases share is told beside each of them.
    static let fewestRows = 3
    /// Different causes of one outcome and next step that get a group of their own.
    static let mostCauses = 4

    /// The first cases of a run in the report's order, at most so many, by owner; within one the largest group first, but what is back last.
    static func all(of run: RunRecord, most: Int = .max) -> [Owner: [CaseGroup]] {
        let facts = RunFacts(run)
        var byStep: [NextStep: [Entry]] = [:]
        for place in run.placesInReportOrder.prefix(most) {
            let record = run.cases[place]
            guard let outcome = record.knownOutcome else { continue }
            let sentences = Sentences(sharedBy: record, in: facts)
            byStep[NextStep(owner: facts.owner(of: record), outcome: outcome, text: sentences.nextStep), default: []]
                .append(Entry(record: record, sentences: sentences))
        }
        let groups = byStep.flatMap { step, entries in split(entries, of: step, in: facts) }
        return Dictionary(grouping: groups, by: \.owner).mapValues { $0.sorted(by: precedes) }
    }

    private struct NextStep: Hashable {
        let owner: Owner
        let outcome: Outcome
        let text: String
    }

    private struct Entry {
        let record: CaseRecord
        let sentences: Sentences

        /// What puts an entry into a group.
        var key: String { sentences.whatHappened }
    }

    /// The causes that enough cases share; the others go to the commonest one.
    private static func split(_ entries: [Entry], of step: NextStep, in facts: RunFacts) -> [CaseGroup] {
        let byKey = Dictionary(grouping: entries, by: \.key)
        let common = byKey.sorted { left, right in
            left.value.count == right.value.count
                ? left.key.precedesByBytes(right.key) : left.value.count > right.value.count
        }.prefix(mostCauses)
        var causes = common.filter { $0.value.count >= fewestRows }.map { (key: $0.key, told: $0.key) }
        if causes.isEmpty {
            // Without a common cause, no row's cause shall look like everybody's.
            causes = [(entries[0].key, byKey.count == 1 ? entries[0].key : general(entries[0], in: facts))]
        }
        var groups: [CaseGroup] = []
        var places: [String: Int] = [:]
        for entry in entries {
            let cause = causes.first { $0.key == entry.key } ?? causes[0]
            let happened = entry.sentences.whatHappened
            let row = Row(record: entry.record, note: happened == cause.told ? nil : happened)
            if let place = places[cause.key] {
                groups[place].rows.append(row)
            } else {
                places[cause.key] = groups.count
                // The first row of a cause makes the cause's group; a row that only joins the group has a note.
                groups.append(
                    CaseGroup(
                        owner: step.owner, outcome: step.outcome,
                        sentences: Sentences(whatHappened: cause.told, nextStep: step.text), key: cause.key,
                        rows: [row]))
            }
        }
        return groups
    }

    /// What happened without the particulars that differ, where the outcome has such.
    private static func general(_ entry: Entry, in facts: RunFacts) -> String {
        guard let outcome = entry.record.outcome, [.deferred, .errored, .accountNotFound].contains(outcome) else {
            return entry.sentences.whatHappened
        }
        var record = entry.record
        record.cause = nil
        return Sentences(sharedBy: record, in: facts).whatHappened
    }

    private static func precedes(_ left: CaseGroup, _ right: CaseGroup) -> Bool {
        if left.outcome.isUnresolved != right.outcome.isUnresolved { return left.outcome.isUnresolved }
        if left.rows.count != right.rows.count { return left.rows.count > right.rows.count }
        if left.outcome != right.outcome { return left.outcome.rawValue < right.outcome.rawValue }
        if left.sentences.nextStep != right.sentences.nextStep {
            return left.sentences.nextStep.precedesByBytes(right.sentences.nextStep)
        }
        return left.key.precedesByBytes(right.key)
    }
}

extension Outcome {
    /// The outcome in words, as a heading.
    var title: String {
        switch self {
        case .alreadyAvailable: "Data already there"
        case .recovered: "Recovered by our sync"
        case .partial: "Only part of the data"
        case .reauthorisationRequired: "Must re-authorise"
        case .bankUnavailable: "Bank unavailable"
        case .providerFailed: "Mono failed"
        case .incompleteStatement: "Incomplete statement"
        case .stillProcessing: "Still being fetched"
        case .accountNotFound: "No longer linked"
        case .deferred: "Put off"
        case .errored: "Went wrong"
        }
    }

    /// The same within a sentence.
    var phrase: String { self == .providerFailed ? title : title.lowercased() }

    /// Whose colour it has; where the owner depends on the nights, the first night's.
    var tone: Tone { isUnresolved ? Tone(Owner(of: self, nightsInARow: 1)) : .back }
}

/// What a colour stands for; always beside a word or shape that says the same.
enum Tone: Int, CaseIterable {
    case back, customer, engineer, mono, bank, nobody

    init(_ owner: Owner) {
        self =
            switch owner {
            case .customer: .customer
            case .engineer: .engineer
            case .mono: .mono
            case .bank: .bank
            case .nobody: .nobody
            }
    }

    /// The class that carries the colour.
    var name: Markup {
        switch self {
        case .back: "back"
        case .customer: "customer"
        case .engineer: "engineer"
        case .mono: "mono"
        case .bank: "bank"
        case .nobody: "nobody"
        }
    }

    /// In a legend.
    var title: Markup {
        switch self {
        case .back: "back"
        case .customer: "the customer must act"
        case .engineer: "an engineer must look"
        case .mono: "Mono must act"
        case .bank: "waiting for the bank"
        case .nobody: "pending, nobody must act"
        }
    }
}
