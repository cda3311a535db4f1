/// The names of a case's phases, and which phase one input can lead to.
///
/// ARCHITECTURE.md draws these phases and ``successors``; a test holds the picture against them, and another one plays
/// thousands of cases and sees no other step.
package enum CasePhase: String, CaseIterable, Sendable {
    case inspecting, checkingPreviousSync, ready, armed, withdrawing, syncing, confirming, askingForLink, done

    /// The phases that may follow; each may also stay.
    package var successors: Set<CasePhase> {
        switch self {
        case .inspecting: [.ready, .askingForLink, .done]
        // The previous sync may have ended well: its data is looked at like that of a sync of ours.
        case .checkingPreviousSync: [.syncing, .askingForLink, .done]
        case .ready: [.armed, .askingForLink, .done]
        case .armed: [.syncing, .withdrawing, .confirming, .askingForLink, .done]
        case .withdrawing: [.ready, .askingForLink, .done]
        case .syncing: [.askingForLink, .done]
        case .confirming: [.askingForLink, .done]
        case .askingForLink: [.done]
        // A settlement may meet a row that an event has changed, and be decided again.
        case .done: [.askingForLink]
        }
    }
}

extension Case.Phase {
    /// The phase without its values.
    var name: CasePhase {
        switch self {
        case .inspecting: .inspecting
        case .checkingPreviousSync: .checkingPreviousSync
        case .ready: .ready
        case .armed: .armed
        case .withdrawing: .withdrawing
        case .syncing: .syncing
        case .confirming: .confirming
        case .askingForLink: .askingForLink
        case .done: .done
        }
    }
}
