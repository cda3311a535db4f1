import Dispatch
import Glibc
import Synchronization

/// What this process writes to standard output and standard error, in one order, by one thread of its own.
///
/// Whoever has something to write hands it over and goes on: a reader that hangs (a full pipe, a terminal after Ctrl-S)
/// holds up neither calls nor webhooks. Messages wait up to a bound; what does not fit is dropped, and the count is told
/// once the reader reads again. Results are never dropped; a result that cannot be written is remembered. While one
/// stream is stuck, the other one goes on.
final class OutputQueue: Sendable {
    /// Where a text goes.
    enum Stream: Sendable {
        case results
        case messages
    }

    private struct Piece {
        let stream: Stream
        var bytes: ArraySlice<UInt8>
    }

    private struct State {
        /// Handed over and not yet in the writer's hands.
        var pieces: [Piece] = []
        var unwrittenResults = 0
        var unwrittenMessages = 0
        /// Lines of messages that did not fit.
        var dropped = 0
        var isWriting = false
        /// Why a result was not taken: the error's number.
        var resultError: Int32?

        mutating func add(_ text: String, to stream: Stream) {
            let bytes = Array(text.utf8)
            switch stream {
            case .results: unwrittenResults += bytes.count
            case .messages: unwrittenMessages += bytes.count
            }
            if let last = pieces.indices.last, pieces[last].stream == stream {
                pieces[last].bytes += bytes
            } else {
                pieces.append(Piece(stream: stream, bytes: bytes[...]))
            }
        }

        /// Tells what was dropped, in the place where it is missing.
        mutating func tellDropped() {
            guard dropped > 0 else { return }
            let what = dropped == 1 ? "1 line was" : "\(dropped) lines were"
            add("mono-reconcile: \(what) dropped: standard error was not read\n", to: .messages)
            dropped = 0
        }
    }

    /// After that long without a byte taken a stream is stuck.
    private static let readyLimitMilliseconds: Int32 = 250
    /// After that long without a byte taken the end of the process waits no more.
    private static let endLimit = DispatchTimeInterval.seconds(1)
    /// A pipe that is ready takes so much without waiting (`PIPE_BUF`), and unmixed with what other processes write.
    private static let mostBytesAtOnce = 4_096

    private let results: Int32
    private let messages: Int32
    private let mostMessageBytes: Int
    private let state = Mutex(State())
    private let writer = DispatchQueue(label: "output")
    /// Signalled whenever something was written.
    private let progress = DispatchSemaphore(value: 0)

    /// This process's own.
    static let shared = OutputQueue(results: STDOUT_FILENO, messages: STDERR_FILENO)

    /// A queue before two descriptors.
    init(results: Int32, messages: Int32, mostMessageBytes: Int = 256 << 10) {
        (self.results, self.messages, self.mostMessageBytes) = (results, messages, mostMessageBytes)
    }

    /// Hands over a text; false if it was dropped.
    @discardableResult
    func write(_ text: String, to stream: Stream) -> Bool {
        let (isTaken, isFirst) = state.withLock { state in
            switch stream {
            case .results: break
            case .messages:
                // Once lines were dropped there must be room again for more than the next one.
                let bound = state.dropped > 0 ? mostMessageBytes / 2 : mostMessageBytes
                let size = state.unwrittenMessages + text.utf8.count
                guard state.unwrittenMessages == 0 || size <= bound else {
                    state.dropped += text.utf8.count { $0 == UInt8(ascii: "\n") }
                    return (false, false)
                }
                state.tellDropped()
            }
            state.add(text, to: stream)
            defer { state.isWriting = true }
            return (true, !state.isWriting)
        }
        if isFirst { writer.async { self.work() } }
        return isTaken
    }

    /// Whether messages are still on their way.
    var isBehind: Bool { state.withLock { $0.unwrittenMessages > 0 } }

