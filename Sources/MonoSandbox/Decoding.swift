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

/// What is wrong with a scenario, in words for whoever wrote it.
struct ScenarioError: Error, Equatable, CustomStringConvertible {
    /// Names the place and the fault.
    let description: String
}

/// The accounts of a scenario file: `{"accounts": [ … ]}`.
struct Scenario: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case accounts
    }

    /// At most this many accounts, to keep the sandbox within a few hundred megabytes.
    static let accountLimit = 200_000

    /// In the file's order.
    let accounts: [Account]

    init(from decoder: any Decoder) throws {
        accounts = try decoder.strictContainer(keyedBy: Key.self).decode([Account].self, forKey: .accounts)
    }

    /// Reads one account or a scenario, or says what is wrong and where.
    static func accounts(in bytes: [UInt8]) throws(ScenarioError) -> [Account] {
        let decoder = JSONDecoder()
        let accounts: [Account]
        do {
            let data = Data(bytes)
            let isScenario = try decoder.decode(Probe.self, from: data).isScenario
            accounts =
                isScenario
                ? try decoder.decode(Self.self, from: data).accounts : [try decoder.decode(Account.self, from: data)]
        } catch let error as DecodingError {
            throw ScenarioError(description: text(error))
        } catch {
            throw ScenarioError(description: "not JSON")
        }
        guard accounts.count <= accountLimit else {
            throw ScenarioError(description: "\(accounts.count) accounts: at most \(accountLimit) are taken")
        }
        var seen: Set<String> = []
        for account in accounts where !seen.insert(account.id).inserted {
            throw ScenarioError(description: "account \(account.id) is there twice")
        }
        return accounts
    }

    /// Tells a scenario from a single account.
    private struct Probe: Decodable {
        let isScenario: Bool

        init(from decoder: any Decoder) throws {
            isScenario = try decoder.container(keyedBy: Scenario.Key.self).contains(.accounts)
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
