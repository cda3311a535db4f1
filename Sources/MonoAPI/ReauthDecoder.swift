package import NIOHTTP1
package import Reconciliation

/// Reads the answer to a request for re-authorisation: v2 `data{mono_url}`, v1 `{token}`.
package enum ReauthDecoder {
    /// The longest link or token, in bytes.
    package static let limitBytes = 2_048

    /// Reads a complete answer; `now` is the wall clock in seconds since 1970.
    ///
    /// That an account cannot be re-authorised is believed with any status: Mono's own is not documented.
    package static func read(
        _ api: APIGeneration, status: Int, headers: HTTPHeaders, body: [UInt8], of account: AccountID, now: Int64
    ) -> Result<ReauthLink, ReauthFailure> {
        let answer = WireValue(body).map(Answer.init)
        if answer?.saysImpossible == true { return .failure(.cannotBeReauthorised) }
        let retryAfter = RetryAfter.read(headers, now: now)
        if let failure = HTTPStatus.readFailure(status, retryAfter: retryAfter) { return .failure(.failed(failure)) }
        guard let answer else { return unreadable("the answer is not JSON") }
        guard !answer.saysFailed else { return unreadable("the answer says that it failed") }
        guard answer.account.allows(account.rawValue) else { return .failure(.failed(.wrongAccount)) }
        switch api {
        case .realtime:
            guard let text = answer.link else { return unreadable("the answer has no mono_url") }
            guard isLink(text) else { return unreadable("the answer's mono_url is no https address") }
            return .success(ReauthLink(text))
        case .dataSync:
            guard let text = answer.token, isShort(text) else { return unreadable("the answer has no token") }
            return .success(ReauthLink(text))
        }
    }

    /// Whether a customer may be sent there: https, or http to this machine (a sandbox), without blanks.
    private static func isLink(_ text: String) -> Bool {
        guard isShort(text), let separator = text.firstRange(of: "://") else { return false }
        let authority = text[separator.upperBound...].prefix { !"/?#\\".contains($0) }
        return (try? BaseURL(String(text[..<authority.endIndex]))) != nil
    }

    /// Visible ASCII characters within the limit.
    private static func isShort(_ text: String) -> Bool {
        (1...limitBytes).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    private static func unreadable(_ why: String) -> Result<ReauthLink, ReauthFailure> {
        .failure(.failed(.unreadable(why)))
    }

    /// What is taken out of a body before anything is judged.
    private struct Answer {
        let saysFailed: Bool
        let saysImpossible: Bool
        let account: WireValue.Identity
        let link: String?
        let token: String?

        init(_ root: WireValue) {
            let content = root["data"] ?? root
            saysFailed = root.saysFailed
            // "can not be re-authorised" and "cannot be reauthorized" are the same letters but one.
            let letters = (root["message"]?.string ?? "").prefix(1_024).lowercased().filter(\.isLetter)
            saysImpossible = letters.contains("cannotbereauthori")
            account = content["account"]?.identity ?? .unnamed
            link = content["mono_url", "monoUrl"]?.string
            token = content["token"]?.string
        }
    }
}
