/// Lends nullable strings to C as an array of pointers.
///
/// All bytes lie in one buffer; the pointers are valid inside `body` only. A string with a NUL byte would be cut short
/// by C and must be refused before.
func withCStrings<Result>(
    _ strings: [String?], _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    var bytes: [CChar] = []
    var offsets: [Int?] = []
    offsets.reserveCapacity(strings.count)
    for string in strings {
        guard let string else {
            offsets.append(nil)
            continue
        }
        offsets.append(bytes.count)
        for byte in string.utf8 { bytes.append(CChar(bitPattern: byte)) }
        bytes.append(0)
    }
    return unsafe bytes.withUnsafeBufferPointer { buffer in
        let base = buffer.baseAddress
        let pointers = unsafe offsets.map { offset -> UnsafePointer<CChar>? in
            guard let offset, let base = unsafe base else { return nil }
            return unsafe base + offset
        }
        return unsafe pointers.withUnsafeBufferPointer { unsafe body($0) }
    }
}
