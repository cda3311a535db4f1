import Reconciliation

extension CaseGroup {
    /// What is known of the group's accounts, as a heading.
    var title: String {
        if outcome == .bankUnavailable, need == .customer { return "Refused, though the bank answered for others" }
        return outcome.title
    }

    /// The next step in two or three words, for each row.
    var step: Markup {
        switch need {
        case .customer: askOfCustomer
        case .use: "Use what is there"
        case .engineer: "Pass to an engineer"
        case .mono: "Wait; if urgent, write to Mono"
        case .bank: "Wait"
        case .nobody: outcome.isUnresolved ? "Nothing to do" : "Use the statement"
        }
    }

    private var askOfCustomer: Markup {
        switch outcome {
        case .partial: return "Ask for a statement"
        case .accountNotFound: return "Ask to link again"
        case .reauthorisationRequired, .bankUnavailable, .providerFailed, .incompleteStatement, .stillProcessing,
            .alreadyAvailable, .recovered, .deferred, .errored:
            guard let record = rows.first?.record else { return .nothing }
            if record.knownCause == .cannotBeReauthorised { return "Ask to link again" }
            return record.reauthLink?.isEmpty == false ? "Send the link" : "Ask to log in again"
        }
    }
}

extension Outcome {
    /// The outcome in words, as a heading.
    var title: String {
        switch self {
        case .alreadyAvailable: "Data already there"
        case .recovered: "Data fetched again"
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
