import Reconciliation

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
        case .customer: "with the customer"
        case .engineer: "an engineer must help"
        case .mono: "Mono must act"
        case .bank: "waiting for the bank"
        case .nobody: "pending, nobody must act"
        }
    }
}
