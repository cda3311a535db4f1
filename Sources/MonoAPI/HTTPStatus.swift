import Reconciliation

/// What an HTTP status alone says.
enum HTTPStatus {
    /// The refusal a trigger's status stands for; nil if it does not prove that nothing happened.
    static func refusal(_ status: Int, retryAfter: Duration?) -> Refusal? {
        switch status {
        case 400: .badRequest
        case 401: .keyRefused
        case 402, 403: .denied(status: status)
        case 404: .notFound
        case 429: .tooManyRequests(retryAfter: retryAfter)
        default: nil
        }
    }

    /// Why a read with this status has no answer; nil for 2xx.
    static func readFailure(_ status: Int, retryAfter: Duration?) -> ReadFailure? {
        switch status {
        case 200...299: nil
        case 401: .keyRefused
        case 402, 403: .denied(status: status)
        case 404: .notFound
        case 429: .tooManyRequests(retryAfter: retryAfter)
        case 300...499: .rejected(status: status)
        case 500...599: .server(status: status)
        default: .unreadable("HTTP \(status)")
        }
    }
}
