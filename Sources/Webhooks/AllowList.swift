import Text

/// The members of a webhook that may leave this module, as a tree: every other member is read and dropped.
///
/// `mono.parse_event` in the database looks at these places and no others.
indirect enum AllowList {
    case text
    /// An event id of more than 128 characters becomes a digest, as in `mono.parse_event`.
    case eventID
    case flag
    /// An array of which only Mono's own words are kept.
    case words(Set<String>)
    case object([String: AllowList])
    case textOrObject([String: AllowList])

    private static let bank = AllowList.object(["name": .text, "bankCode": .text, "bank_code": .text])

    /// The members of a payload.
    static let payload: [String: AllowList] = [
        "event": .text,
        "event_id": .eventID,
        "timestamp": .text,
        "data": .object([
            "account": .textOrObject(["_id": .text, "id": .text, "institution": bank]),
            "id": .text,
            "_id": .text,
            "status": .text,
            "institution": bank,
            "meta": .object([
                "data_status": .text,
                "sync_status": .text,
                "job_id": .text,
                "has_new_data": .flag,
                "retrieved_data": .words(["identity", "balance", "transactions"]),
                "data_request_id": .text,
                "ref": .text,
            ]),
        ]),
    ]

    /// The members, if this may be an object.
    var members: [String: AllowList]? {
        switch self {
        case .object(let members), .textOrObject(let members): members
        case .text, .eventID, .flag, .words: nil
        }
    }
}

/// What was kept of a webhook.
enum Kept: Equatable {
    case text(String)
    case flag(Bool)
    case words([String])
    case object([String: Kept])
    /// A value of another kind than the member should have; the database tells that from a missing member.
    case wrong

    /// As JSON, members in the order of their names.
    var json: String {
        switch self {
        case .text(let text): JSONText.quoted(text)
        case .flag(let flag): flag ? "true" : "false"
        case .words(let words): "[" + words.map(JSONText.quoted).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value.json)" }.joined(separator: ",")
                + "}"
        case .wrong: "0"
        }
    }

    /// A text at a path of members.
    func text(_ path: String...) -> String? {
        var value: Kept? = self
        for key in path {
            guard case .object(let members) = value else { return nil }
            value = members[key]
        }
        guard case .text(let text) = value else { return nil }
        return text
    }
}
