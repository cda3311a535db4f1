/// A made-up business with its customers' accounts, the same for the same count and seed.
///
/// The mix in 100 accounts: 27 healthy, 15 whose event was lost, 13 that recover, 5 flagged that recover, 7 slow,
/// 4 that need re-authorisation and 6 flagged for it, 4 failed, 4 partial, 4 incomplete, 1 gone, 1 never ready,
/// 1 whose details are a page of HTML, and 8 of a bank that is down. The first accounts hold each kind once.
struct Population: Sendable {
    /// An account with its ages in seconds, as our database has them.
    struct Resident: Equatable, Sendable {
        var account: Account
        var connectedAge: Int
        /// Nil when nothing is owed.
        var awaitingAge: Int?
        /// Nil when it is not flagged.
        var flaggedAge: Int?
    }

    /// A bank and its share of the accounts.
    struct Bank: Equatable, Sendable {
        var name: String
        var code: String
        var share: Int
    }

    /// One kind of account and how many of it are in a hundred.
    private struct Card {
        var share: Int
        var behaviour: AccountBehaviour
        var hadData = false
        var isFlagged = false
        var isAwaiting = true
        var showsPage = false
    }

    /// The banks that work.
    static let banks = [
        Bank(name: "GTBank", code: "058", share: 22), Bank(name: "Access Bank", code: "044", share: 18),
        Bank(name: "Zenith Bank", code: "057", share: 15), Bank(name: "First Bank of Nigeria", code: "011", share: 13),
        Bank(name: "United Bank for Africa", code: "033", share: 12), Bank(name: "Kuda Bank", code: "50211", share: 10),
        Bank(name: "OPay", code: "999992", share: 10),
    ]
    /// The bank that is down.
    static let bankDown = Bank(name: "Wema Bank", code: "035", share: 0)

    private static let cards = [
        Card(share: 27, behaviour: .available, hadData: true, isAwaiting: false),
        Card(share: 15, behaviour: .available), Card(share: 13, behaviour: .recovers),
        Card(share: 5, behaviour: .recovers, isFlagged: true), Card(share: 7, behaviour: .slow),
        Card(share: 4, behaviour: .reauthorisation),
        Card(share: 6, behaviour: .reauthorisation, hadData: true, isFlagged: true, isAwaiting: false),
        Card(share: 4, behaviour: .failed), Card(share: 4, behaviour: .partial), Card(share: 4, behaviour: .incomplete),
        Card(share: 1, behaviour: .gone), Card(share: 1, behaviour: .neverReady),
        Card(share: 1, behaviour: .recovers, showsPage: true), Card(share: 8, behaviour: .unavailable),
    ]

    /// From 1 to `Scenario.accountLimit`.
    let residents: [Resident]

    init(count: Int, seed: UInt64) {
        var generator = SplitMix(state: seed)
        var kinds = Self.cards
        while kinds.count < count { kinds.append(Self.pick(Self.cards, by: \.share, using: &generator)) }
        kinds = Array(kinds.prefix(count)).shuffled(using: &generator)
        let dice = Dice(seed: seed)
        residents = kinds.enumerated().map { index, card in
            Self.resident(card, number: index + 1, dice, using: &generator)
        }
    }

    /// The accounts alone, for a sandbox.
    var accounts: [Account] { residents.map(\.account) }

    private static func resident(
        _ card: Card, number: Int, _ dice: Dice, using generator: inout SplitMix
    ) -> Resident {
        var account = Account(id: dice.id("resident", "account", number), behaviour: card.behaviour)
        account.hadData = card.hadData
        account.isFlagged = card.isFlagged
        account.isAwaiting = card.isAwaiting
        account.holder = "Test Holder \(number)"
        let product = ["LN", "SME", "PAY"].randomElement(using: &generator) ?? "LN"
        account.customerRef = "\(product)-2026-\(String(100_000 + number).dropFirst())"
        let bank = card.behaviour == .unavailable ? bankDown : pick(banks, by: \.share, using: &generator)
        account.institution = bank.name
        account.bankCode = bank.code
        if card.showsPage {
            var page = FaultRule(.html(200))
            page.kinds = [.details]
            account.faults = [page]
        }
        // Stuck between twenty minutes and three weeks, mostly since last night.
        let isOld = Int.random(in: 0..<4, using: &generator) == 0
        let debt = Int.random(in: isOld ? 86_400...1_814_400 : 1200...72_000, using: &generator)
        let before = card.hadData ? Int.random(in: 2_592_000...31_536_000, using: &generator) : 0
        return Resident(
            account: account, connectedAge: debt + before, awaitingAge: card.isAwaiting ? debt : nil,
            flaggedAge: card.isFlagged ? debt : nil)
    }

    private static func pick<Choice>(
        _ choices: [Choice], by share: (Choice) -> Int, using generator: inout SplitMix
    ) -> Choice {
        var rest = Int.random(in: 0..<choices.reduce(0) { $0 + share($1) }, using: &generator)
        for choice in choices {
            rest -= share(choice)
            if rest < 0 { return choice }
        }
        preconditionFailure("shares sum to more than they are")
    }
}
