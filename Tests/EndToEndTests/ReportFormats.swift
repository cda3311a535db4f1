import Foundation
import Testing

/// `accounts.csv`, read as RFC 4180 says.
struct CSVTable {
    /// The rows below the head, each with its cells by column.
    let rows: [[String: String]]

    init(_ data: Data) throws {
        var records = Self.records(String(decoding: data, as: UTF8.self))
        try #require(!records.isEmpty)
        let head = records.removeFirst()
        for record in records { try #require(record.count == head.count) }
        rows = records.map { Dictionary(uniqueKeysWithValues: zip(head, $0)) }
    }

    /// Two columns of all rows.
    subscript(first: String, second: String) -> [(String, String)] {
        rows.map { ($0[first] ?? "", $0[second] ?? "") }
    }

    private static func records(_ text: String) -> [[String]] {
        var records: [[String]] = []
        var record: [String] = []
        var cell = ""
        var isQuoted = false
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"" where isQuoted && rest.first == "\"":
                cell.unicodeScalars.append(scalar)
                rest.removeFirst()
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                record.append(cell)
                cell = ""
            case "\r" where !isQuoted && rest.first == "\n":
                rest.removeFirst()
                records.append(record + [cell])
                (record, cell) = ([], "")
            default: cell.unicodeScalars.append(scalar)
            }
        }
        return records
    }
}

/// `summary.json`, as far as the tests ask it.
struct Summary: Decodable {
    var selected: Int
    var notSelected: Int
    var outcomes: [String: Int]
    var apiCalls: [String: Int]
    var headline: String
    var exitCode: Int

    init(_ data: Data) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let keyed = try decoder.decode(Summary.self, from: data)
        self = keyed
        // The strategy would rewrite the outcomes' names as well.
        outcomes = try JSONDecoder().decode(Outcomes.self, from: data).outcomes
    }

    private struct Outcomes: Decodable {
        var outcomes: [String: Int]
    }
}
