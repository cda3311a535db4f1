package import Reconciliation

/// Reads the answer to "account details", of either generation.
///
/// Three shapes are known: v2 `data{account{…}, meta{data_status}}`, v1 the same without an envelope, and that of
/// 2023, a flat `data{id, data_status, institution}`. Names may be `id` or `_id`, snake or camel case; values are
/// compared without regard to case.
package enum DetailsDecoder {
    /// Reads the body of a 2xx.
    ///
    /// Nothing is guessed: an envelope that says it failed and a body without a status are unreadable, an id that
    /// is there must be the account's.
    package static func read(_ body: [UInt8], of account: AccountID) -> Result<Details, ReadFailure> {
        guard let answer = WireValue(body).map(Answer.init) else {
            return .failure(.unreadable("the account's details are not JSON"))
        }
        guard !answer.saysFailed else { return .failure(.unreadable("the account's details say that they failed")) }
        guard let details = answer.details else {
            return .failure(.unreadable("the account's details have no data_status"))
        }
        return answer.identity.allows(account.rawValue) ? .success(details) : .failure(.wrongAccount)
    }

    /// What is taken out of a body before anything is judged.
    private struct Answer {
        let saysFailed: Bool
        let details: Details?
        let identity: WireValue.Identity

        init(_ root: WireValue) {
            saysFailed = root.saysFailed
            let content = root["data"] ?? root
            let account = content["account"] ?? content
            identity = account.identity
            let meta = content["meta"] ?? content
            let institution = account["institution"] ?? content["institution"]
            let status = meta["data_status", "dataStatus"] ?? content["data_status", "dataStatus"]
            details = status?.word.map { word in
                Details(
                    status: DataStatus(word, retrieved: meta["retrieved_data", "retrievedData"]?.strings ?? []),
                    institution: institution?.label("name"),
                    bankCode: institution?.label("bank_code", "bankCode"),
                    dataRequestID: meta.label("data_request_id", "dataRequestId"))
            }
        }
    }
}
