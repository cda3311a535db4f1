import Platform
import Text

/// Collects what the allow-list names while the tokens of a document go by.
struct PayloadCutter {
    /// An object that is being kept.
    private struct Frame {
        let key: String
        let members: [String: AllowList]
        var kept: [String: Kept] = [:]
    }

    /// More than the database looks at in any text but `event_id`.
    private static let textLimit = 512
    /// An `event_id` beyond this is kept as its digest, taken over at most so many characters.
    private static let eventIDLimit = (kept: 128, hashed: 100_000)
    /// There are three words; repetitions say nothing new.
    private static let wordLimit = 16
    /// Beyond any name of the allow-list, each character written as `\u0000`.
    private static let keyLimitBytes = 20 * 6

    private var scanner: JSONScanner
    private var frames: [Frame] = []
    /// The allow-listed member whose value comes next.
    private var member: (key: String, place: AllowList)?
    /// The array of words that is being read.
    private var words: (key: String, allowed: Set<String>, kept: [String])?
    private var root: Kept = .wrong

    /// Reads a whole document.
    ///
    /// - Returns: What was kept, `wrong` if the document is no object, and the document without white space.
    /// - Throws: `JSONError` if it is no JSON.
    static func cut(_ bytes: [UInt8]) throws(JSONError) -> (kept: Kept, compact: [UInt8]) {
        var cutter = PayloadCutter(scanner: JSONScanner(bytes, keepsCompact: true))
        while let token = try cutter.scanner.next() { cutter.take(token) }
        return (cutter.root, cutter.scanner.compact)
    }

    private init(scanner: JSONScanner) { self.scanner = scanner }

    private mutating func take(_ token: JSONScanner.Token) {
        switch token {
        case .key(let range): meet(range)
        case .beginObject: beginObject()
        case .endObject: if scanner.depth == frames.count - 1 { endObject() }
        case .beginArray: beginArray()
        case .endArray: if scanner.depth == frames.count { endArray() }
        case .string(let range): takeString(range)
        case .flag(let flag):
            if case .flag = member?.place { keep(.flag(flag)) } else { keep(.wrong) }
        case .number: keep(.wrong)
        case .null: keep(nil)
        }
    }

    private mutating func meet(_ range: Range<Int>) {
        member = nil
        guard scanner.depth == frames.count, let frame = frames.last, range.count <= Self.keyLimitBytes else { return }
        let key = JSONString.text(scanner.bytes[range], most: Self.keyLimitBytes)
        if let place = frame.members[key] { member = (key, place) }
    }

    /// Keeps the member's value, or forgets an earlier one of the same name: as in jsonb, the last one counts.
    private mutating func keep(_ value: Kept?) {
        guard let key = member?.key, !frames.isEmpty else { return }
        frames[frames.count - 1].kept[key] = value
        member = nil
    }

    private mutating func beginObject() {
        if scanner.depth == 1 {
            frames = [Frame(key: "", members: AllowList.payload)]
        } else if let (key, place) = member, let members = place.members {
            member = nil
            frames.append(Frame(key: key, members: members))
        } else {
            keep(.wrong)
        }
    }

    private mutating func endObject() {
        guard let frame = frames.popLast() else { return }
        guard !frames.isEmpty else {
            root = .object(frame.kept)
            return
        }
        frames[frames.count - 1].kept[frame.key] = .object(frame.kept)
    }

    private mutating func beginArray() {
        if let (key, place) = member, case .words(let allowed) = place {
            words = (key, allowed, [])
            member = nil
        } else {
            keep(.wrong)
        }
    }

    private mutating func endArray() {
        guard let (key, _, kept) = words, !frames.isEmpty else { return }
        frames[frames.count - 1].kept[key] = .words(kept)
        words = nil
    }

    private mutating func takeString(_ range: Range<Int>) {
        let raw = scanner.bytes[range]
        if let allowed = words?.allowed, scanner.depth == frames.count + 1 {
            let word = JSONString.text(raw, most: Self.textLimit)
            if allowed.contains(word.lowercased()), (words?.kept.count ?? 0) < Self.wordLimit {
                words?.kept.append(word)
            }
            return
        }
        switch member?.place {
        case .text, .textOrObject: keep(.text(JSONString.text(raw, most: Self.textLimit)))
        case .eventID: keep(.text(Self.eventID(raw)))
        case .flag, .words, .object: keep(.wrong)
        case nil: break
        }
    }

    private static func eventID(_ raw: ArraySlice<UInt8>) -> String {
        let text = JSONString.text(raw, most: eventIDLimit.hashed)
        guard text.unicodeScalars.count > eventIDLimit.kept else { return text }
        return "sha256:" + SHA256Digest(of: Array(text.utf8)).hex
    }
}
