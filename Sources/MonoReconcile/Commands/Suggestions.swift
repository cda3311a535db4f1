import ArgumentParser

/// Suggestions for a mistyped command or variable.
enum Suggestions {
    /// The nearest of the names, if it is near enough; on a tie the first.
    static func nearest(to word: String, among names: [String]) -> String? {
        let most = max(1, word.count / 3)
        let near = names.map { (name: $0, distance: distance(word.lowercased(), $0.lowercased())) }
            .filter { $0.distance <= most }
        return near.min { $0.distance < $1.distance }?.name
    }

    /// Letters to insert, remove, replace or swap with their neighbour.
    static func distance(_ first: String, _ second: String) -> Int {
        let (a, b) = (Array(first), Array(second))
        var before: [Int] = []
        var above = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var least = min(above[j] + (a[i] == b[j] ? 0 : 1), above[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, before[j - 1] + 1) }
                row.append(least)
            }
            (before, above) = (above, row)
        }
        return above[b.count]
    }

    /// What to say of a command line that the parser refused because its first word is no command.
    ///
    /// Without a command the line is `run`'s, which takes options only: the parser can but call such a word unexpected.
    static func complaint(about line: [String], commands: [String]) -> String? {
        guard let word = line.first, !word.hasPrefix("-"), !word.isEmpty else { return nil }
        if commands.contains(word) {
            guard ["run", "plan"].contains(word), line.count == 2, looksLikeID(line[1]) else { return nil }
            return "\(word) takes no account by itself; did you mean: mono-reconcile \(word) --account \(line[1])"
        }
        let shown = String(word.prefix(80))
        if let meant = nearest(to: word, among: commands) {
            return "there is no command \"\(shown)\"; did you mean: mono-reconcile \(meant)"
        }
        if looksLikeID(word) {
            return "there is no command \"\(shown)\"; for one account: mono-reconcile --account \(word) (or explain)"
        }
        return "there is no command \"\(shown)\"; there are: \(commands.joined(separator: ", "))"
    }

    /// Mono's IDs are 24 hexadecimal digits; shorter ones are known from tests.
    private static func looksLikeID(_ word: String) -> Bool {
        (8...64).contains(word.utf8.count) && word.contains(where: \.isNumber) && word.allSatisfy(\.isHexDigit)
    }
}
