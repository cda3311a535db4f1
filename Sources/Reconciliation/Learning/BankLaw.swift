/// What is known of how long one bank's syncs take, and when they are looked at: as people are shown it.
///
/// Times are in seconds after the trigger, and all numbers have at most three decimals, so that what is stored is read
/// back as it was.
package struct BankLaw: Equatable, Sendable {
    /// A share of all syncs that has ended by a time.
    package struct Point: Equatable, Sendable {
        package var seconds: Double
        package var ended: Double

        package init(seconds: Double, ended: Double) {
            self.seconds = seconds
            self.ended = ended
        }
    }

    /// A curve has a point at each so many edges of the grid, and one at the window's end.
    private static let edgesAPoint = 4
    /// Of these shares the first is told that ends within the window.
    private static let tellingShares = [0.95, 0.9, 0.75, 0.5]

    /// The bank's name; empty for accounts whose bank is not known.
    package var institution: String
    /// What is looked at: the kind of which more is known.
    package var kind: LookKind
    /// The shares that have ended, up to the window's end.
    package var curve: [Point] = []
    /// The looks at a sync that does not end; the last one is at the window's end.
    package var looks: [Double] = []
    /// Cases that it rests on, older ones faded.
    package var cases = 0
    package var nights = 0
    /// The time by which most syncs have ended; nil where fewer than half end within the window.
    package var mostEnd: Point?
    /// The share that does not end within the window.
    package var lateShare = 0.0
    /// The share of ends that an event told of; nil where none was seen.
    package var toldShare: Double?
    /// Whether tonight's syncs follow another law than those before.
    package var hasShifted = false

    package init(institution: String, kind: LookKind) {
        self.institution = institution
        self.kind = kind
    }

    /// A key's law, with the looks that follow from it.
    package init(of key: LookKey, _ law: LookLaw, known: LookHistory, window: Duration, patience: Duration) {
        self.init(institution: key.institution, kind: key.kind)
        let end = window.inSeconds
        let edges = stride(from: Self.edgesAPoint, to: LatencyGrid.edgeCount, by: Self.edgesAPoint)
        curve =
            edges.filter { LatencyGrid.seconds[$0] < end }
            .map { Point(seconds: LatencyGrid.seconds[$0], ended: law.chance(by: $0)).rounded }
            + [Point(seconds: end, ended: law.chance(by: window)).rounded]
        looks = LookPlan(law, window: window, patience: patience).looks.map { thousandths($0.inSeconds) }
        cases = Int(known.tally.cases.rounded())
        nights = known.nights
        for share in Self.tellingShares where mostEnd == nil {
            guard let time = law.quantile(share), time <= window else { continue }
            mostEnd = Point(seconds: time.inSeconds, ended: share).rounded
        }
        lateShare = thousandths(1 - law.chance(by: window))
        let ends = known.tally.told + known.tally.untold
        toldShare = ends > 0 ? thousandths(known.tally.told / ends) : nil
        hasShifted = law.hasShifted
    }

    /// A bank's law as its history tells it; the built-in one where there is no history.
    ///
    /// `known` may have several kinds of look of the bank.
    package init(
        ofBank institution: String, known: [LookKey: LookHistory], api: APIGeneration, window: Duration,
        patience: Duration
    ) {
        let key =
            Self.keys(ofBanksIn: known.keys.filter { $0.institution == institution }, known).first
            ?? LookKey(api: api, kind: api == .realtime ? .job : .details, institution: institution)
        let history = known[key] ?? LookHistory()
        self.init(
            of: key, LookLaw.learned(history: history.tally, tonight: LookTally()), known: history, window: window,
            patience: patience)
    }

    /// For each bank the key with more cases, in the order of the banks' names.
    static func keys(ofBanksIn keys: some Sequence<LookKey>, _ known: [LookKey: LookHistory]) -> [LookKey] {
        let byBank = Dictionary(grouping: keys, by: \.institution)
        let cases = { (key: LookKey) in known[key]?.tally.cases ?? 0 }
        return byBank.values.compactMap { keys in
            keys.sorted().reduce(nil) { best, key in
                guard let best else { return key }
                // Of equals the job: it is what most cases look at.
                return cases(key) > cases(best) || (cases(key) == cases(best) && key.kind == .job) ? key : best
            }
        }.sorted { $0.institution.utf8.lexicographicallyPrecedes($1.institution.utf8) }
    }
}

extension BankLaw.Point {
    fileprivate var rounded: Self { Self(seconds: thousandths(seconds), ended: thousandths(ended)) }
}

private func thousandths(_ number: Double) -> Double { (number * 1_000).rounded() / 1_000 }
