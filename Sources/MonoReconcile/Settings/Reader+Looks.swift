import Reconciliation

/// When to look for results, and what that costs.
extension Reader {
    static let day = Duration.seconds(86_400)

    /// The plain schedule; nil where nothing of it is set, and looks are learned.
    func schedule(_ arguments: PlanArguments) throws(Failure) -> PollSchedule? {
        let bounds = Duration.milliseconds(10)...Self.day
        let first = try duration("poll-first", arguments.pollFirst, in: bounds, " from 10ms to 1d", example: "2s")
        let factor = try setting("poll-factor", arguments.pollFactor)
            .read("a number from 1 to 100", example: "1.6") { text in
                Values.number(text).flatMap { (1...100).contains($0) ? $0 : nil }
            }
        let maximum = try duration("poll-max", arguments.pollMax, in: bounds, " from 10ms to 1d", example: "45s")
        guard first != nil || factor != nil || maximum != nil else { return nil }
        try refusePatience(arguments)
        let plain = PollSchedule()
        return PollSchedule(
            first: first ?? plain.first, factor: factor ?? plain.factor, maximum: maximum ?? plain.maximum)
    }

    /// The delay that is worth one call: at night it harms nobody, while somebody waits for the accounts named.
    func patience(_ arguments: PlanArguments, window: Duration, isNightly: Bool) throws(Failure) -> Duration {
        let usual = min(isNightly ? Rules.nightlyPatience : Rules.oneOffPatience, window)
        return try duration(
            "patience", arguments.patience, in: .milliseconds(1)...window, " from 1ms to the window", example: "1s")
            ?? usual
    }

    /// A schedule of one's own learns nothing, so that patience beside it would mean nothing.
    private func refusePatience(_ arguments: PlanArguments) throws(Failure) {
        let patience = setting("patience", arguments.patience)
        guard let named = patience.source else { return }
        let polls = [
            setting("poll-first", arguments.pollFirst), setting("poll-factor", arguments.pollFactor),
            setting("poll-max", arguments.pollMax),
        ].filter { $0.source != nil }
        let isUsage = ([patience] + polls).contains { $0.option != nil }
        throw Failure(
            isUsage ? .usage : .configuration,
            "\(named): not together with \(polls.compactMap(\.source).joined(separator: ", ")), which "
                + "\(polls.count == 1 ? "makes" : "make") the looks a plain schedule", remedy: "leave out either")
    }

    /// What a call of each kind costs; nil: nobody said.
    func prices(_ arguments: PlanArguments) throws(Failure) -> Prices? {
        let currency =
            try setting("currency", arguments.currency)
            .read("three capital letters", example: "\(Currency.naira)") { Currency($0) }
        func read(_ text: String) -> Result<Prices, Prices.Malformed> {
            Result { () throws(Prices.Malformed) in try Prices(text, currency: currency ?? .naira) }
        }
        return try setting("prices", arguments.prices).read(
            "a price for each kind of call", example: Prices.example,
            because: { text in
                switch read(text) {
                case .success: nil
                case .failure(let malformed): malformed.description
                }
            }
        ) { text in try? read(text).get() }
    }
}
