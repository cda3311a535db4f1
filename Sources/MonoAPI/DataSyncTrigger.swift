package import NIOHTTP1
package import Reconciliation

/// Reads the answer to a Manual Data Sync (v1): its body decides, whatever the HTTP status.
package enum DataSyncTrigger {
    /// Reads a complete answer; `now` is the wall clock in seconds since 1970.
    ///
    /// Success needs `status: successful` and a code of success (both spellings are in use), or, on a 2xx without a code,
    /// `hasNewData`: the status alone may be that of any envelope. What contradicts itself is in doubt. Without a recognised code the HTTP status speaks.
    package static func read(status: Int, headers: HTTPHeaders, body: [UInt8], now: Int64) -> SyncAnswer {
        let answer = WireValue(body).map(Answer.init)
        let saysSuccessful = answer?.status == "SUCCESSFUL"
        switch answer?.code {
        case "SYNC_SUCCESSFUL", "SYNCED_SUCCESSFUL":
            return saysSuccessful ? .succeeded(job: nil) : contradiction
        case "REAUTHORISATION_REQUIRED", "REAUTHORIZATION_REQUIRED":
            return saysSuccessful ? contradiction : .reauthorise
        case "SYNC_ERROR":
            return saysSuccessful ? contradiction : .bankError
        case "INCOMPLETE_STATEMENT_ERROR":
            return saysSuccessful ? contradiction : .incomplete
        case let code:
            let refusal = HTTPStatus.refusal(status, retryAfter: RetryAfter.read(headers, now: now))
            if let refusal { return .refused(refusal) }
            guard (200...299).contains(status) else { return doubt("HTTP \(status)") }
            guard code == nil else { return doubt("HTTP \(status) with an unknown code") }
            let saysMore = answer?.tellsOfNewData ?? false
            return saysSuccessful && saysMore
                ? .succeeded(job: nil) : doubt("HTTP \(status) without a known answer")
        }
    }

    private static let contradiction = doubt("status and code contradict each other")

    private static func doubt(_ why: String) -> SyncAnswer { .inDoubt(Doubt(why, isAnswer: true)) }

    /// `status` and `code` in upper case.
    private struct Answer {
        let status: String?
        /// Empty for a code that is no text.
        let code: String?
        /// Whether `hasNewData` is true or false.
        let tellsOfNewData: Bool

        init(_ root: WireValue) {
            // Should the answer come in an envelope one day, the envelope's status is not the sync's.
            let data = root["data"]
            let content = data?["status", "code"] == nil ? root : data
            status = content?["status"]?.word?.uppercased()
            code = content?["code"].map { $0.word?.uppercased() ?? "" }
            tellsOfNewData = content?["hasNewData"]?.bool != nil
        }
    }
}
