package import Reconciliation

/// Reads the answer to "job status" (v2).
package enum JobDecoder {
    /// Reads the body of a 2xx: `data{id, status, account}`.
    ///
    /// The envelope's own `status` is no job's: without `data` the answer is unreadable, never a success. A job or
    /// an account that is named must be the one asked for.
    package static func read(_ body: [UInt8], job: String, of account: AccountID) -> Result<JobStatus, ReadFailure> {
        guard let answer = WireValue(body).map(Answer.init) else {
            return .failure(.unreadable("the job's answer is not JSON"))
        }
        guard !answer.saysFailed else { return .failure(.unreadable("the job's answer says that it failed")) }
        guard let status = answer.status else { return .failure(.unreadable("the job's answer has no status")) }
        guard answer.job.allows(job), answer.account.allows(account.rawValue) else { return .failure(.wrongAccount) }
        return .success(status)
    }

    /// What is taken out of a body before anything is judged.
    private struct Answer {
        let saysFailed: Bool
        let job: WireValue.Identity
        let account: WireValue.Identity
        let status: JobStatus?

        init(_ root: WireValue) {
            saysFailed = root.saysFailed
            let content = root["data"]
            job = content?.identity ?? .unnamed
            account = content?["account"]?.identity ?? .unnamed
            status = content?["status"]?.word.map(JobStatus.init)
        }
    }
}
