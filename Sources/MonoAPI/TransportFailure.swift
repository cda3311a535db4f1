import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// Why there was no HTTP answer.
///
/// The texts are ours, a closed set: a library's error may quote the request, and with it the key.
///
/// What AsyncHTTPClient 1.37 does, read in its source:
/// - It never sends a request a second time. `retryConnectionEstablishment` repeats connecting only (and is off
///   here); an idle connection that turns out closed fails its request with `remoteConnectionClosed`.
/// - A request waits in the pool's queue until TCP and TLS are established. These errors reach queued requests
///   only, so they prove that nothing has left: `NIOConnectionError` (name resolution and all addresses of a
///   host failed), `connectTimeout`, `getConnectionFromPoolTimeout` and `tlsHandshakeTimeout`.
/// - swift-nio-ssl throws `handshakeFailed`, `noCertificateToValidate` and `failedToValidateHostname` before it
///   reports the handshake as complete, that is, before the request is handed over.
/// - Connecting to an address instead of a name fails with a bare `IOError`. `ECONNREFUSED` answers a SYN; the
///   other codes can come from an established connection too and prove nothing.
/// - `remoteConnectionClosed`, `cancelled` and `deadlineExceeded` are used on both sides of that line: in doubt.
enum TransportFailure: Error, Equatable {
    /// There was no connection: no byte has left.
    case nothingLeft(String)
    /// The request may have left.
    case lost(String)

    /// Judges what AsyncHTTPClient threw before the answer's head was complete.
    init(_ error: any Error) {
        switch error {
        case is NIOConnectionError:
            self = .nothingLeft("the host could not be found or reached")
        case let error as IOError where error.errnoCode == ECONNREFUSED:
            self = .nothingLeft("connection refused")
        case let error as IOError where error.errnoCode == EMFILE || error.errnoCode == ENFILE:
            self = .nothingLeft("no file descriptor is free for a connection")
        case is DepartureGuard.HeldUp:
            self = .nothingLeft("the process was held up")
        case let error as HTTPClientError:
            self = Self.reading(error)
        case NIOSSLError.handshakeFailed, NIOSSLError.noCertificateToValidate:
            self = .nothingLeft("the TLS handshake failed")
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            self = .nothingLeft("the TLS certificate is for another host")
        default:
            self = .lost("the connection broke off")
        }
    }

    private static func reading(_ error: HTTPClientError) -> Self {
        switch error {
        case .connectTimeout, .getConnectionFromPoolTimeout: .nothingLeft("no connection in time")
        case .tlsHandshakeTimeout: .nothingLeft("the TLS handshake failed")
        case .deadlineExceeded: .lost("no answer in time")
        default: .lost("the connection broke off")
        }
    }
}
