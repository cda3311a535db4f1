import Reconciliation

/// Cases with one outcome, one cause and one next step: what a page says once for all of them.
struct CaseGroup {
    let owner: Owner
    let outcome: Outcome
    let sentences: Sentences
    /// In the report's order.
    fileprivate(set) var rows: [Row]

    /// Whether the reader has something to do although the account waits for nobody.
    var isException: Bool {
        owner == .nobody && !["Nothing to do", "Wait"].contains(where: sentences.nextStep.hasPrefix)
    }

    struct Row {
        let record: CaseRecord
        /// What happened, where it is not what the group says.
        let note: String?
    }

    /// A cause that fewer cases share is told beside each of them.
    static let fewestRows = 3
    /// Different causes of one outcome and next step that get a group of their own.
    static let mostCauses = 4

    /// All cases of a run by owner; within one exceptions first, then the largest group, but what is back last.
    static func all(of run: RunRecord) -> [Owner: [CaseGroup]] {
        var byStep: [Step: [Entry]] = [:]
        for record in run.casesInReportOrder {
            guard let outcome = record.outcome else { continue }
            let sentences = Sentences(sharedBy: record)
            byStep[Step(owner: record.owner, outcome: outcome, next: sentences.nextStep), default: []]
                .append(Entry(record: record, sentences: sentences))
        }
        let groups = byStep.flatMap { step, entries in split(entries, of: step) }
        return Dictionary(grouping: groups, by: \.owner).mapValues { $0.sorted(by: precedes) }
    }

    private struct Step: Hashable {
        let owner: Owner
        let outcome: Outcome
        let next: String
    }

    private struct Entry {
        let record: CaseRecord
        let sentences: Sentences
    }

    /// The causes that enough cases share; the others go to the commonest one.
    private static func split(_ entries: [Entry], of step: Step) -> [CaseGroup] {
        let counts = Dictionary(grouping: entries) { $0.sentences.whatHappened }.mapValues(\.count)
        let common = counts.sorted { left, right in
            left.value == right.value ? left.key.precedesByBytes(right.key) : left.value > right.value
        }.prefix(mostCauses)
        var causes = common.filter { $0.value >= fewestRows }.map(\.key)
        // Without a common one, none shall look like everybody's.
        if causes.isEmpty { causes = counts.count == 1 ? common.map(\.key) : [withoutDetail(entries[0], step)] }
        var groups: [CaseGroup] = []
        for entry in entries {
            let happened = entry.sentences.whatHappened
            let cause = causes.firstIndex(of: happened) ?? 0
            let row = Row(record: entry.record, note: causes.contains(happened) ? nil : happened)
            if let place = groups.firstIndex(where: { $0.sentences.whatHappened == causes[cause] }) {
                groups[place].rows.append(row)
            } else {
                // The first of a cause makes its group; one that only joins it says so itself.
                groups.append(
                    CaseGroup(
                        owner: step.owner, outcome: step.outcome,
                        sentences: Sentences(whatHappened: causes[cause], nextStep: step.next), rows: [row]))
            }
        }
        return groups
    }

    /// What happened without the particulars that differ, where the outcome has such.
    private static func withoutDetail(_ entry: Entry, _ step: Step) -> String {
        guard [.deferred, .errored, .accountNotFound].contains(step.outcome) else {
            return entry.sentences.whatHappened
        }
        var record = entry.record
        record.detail = nil
        return Sentences(sharedBy: record).whatHappened
    }

    private static func precedes(_ left: CaseGroup, _ right: CaseGroup) -> Bool {
        if left.isException != right.isException { return left.isException }
        if left.outcome.isUnresolved != right.outcome.isUnresolved { return left.outcome.isUnresolved }
        if left.rows.count != right.rows.count { return left.rows.count > right.rows.count }
        if left.outcome != right.outcome { return left.outcome.rawValue < right.outcome.rawValue }
        if left.sentences.nextStep != right.sentences.nextStep {
            return left.sentences.nextStep.precedesByBytes(right.sentences.nextStep)
        }
        return left.sentences.whatHappened.precedesByBytes(right.sentences.whatHappened)
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
