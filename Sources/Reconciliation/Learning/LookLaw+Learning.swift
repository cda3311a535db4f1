extension LookLaw {
    /// A history counts for as many ends as this, told or not, so that a listener that died is soon known.
    private static let mostEnds = 20.0
    /// By how much two laws must explain the cells better than one (in logarithms) before the history loses weight.
    private static let shiftThreshold = 8.0

    /// The law that a key's history and tonight's facts tell; the built-in one where both are empty.
    package static func learned(history: LookTally, tonight: LookTally) -> Self {
        let comparison = Comparison(history, tonight)
        let ends = history.told + history.untold
        let weight = ends > mostEnds ? mostEnds / ends : 1
        let told = history.told * weight + tonight.told
        let untold = history.untold * weight + tonight.untold
        return Self(
            (comparison.trust < 1 ? LookFit(comparison.weighted(comparison.trust)) : comparison.common).ended,
            toldChance: (told + 1) / (told + untold + 2), hasShifted: comparison.trust < 1)
    }

    /// How far a history is believed beside tonight's facts: 1, or almost nothing if the law has changed.
    static func trust(in history: LookTally, given tonight: LookTally) -> Double {
        Comparison(history, tonight).trust
    }

    /// What a history's cells are multiplied by: the more is known of tonight, the less the past counts.
    static func fading(of history: LookTally, beside tonight: LookTally) -> Double {
        LookTally.mostCases / (LookTally.mostCases + tonight.cases)
            * (LookTally.mostCases / max(LookTally.mostCases, history.cases))
    }

    /// Two samples, and whether one law explains both.
    private struct Comparison {
        let past: FitCells
        let present: FitCells
        /// The law of both together.
        let common: LookFit
        private(set) var trust = 1.0

        init(_ history: LookTally, _ tonight: LookTally) {
            past = FitCells(history, weight: LookLaw.fading(of: history, beside: tonight))
            present = FitCells(tonight)
            common = LookFit(past + present)
            guard present.cases >= 8, history.cases > 10 else { return }
            // Both samples are held against the common law: a long night would else find each error of a short history.
            let gain =
                LookFit(present).logLikelihood(present) - common.logLikelihood(present)
                + LookFit(past).logLikelihood(past) - common.logLikelihood(past)
            let excess = gain - shiftThreshold
            if excess > 0 { trust = 1 / (1 + excess * excess) }
        }

        /// Both samples, the past weakened.
        func weighted(_ trust: Double) -> FitCells { past.scaled(by: trust) + present }
    }
}
