import Platform
package import Text

/// One webhook, cut to what may be stored.
///
/// Names, numbers and balances end here. `mono.record_event` finds in the cut all that it looks for in the whole
/// payload, and PostgreSQL's jsonb takes every cut, so no payload can make a batch of other payloads fail.
package struct PayloadCut: Sendable, Equatable {
    /// For `mono.record_event`; at most some 50 kB, mostly below 1 kB.
    ///
    /// Its member `payload_sha256` is the digest of the whole payload. Without an `event_id` only the digest tells
    /// apart two events that differ in members that were cut away.
    package let text: String
    /// SHA-256 of the payload without insignificant white space, in hexadecimal.
    package let digest: String
    /// Whether the payload was a JSON object; anything else is no webhook.
    package let isObject: Bool
    /// For the log: one of a fixed set of names, or "other".
    package let event: String
    /// For the log: the account it is about, if that has the form of an Account ID.
    package let account: String?

    /// Cuts a payload.
    ///
    /// - Parameter bytes: One JSON document; a byte order mark and bytes in strings that are no UTF-8 are borne.
    /// - Throws: `JSONError` if it is no JSON document.
    package init(_ bytes: [UInt8]) throws(JSONError) {
        let (kept, compact) = try PayloadCutter.cut(bytes)
        digest = SHA256Digest(of: compact).hex
        if case .object(var members) = kept {
            isObject = true
            members["payload_sha256"] = .text(digest)
            text = Kept.object(members).json
        } else {
            isObject = false
            text = Kept.object(["payload_sha256": .text(digest)]).json
        }
        event = Self.name(of: kept)
        account = Self.account(of: kept, event)
    }

    private static let names: Set<String> = [
        "mono.events.account_connected", "mono.events.account_updated", "mono.accounts.account_updated",
        "mono.accounts.jobs.update", "mono.events.account_reauthorized", "mono.events.reauthorisation_required",
        "mono.events.sync_failed", "mono.events.account_synced", "mono.events.account_unlinked",
    ]

    private static func name(of kept: Kept) -> String {
        let name = kept.text("event")?.filter { !$0.isWhitespace }.lowercased()
        return name.flatMap { names.contains($0) ? $0 : nil } ?? "other"
    }

    /// The first text in any of the documented places.
    private static func account(of kept: Kept, _ event: String) -> String? {
        let isJob = event == "mono.accounts.jobs.update"
        let found =
            kept.text("data", "account") ?? kept.text("data", "account", "_id") ?? kept.text("data", "account", "id")
            ?? (isJob ? nil : kept.text("data", "id")) ?? kept.text("data", "_id")
        guard let found, Identifier.isWellFormed(found) else { return nil }
        return found
    }
}
