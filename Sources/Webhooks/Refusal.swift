import Logging

/// Why a request is not taken.
///
/// Each reason has its own lines in the log, so that no stranger's noise hides what costs events.
enum Refusal: Hashable {
    case noSecret
    case wrongSecret
    case severalSecrets
    /// The right secret at another path.
    case eventElsewhere
    case unknownPath
    case wrongMethod
    case encoded
    case notUTF8
    case noBody
    case notJSON
    case tooLarge
    case tooBusy
    case notHTTP
    case byDatabase

    /// For the log: what happens, and what it may come from.
    var sentence: String {
        switch self {
        case .noSecret:
            "a webhook without the header mono-webhook-secret is answered with 401: the sender is not Mono, or the "
                + "proxy drops the header"
        case .wrongSecret:
            "a webhook whose mono-webhook-secret is not MONO_WEBHOOK_SECRET is answered with 401: the sender is not "
                + "Mono, or the secret in Mono's dashboard is another"
        case .severalSecrets:
            "a webhook with several headers mono-webhook-secret is answered with 401: the proxy may add one"
        case .eventElsewhere:
            "a webhook with the right secret goes to another path than /webhooks/mono and is answered with 404: set "
                + "the address in Mono's dashboard, or what the proxy makes of it"
        case .unknownPath: "a request for a path that there is not is answered with 404"
        case .wrongMethod:
            "a request for /webhooks/mono that is no POST is answered with 405; a redirection on the way, as from "
                + "http to https, makes a GET of a POST"
        case .encoded:
            "a webhook is compressed and answered with 415: it has to come as it is, so nothing on the way may "
                + "compress it"
        case .notUTF8: "a webhook in another encoding than UTF-8 is answered with 415"
        case .noBody: "a webhook without a body is answered with 400: does the proxy pass the body on?"
        case .notJSON: "a webhook that is not JSON is answered with 400"
        case .tooLarge: "a webhook that is too large is answered with 413"
        case .tooBusy: "too many webhooks come at once; this one is answered with 503"
        case .notHTTP:
            "a connection that does not speak HTTP/1.1, or whose headers are too long, is closed; TLS ends at the proxy"
        case .byDatabase: "the database refuses an event; it is answered with 503"
        }
    }

    /// A warning may cost an event of Mono's; the rest anybody may cause.
    var level: Logger.Level {
        switch self {
        case .unknownPath, .wrongMethod, .notHTTP: .notice
        case .noSecret, .wrongSecret, .severalSecrets, .eventElsewhere, .encoded, .notUTF8, .noBody, .notJSON,
            .tooLarge, .tooBusy, .byDatabase:
            .warning
        }
    }
}
