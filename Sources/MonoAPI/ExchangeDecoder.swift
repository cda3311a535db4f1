package import NIOHTTP1
package import Reconciliation

/// Why a code brought no Account ID, as far as the caller can act on it.
package enum ExchangeFailure: Error, Equatable, Sendable {
    /// 400, 404, 410 or 422, or an answer that says it failed: the code is not, or no longer, good.
    case codeRefused(status: Int)
    /// 401.
    case keyRefused
    /// 402 or 403.
    case denied(status: Int)
    /// 429, with `Retry-After` if there was one.
    case tooManyRequests(retryAfter: Duration?)
    /// No byte has left.
    case noConnection(String)
    /// The code may have been used, and the answer does not tell for which account.
    case inDoubt(Doubt)
}

/// Reads the answer to "exchange token", of either generation: `{"id"}`, or the same within `data`.
package enum ExchangeDecoder {
    /// Reads a complete answer; `now` is the wall clock in seconds since 1970.
    ///
    /// Whatever is neither an Account ID nor a clear refusal is in doubt: a code works only once.
    package static func read(
        status: Int, headers: HTTPHeaders, body: [UInt8], now: Int64
    ) -> Result<AccountID, ExchangeFailure> {
        switch HTTPStatus.refusal(status, retryAfter: RetryAfter.read(headers, now: now)) {
        case .badRequest?, .notFound?: return .failure(.codeRefused(status: status))
        case .keyRefused?: return .failure(.keyRefused)
        case .denied(let status)?: return .failure(.denied(status: status))
        case .tooManyRequests(let wait)?: return .failure(.tooManyRequests(retryAfter: wait))
        case .noConnection?, nil: break
        }
        if status == 410 || status == 422 { return .failure(.codeRefused(status: status)) }
        guard (200...299).contains(status) else { return doubt("HTTP \(status)") }
        guard let answer = WireValue(body).map(Answer.init) else { return doubt("an answer that is not JSON") }
        if let id = answer.id.flatMap({ AccountID($0) }) { return .success(id) }
        if answer.saysFailed, answer.id == nil { return .failure(.codeRefused(status: status)) }
        return doubt("an answer without a well-formed Account ID")
    }

    private static func doubt(_ why: String) -> Result<AccountID, ExchangeFailure> {
        .failure(.inDoubt(Doubt(why, isAnswer: true)))
    }

    /// What is taken out of a body before anything is judged.
    private struct Answer {
        let saysFailed: Bool
        let id: String?

        init(_ root: WireValue) {
            saysFailed = root.saysFailed
            id = (root["data"]?["id"] ?? root["id"])?.string
        }
    }
}
