/// The customer's link: asked for once, after the outcome is known and before it is settled.
///
/// No answer changes the outcome, and none is waited for that the run cannot afford.
extension Case {
    /// Whether nothing but the customer's link is still asked for.
    var isAskingForLink: Bool {
        if case .askingForLink = phase { true } else { false }
    }

    /// The outcome is known.
    mutating func conclude(_ settlement: Settlement, at now: Timestamp) {
        let isConfirmed = settlement.outcome == .reauthorisationRequired
        guard isConfirmed, rules.asksForLinks, linkAnswer == nil, !isStarved else { return finish(settlement, at: now) }
        phase = .askingForLink(settlement)
        calls.notBefore = now
    }

    /// Mono's answer, or why there is none; it is not asked again.
    package mutating func answered(link answer: Result<ReauthLink, ReauthFailure>, at now: Timestamp) {
        calls.underWay = nil
        linkAnswer = answer
        switch answer {
        case .success: note(.link, "given", at: now)
        case .failure(let failure): note(.link, failure.word, at: now)
        }
        finishWithoutLink(at: now)
    }

    /// Settles what is known, with the link if it came.
    mutating func finishWithoutLink(at now: Timestamp) {
        guard case .askingForLink(let settlement) = phase else { return }
        finish(settlement, at: now)
    }

    /// Changes the settlement that the case has come to; does nothing before there is one.
    mutating func amend(_ change: (inout Settlement) -> Void) {
        switch phase {
        case .done(var settlement):
            change(&settlement)
            phase = .done(settlement)
        case .askingForLink(var settlement):
            change(&settlement)
            phase = .askingForLink(settlement)
        case .inspecting, .checkingPreviousSync, .ready, .armed, .withdrawing, .syncing, .confirming: break
        }
    }

    private mutating func finish(_ settlement: Settlement, at now: Timestamp) {
        var settlement = settlement
        if settlement.outcome == .reauthorisationRequired {
            switch linkAnswer {
            case .success(let link)?: settlement.reauthLink = link
            case .failure(.cannotBeReauthorised)?:
                settlement.cause = .cannotBeReauthorised
                settlement.detail += "; Mono says that the account cannot be re-authorised"
            case .failure(.failed)?, nil: break
            }
        }
        phase = .done(settlement)
        note(.settle, settlement.outcome.rawValue, at: now)
    }
}