    /// Waits until all is written, but not for messages that nobody reads.
    ///
    /// - Parameter waitingForResults: Whether to wait as long as it takes for whoever reads the results: a pager, say.
    func flush(waitingForResults: Bool) {
        while true {
            let (isDone, needsReader) = state.withLock { state in
                (!state.isWriting, waitingForResults && state.unwrittenResults > 0)
            }
            guard !isDone else { return }
            if progress.wait(timeout: .now() + Self.endLimit) == .timedOut, !needsReader { return }
        }
    }

    /// Why a result could not be written, in the system's words; nil: all that was flushed is written.
    ///
    /// A network's disk or a quota tells only when a file is closed.
    var lossOfResults: String? {
        let error = state.withLock { $0.resultError } ?? closingError
        return error.map { String(cString: strerror($0)) }
    }

    private var closingError: Int32? {
        let copy = fcntl(results, F_DUPFD_CLOEXEC, 0)
        return copy >= 0 && close(copy) != 0 && errno != EINTR ? errno : nil
    }

    // MARK: The writer

    private func work() {
        var pieces: [Piece] = []
        var stuck: Stream?
        while takeOver(&pieces) {
            guard let index = next(of: pieces, &stuck) else { continue }
            let count = put(pieces[index])
            pieces[index].bytes = pieces[index].bytes.dropFirst(count)
            note(count, pieces[index].stream)
            if pieces[index].bytes.isEmpty { pieces.remove(at: index) }
        }
        progress.signal()
    }

    /// Adds what was handed over meanwhile; false when there is nothing left to write.
    private func takeOver(_ pieces: inout [Piece]) -> Bool {
        state.withLock { state in
            if state.unwrittenMessages == 0 { state.tellDropped() }
            pieces += state.pieces
            state.pieces = []
            state.isWriting = !pieces.isEmpty
            return state.isWriting
        }
    }

    private func note(_ count: Int, _ stream: Stream) {
        state.withLock { state in
            switch stream {
            case .results: state.unwrittenResults -= count
            case .messages: state.unwrittenMessages -= count
            }
        }
        progress.signal()
    }

    /// The piece to go on with: the oldest, or the other stream's oldest while the first one's is stuck.
    private func next(of pieces: [Piece], _ stuck: inout Stream?) -> Int? {
        let first = pieces[0].stream
        let other = pieces.firstIndex { $0.stream != first }
        let limit = stuck == first && other != nil ? 0 : Self.readyLimitMilliseconds
        if isReady(first, withinMilliseconds: limit) {
            stuck = nil
            return 0
        }
        stuck = first
        guard let other, isReady(pieces[other].stream, withinMilliseconds: Self.readyLimitMilliseconds) else {
            return nil
        }
        return other
    }

    private func isReady(_ stream: Stream, withinMilliseconds limit: Int32) -> Bool {
        var request = pollfd(fd: descriptor(of: stream), events: Int16(POLLOUT), revents: 0)
        // A descriptor that is broken is ready: writing tells.
        return poll(&request, 1, limit) > 0
    }

    /// Writes the beginning of a piece, whole lines if that is possible; returns how many bytes are done with.
    private func put(_ piece: Piece) -> Int {
        var chunk = piece.bytes.prefix(Self.mostBytesAtOnce)
        if chunk.count < piece.bytes.count, let end = chunk.lastIndex(of: UInt8(ascii: "\n")) { chunk = chunk[...end] }
        let count = chunk.withUnsafeBytes { Glibc.write(descriptor(of: piece.stream), $0.baseAddress, $0.count) }
        if count >= 0 { return count }
        let code = errno
        guard code != EINTR, code != EAGAIN else { return 0 }
        // A closed pipe or a full disk: of messages there is nobody left to tell.
        switch piece.stream {
        case .results: state.withLock { $0.resultError = $0.resultError ?? code }
        case .messages: break
        }
        return piece.bytes.count
    }

    private func descriptor(of stream: Stream) -> Int32 {
        switch stream {
        case .results: results
        case .messages: messages
        }
    }
}
