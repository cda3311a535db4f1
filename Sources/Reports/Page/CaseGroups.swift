import Reconciliation

/// Cases with one outcome, one cause and one next step: what a page says once for all of them.
struct CaseGroup {
    let need: Need
    /// What is known of the accounts, whether or not this run found it out.
    let outcome: Outcome
    let sentences: Sentences
    /// Where the first row stands in the report's order.
    fileprivate let place: Int
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

    /// The first cases of a run in the report's order, at most so many, by who is needed.
    ///
    /// Within one need the group with the most urgent row comes first, but what is back last.
    static func all(of run: RunRecord, most: Int = .max) -> [Need: [CaseGroup]] {
        let facts = RunFacts(run)
        var byStep: [NextStep: [Entry]] = [:]
        for (place, index) in run.placesInReportOrder.prefix(most).enumerated() {
            let record = run.cases[index]
            guard let outcome = record.knownOutcome else { continue }
            let sentences = Sentences(sharedBy: record, in: facts)
            let step = NextStep(need: Need(of: record, in: facts), outcome: outcome, text: sentences.nextStep)
            byStep[step, default: []].append(Entry(record: record, sentences: sentences, place: place))
        }
        let groups = byStep.flatMap { step, entries in split(entries, of: step, in: facts) }
        return Dictionary(grouping: groups, by: \.need).mapValues { $0.sorted(by: precedes) }
    }

    private struct NextStep: Hashable {
        let need: Need
        let outcome: Outcome
        let text: String
    }

    private struct Entry {
        let record: CaseRecord
        let sentences: Sentences
        let place: Int

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
                        need: step.need, outcome: step.outcome,
                        sentences: Sentences(whatHappened: cause.told, nextStep: step.text), place: entry.place,
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
        return left.place < right.place
    }
}
