import Reconciliation

/// Why an account was put off, for readers who know neither calls nor keys.
enum DeferredCause {
    /// The end of "Not finished in this run: …", without a full stop; nil if no cause is known.
    static func text(of cause: Cause?) -> String? { cause.flatMap { plain[$0] } }

    /// What each cause of putting off is in plain words.
    static let plain: [Cause: String] = [
        .tooSoon: "this account's data had been asked for minutes before, and Mono wants a pause between two requests",
        .budgetBeforeResult: "the limit on paid requests was used up before the result could be read",
        .budget: "the limit on paid requests was used up before this account's turn",
        .syncInDoubt: "Mono was asked to fetch the data, but its answer was lost",
        .earlierSyncNamed: "Mono answered with an earlier attempt, which says nothing about now",
        .tooManyRequests: "Mono was too busy to answer",
        .keyRefused:
            "Mono turned our access key away, which concerns every account; an engineer has to mend it",
        .monoUnavailable: "Mono could not be reached",
        .tryLater: "Mono asked us to come back later",
        .interrupted: "the run was stopped before this account was done",
        .otherBaseURL: "the run spoke to another address of Mono's, which is not asked any more",
        .nightOver: "the night was over before this account's turn",
    ]
}
