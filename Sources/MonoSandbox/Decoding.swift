import Foundation

/// A member's name, whatever it is.
private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    /// The members of an object; throws for one that is not among the keys, so that no misspelt member is overlooked.
    func strictContainer<Key: CodingKey & CaseIterable>(
        keyedBy type: Key.Type
    ) throws -> KeyedDecodingContainer<Key> {
        let known = Set(Key.allCases.map(\.stringValue))
        for key in try container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: codingPath + [key],
                    debugDescription: "unknown member; known are \(known.sorted().joined(separator: ", "))"))
        }
        return try container(keyedBy: type)
    }
}

extension Seconds: Decodable {
    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        guard let seconds = Seconds(try value.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: value, debugDescription: "a time is written 2s or 5m")
        }
        self = seconds
    }
}

extension LatencyDistribution: Decodable {
    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        guard let law = LatencyDistribution(try value.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: value,
                debugDescription: "write 2s, uniform:1s:5s, lognormal:2s:0.6 or 0.9*lognormal:2s:0.6+0.1*1h")
        }
        self = law
    }
}

/// What is wrong with a scenario, in words for whoever wrote it.
struct ScenarioError: Error, Equatable, CustomStringConvertible {
    /// Names the place and the fault.
    let description: String
}

/// A scenario file: `{"accounts": [ … ], "banks": [ … ]}`, each of which may be left out.
struct Scenario: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case accounts, banks
    }

    /// At most this many accounts, to keep the sandbox within a few hundred megabytes.
    static let accountLimit = 200_000

    /// In the file's order.
    let accounts: [Account]
    /// In the file's order.
    let banks: [BankBehaviour]

    init(from decoder: any Decoder) throws {
        let values = try decoder.strictContainer(keyedBy: Key.self)
        accounts = try values.decodeIfPresent([Account].self, forKey: .accounts) ?? []
        banks = try values.decodeIfPresent([BankBehaviour].self, forKey: .banks) ?? []
    }

    private init(account: Account) {
        accounts = [account]
        banks = []
    }

    /// Reads one account or a scenario, or says what is wrong and where.
    static func read(_ bytes: [UInt8]) throws(ScenarioError) -> Scenario {
        let decoder = JSONDecoder()
        let scenario: Scenario
        do {
            let data = Data(bytes)
            let isScenario = try decoder.decode(Probe.self, from: data).isScenario
            scenario =
                isScenario
                ? try decoder.decode(Self.self, from: data)
                : Self(account: try decoder.decode(Account.self, from: data))
        } catch let error as DecodingError {
            throw ScenarioError(description: text(error))
        } catch {
            throw ScenarioError(description: "not JSON")
        }
        guard scenario.accounts.count <= accountLimit else {
            throw ScenarioError(description: "\(scenario.accounts.count) accounts: at most \(accountLimit) are taken")
        }
        var seen: Set<String> = []
        for account in scenario.accounts where !seen.insert(account.id).inserted {
            throw ScenarioError(description: "account \(account.id) is there twice")
        }
        return scenario
    }

    /// Tells a scenario from a single account.
    private struct Probe: Decodable {
        let isScenario: Bool

        init(from decoder: any Decoder) throws {
            isScenario = try !decoder.container(keyedBy: Scenario.Key.self).allKeys.isEmpty
        }
    }

    private static func text(_ error: DecodingError) -> String {
        let (path, problem) =
            switch error {
            case .typeMismatch(_, let context): (context.codingPath, context.debugDescription)
            case .valueNotFound(_, let context): (context.codingPath, context.debugDescription)
            case .keyNotFound(let key, let context): (context.codingPath + [key], "missing")
            case .dataCorrupted(let context): (context.codingPath, context.debugDescription)
            @unknown default: ([], "not understood")
            }
        let place = path.map { key in key.intValue.map { "[\($0)]" } ?? key.stringValue }.joined(separator: ".")
        return place.isEmpty ? problem : "\(place): \(problem)"
    }
}
