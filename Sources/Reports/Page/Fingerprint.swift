import FoundationEssentials
import Platform

/// The fingerprints by which a page allows its own style and script and no others.
enum Fingerprint {
    /// SHA-256 in base64, as a content security policy writes it.
    static func base64(of text: String) -> String {
        Data(SHA256Digest(of: Array(text.utf8)).bytes).base64EncodedString()
    }
}
