import Dispatch
import Glibc
import Synchronization
import Testing

@testable import MonoReconcile

/// What the process writes, when it is read and when it is not.
struct OutputQueueTests {
    /// A pipe, full from the start or empty.
    private final class Pipe: Sendable {
        let source: Int32
        let end: Int32
        /// Bytes that stand in it before anything else.
        private let filling: Mutex<Int>

        init(isFull: Bool = false) throws {
            var ends: [Int32] = [-1, -1]
            try #require(pipe(&ends) == 0)
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            (source, end) = (ends[0], ends[1])
            var filling = 0
            if isFull {
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
                while write(end, "#", 1) == 1 { filling += 1 }
                _ = fcntl(end, F_SETFL, 0)
            }
            self.filling = Mutex(filling)
        }

        deinit {
            close(source)
            close(end)
        }

        /// Reads without the filling until the text ends so.
        func read(upTo ending: String) async -> String {
            await withCheckedContinuation { continuation in
                DispatchQueue(label: "test.read").async { [self] in
                    var bytes: [UInt8] = []
                    var chunk = [UInt8](repeating: 0, count: 65_536)
                    var filling = filling.withLock { filling in
                        defer { filling = 0 }
                        return filling
                    }
                    while !bytes.suffix(ending.utf8.count).elementsEqual(ending.utf8) {
                        let count = max(0, Glibc.read(source, &chunk, chunk.count))
                        bytes += chunk[..<count].dropFirst(filling)
                        filling -= min(filling, count)
                    }
                    continuation.resume(returning: String(decoding: bytes, as: UTF8.self))
                }
            }
        }
    }

    /// Waits for the end on a thread of its own: others run on the ones that tests share.
    private func flush(_ queue: OutputQueue, waitingForResults: Bool = true) async {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "test.flush").async {
                queue.flush(waitingForResults: waitingForResults)
                continuation.resume()
            }
        }
    }

    @Test func `what is read comes whole and in one order`() async throws {
        let both = try Pipe()
        let queue = OutputQueue(results: both.end, messages: both.end, mostMessageBytes: 1 << 20)
        var expected = ""
        for number in 1...5_000 {
            let (message, result) = ("message \(number)\n", "result \(number)\n")
            #expect(queue.write(message, to: .messages))
            #expect(queue.write(result, to: .results))
            expected += message + result
        }
        #expect(await both.read(upTo: "result 5000\n") == expected)
        await flush(queue)
        #expect(!queue.isBehind)
    }

    @Test func `messages that nobody reads are dropped and counted, and the count is told in its place`() async throws {
        let (out, err) = (try Pipe(), try Pipe(isFull: true))
        let queue = OutputQueue(results: out.end, messages: err.end, mostMessageBytes: 20)
        #expect(queue.write("first\n", to: .messages))
        #expect(queue.write("second\n", to: .messages))
        #expect(!queue.write("third\nand more\n", to: .messages))
        // There would be room, but it is kept until some of what waits is gone.
        #expect(!queue.write("4\n", to: .messages))
        #expect(queue.isBehind)
        let text = await err.read(upTo: "read\n")
        #expect(text == "first\nsecond\nmono-reconcile: 3 lines were dropped: standard error was not read\n")
        await flush(queue)
        #expect(queue.write("later\n", to: .messages))
        #expect(await err.read(upTo: "later\n").hasSuffix("later\n"))
    }

    @Test func `results pass messages that nobody reads, and the end does not wait for those`() async throws {
        let (out, err) = (try Pipe(), try Pipe(isFull: true))
        let queue = OutputQueue(results: out.end, messages: err.end)
        queue.write("message\n", to: .messages)
        queue.write("result\n", to: .results)
        #expect(await out.read(upTo: "\n") == "result\n")
        await flush(queue)
        #expect(queue.isBehind)
        #expect(await err.read(upTo: "\n") == "message\n")
    }

    @Test func `the end waits for whoever reads the results, unless a signal ends the process`() async throws {
        let (out, err) = (try Pipe(isFull: true), try Pipe())
        let queue = OutputQueue(results: out.end, messages: err.end)
        queue.write("result\n", to: .results)
        queue.write("message\n", to: .messages)
        #expect(await err.read(upTo: "\n") == "message\n")
        await flush(queue, waitingForResults: false)
        async let end: Void = flush(queue)
        #expect(await out.read(upTo: "\n") == "result\n")
        await end
    }

    @Test func `a message larger than the bound is not lost, and a descriptor that fails holds nothing up`()
        async throws
    {
        let err = try Pipe()
        let failing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(failing) }
        let queue = OutputQueue(results: failing, messages: err.end, mostMessageBytes: 4)
        #expect(queue.write("larger than that\n", to: .messages))
        #expect(await err.read(upTo: "\n") == "larger than that\n")
        queue.write("to nobody\n", to: .results)
        await flush(queue)
        #expect(!queue.isBehind)
        #expect(queue.lossOfResults == "Bad file descriptor")
    }

    @Test func `a full disk and a closed pipe are remembered, for results alone`() async throws {
        signal(SIGPIPE, SIG_IGN)
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(full) }
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        let (out, err) = (try Pipe(), try Pipe())
        for (results, messages, loss) in [
            (full, err.end, "No space left on device"), (ends[1], err.end, "Broken pipe"), (out.end, full, nil),
        ] {
            let queue = OutputQueue(results: results, messages: messages)
            queue.write("message\n", to: .messages)
            queue.write("result\n", to: .results)
            await flush(queue)
            #expect(queue.lossOfResults == loss)
        }
    }
}
