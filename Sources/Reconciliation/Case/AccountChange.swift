/// What a settlement writes to its account: the one home of the rule, which every store applies as it stands.
///
/// A written fact counts as being of the account's `last_event_time`: no older event that comes late changes the fact
/// back.
package struct AccountChange: Equatable, Sendable {
    package enum Debt: String, Equatable, Sendable {
        case keep
        /// No update is owed any more.
        case cleared
        /// An update is owed, since the older date if one is set.
        case owed
    }

    package enum Flag: String, Equatable, Sendable {
        case keep
        case cleared
        /// Re-authorisation is required, since the older date if one is set.
        case raised
    }

    package enum Failures: String, Equatable, Sendable {
        case keep
        /// The count starts anew at zero; a cool-down ends.
        case none
        case oneMore = "one_more"
    }

    /// Whether the data is there now: then `last_updated_at` is now as well.
    package var bringsData = false
    package var debt = Debt.keep
    package var flag = Flag.keep
    package var failures = Failures.keep

    /// What an outcome writes.
    ///
    /// - Parameters:
    ///   - outcome: How the case ended.
    ///   - clearsFlag: Whether the sync showed that the link works.
    package init(_ outcome: Outcome, clearsFlag: Bool) {
        if clearsFlag { flag = .cleared }
        switch outcome {
        case .alreadyAvailable, .recovered:
            bringsData = true
            debt = .cleared
            failures = .none
        case .reauthorisationRequired:
            flag = .raised
            failures = .oneMore
        case .partial, .bankUnavailable, .providerFailed, .incompleteStatement:
            debt = .owed
            failures = .oneMore
        case .accountNotFound: failures = .oneMore
        case .stillProcessing, .deferred, .errored: break
        }
    }
}

extension Settlement {
    /// What the settlement writes to the account.
    package var accountChange: AccountChange { AccountChange(outcome, clearsFlag: clearsFlag) }
}
