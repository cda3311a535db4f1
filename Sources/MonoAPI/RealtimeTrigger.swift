package import NIOHTTP1
package import Reconciliation

/// Reads the answer to a realtime trigger (v2): it is in the headers, the body is ordinary data.
package enum RealtimeTrigger {
    /// Reads a complete head; `now` is the wall clock in seconds since 1970.
    ///
    /// A 2xx that says re-authorisation is believed even without a job. `failed` does not tell re-authorisation
    /// from any other failure. A job id that is ill-formed, or given twice and differently, is none.
    package static func read(status: Int, headers: HTTPHeaders, now: Int64) -> SyncAnswer {
        guard (200...299).contains(status) else {
            let refusal = HTTPStatus.refusal(status, retryAfter: RetryAfter.read(headers, now: now))
            return refusal.map(SyncAnswer.refused) ?? .inDoubt(Doubt("HTTP \(status)", isAnswer: true))
        }
        let jobStatus = single("x-job-status", headers).map(JobStatus.init)
        let reauthRequired = headers["x-reauth-required"].contains { tidy($0).lowercased() == "true" }
        guard !reauthRequired, jobStatus != .reauthorisationRequired else { return .reauthorise }
        guard let job = single("x-job-id", headers).flatMap(JobID.init)?.rawValue else { return .withoutJob }
        switch jobStatus {
        case .finished: return .succeeded(job: job)
        case .failed: return .failed(job: job)
        case .processing, .unknown, .reauthorisationRequired, nil: return .started(job: job)
        }
    }

    private static func single(_ name: String, _ headers: HTTPHeaders) -> String? {
        let values = Set(headers[name].map(tidy))
        return values.count == 1 ? values.first : nil
    }
}
