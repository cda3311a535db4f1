import Reconciliation

/// The parts of the list, in the order of need: who is needed, and apart from those who must be called, whose data can
/// be used as it is.
enum Need: String, CaseIterable {
    case customer, use, engineer, mono, bank, nobody

    init(of record: CaseRecord, in facts: RunFacts) {
        self =
            switch facts.owner(of: record) {
            case .customer: record.knownOutcome == .partial && record.nightsInARow < 2 ? .use : .customer
            case .engineer: .engineer
            case .mono: .mono
            case .bank: .bank
            case .nobody: .nobody
            }
    }

    /// A heading.
    var title: Markup {
        switch self {
        case .customer: "The customer must act"
        case .use: "Use what is there; nobody must be called yet"
        case .engineer: "An engineer must help"
        case .mono: "Mono must act"
        case .bank: "Waiting for the bank"
        case .nobody: "Nobody must act"
        }
    }

    /// In a list of jumps, after a number.
    var word: Markup {
        switch self {
        case .customer: "for customers"
        case .use: "to use as they are"
        case .engineer: "for an engineer"
        case .mono: "for Mono"
        case .bank: "wait for banks"
        case .nobody: "need nobody"
        }
    }

    var tone: Tone {
        switch self {
        case .customer, .use: .customer
        case .engineer: .engineer
        case .mono: .mono
        case .bank: .bank
        case .nobody: .nobody
        }
    }
}

extension Owner {
    /// In a list of counts, after a number.
    var word: String {
        switch self {
        case .customer: "for customers"
        case .engineer: "for an engineer"
        case .mono: "for Mono"
        case .bank: "wait for banks"
        case .nobody: "need nobody"
        }
    }
}
