import Crypto
import FoundationEssentials

/// The fingerprints by which a page allows its own style and script and no others.
enum Fingerprint {
    /// SHA-256 in base64, as a content security policy writes it.
    static func base64(of text: String) -> String {
        Data(SHA256.hash(data: Array(text.utf8))).base64EncodedString()
    }
}
