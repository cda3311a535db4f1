import Glibc

/// Standard input or a file, read piece by piece; open until the process ends.
struct InputFile {
    static let standard = Self(descriptor: STDIN_FILENO)

    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    /// Opens a file; nil when that is not possible.
    init?(path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
    }

    /// The next bytes, at most `count`: no bytes at the end, nil on an error.
    func read(upTo count: Int) -> [UInt8]? {
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var length = Glibc.read(descriptor, buffer.baseAddress, count)
            while length < 0, errno == EINTR { length = Glibc.read(descriptor, buffer.baseAddress, count) }
            failed = length < 0
            filled = max(0, length)
        }
        return failed ? nil : bytes
    }

    /// The first line that is not blank, with the blank lines before it, or the whole input without such a line.
    ///
    /// At most `count` bytes or a little more; nil on an error.
    func readLine(upTo count: Int) -> [UInt8]? {
        var text: [UInt8] = []
        while text.count < count, text.last != UInt8(ascii: "\n") || !text.contains(where: { $0 > 0x20 }) {
            guard let piece = read(upTo: count) else { return nil }
            guard !piece.isEmpty else { break }
            text += piece
        }
        return text
    }
}
