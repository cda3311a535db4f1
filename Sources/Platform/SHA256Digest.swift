internal import CLibCrypto

/// A SHA-256 digest, computed by the libcrypto that libpq needs anyway.
package struct SHA256Digest: Sendable, Equatable {
    /// 32 bytes.
    package let bytes: [UInt8]

    /// The digest of a whole message.
    package init(of message: [UInt8]) {
        var bytes = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        let result = unsafe SHA256(message, message.count, &bytes)
        // It fails only in a process whose libcrypto was set up without SHA-256.
        guard unsafe result != nil else { preconditionFailure("libcrypto has no SHA-256") }
        self.bytes = bytes
    }

    /// Two hexadecimal digits for each byte.
    package var hex: String {
        bytes.reduce(into: "") { text, byte in
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }

    /// Compares in constant time: how long that takes does not tell where two digests differ.
    package static func == (left: Self, right: Self) -> Bool {
        unsafe CRYPTO_memcmp(left.bytes, right.bytes, left.bytes.count) == 0
    }
}
