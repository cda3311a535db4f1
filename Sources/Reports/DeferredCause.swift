/// Why an account was put off, for readers who know neither calls nor keys.
enum DeferredCause {
    /// The end of "Not finished in this run: …", without a full stop; nil if no cause is known.
    ///
    /// What is not among the engine's own explanations is told as it is.
    static func text(of detail: String?) -> String? {
        guard let detail else { return nil }
        return plain.first { detail.contains($0.mark) }?.text ?? detail
    }

    /// What each of the engine's explanations is known by, and the same in plain words.
    static let plain: [(mark: String, text: String)] = [
        (
            "less than Mono's limit ago",
            "this account's data had been asked for minutes before, and Mono wants a pause between two requests"
        ),
        ("used up before the result", "the limit on paid requests was used up before the result could be read"),
        ("budget of API calls", "the limit on paid requests was used up before this account's turn"),
        ("not known whether the sync", "Mono was asked to fetch the data, but its answer was lost"),
        ("named an earlier sync", "Mono answered with an earlier attempt, which says nothing about now"),
        ("too many requests", "Mono was too busy to answer"),
        (
            "refuses the key",
            "Mono turned our access key away, which concerns every account; an engineer has to mend it"
        ),
        ("could not be reached", "Mono could not be reached"),
        ("come back later", "Mono asked us to come back later"),
        ("interrupted", "the run was stopped before this account was done"),
        ("the night was over", "the night was over before this account's turn"),
    ]
}
