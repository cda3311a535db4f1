/// The sandbox's chance: every draw is a function of the seed, the account and the event that it is made for.
///
/// Draws do not depend on the order of requests, so that a population behaves the same way whoever asks first
/// and however many workers ask at once.
struct Dice: Sendable {
    /// Equal seeds make equal sandboxes.
    let seed: UInt64

    /// A number in 0..<1 for the `ordinal`-th event of one kind of one account.
    func roll(_ account: String, _ topic: String, _ ordinal: Int = 0) -> Double {
        Double(bits(account, topic, ordinal) >> 11) * 0x1p-53
    }

    /// A 24-digit hexadecimal id, as Mono's are.
    func id(_ account: String, _ topic: String, _ ordinal: Int = 0) -> String {
        let high = Self.hex(bits(account, topic, ordinal), digits: 16)
        return high + Self.hex(bits(account, topic + "-tail", ordinal), digits: 8)
    }

    private func bits(_ account: String, _ topic: String, _ ordinal: Int) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ seed
        for byte in "\(account)\u{0}\(topic)\u{0}\(ordinal)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return SplitMix(state: hash &+ seed).mixed()
    }

    private static func hex(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String((String(repeating: "0", count: 16) + text).suffix(digits))
    }
}

/// The generator that shuffles a population: small, fast and the same on every machine.
struct SplitMix: RandomNumberGenerator, Sendable {
    /// The generator's whole state.
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return mixed()
    }

    /// The state's bits, thoroughly stirred.
    func mixed() -> UInt64 {
        var bits = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
