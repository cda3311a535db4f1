import Dispatch

/// A message of `NOTIFY` or `pg_notify`.
package struct Notification: Equatable, Sendable {
    /// The channel it was sent to.
    package let channel: String
    /// What was sent, possibly nothing.
    package let payload: String
    /// The server's process whose commit sent it.
    package let sender: Int
}

/// A connection of its own that listens to channels.
///
/// Notifications sent while nobody listened are not delivered later: after opening, read the state once.
package actor Listener {
    /// What arrives, in order, together what came together; it ends when the connection is lost or the listener closed.
    ///
    /// At most 10,000 arrivals wait for a slow reader, then the oldest are dropped.
    package nonisolated let notifications: AsyncStream<[Notification]>

    private let executor = QueueExecutor(label: "postgres.listener")
    private let continuation: AsyncStream<[Notification]>.Continuation
    private let ignored: Database?
    private var connection: Connection?
    /// When the server was last heard of; the server says nothing unasked for as long as nothing happens.
    private var lastHeard = ContinuousClock.now
    private var isAsking = false
    private let heartbeat: Duration
    private let answerLimit: Duration
    private var source: (any DispatchSourceRead)?
    private var timer: (any DispatchSourceTimer)?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Connects and listens; every notification sent after the return is delivered.
    ///
    /// - Parameters:
    ///   - configuration: How to connect.
    ///   - channels: Names as they are, case included; they are quoted.
    ///   - ignored: Whose own commits nobody has to be told of.
    /// - Returns: A listener, to be closed by the caller.
    /// - Throws: Why there is no connection, or `cancelled`.
    package static func open(
        _ configuration: PostgresConfiguration, channels: [String], ignoring ignored: Database? = nil
    ) async throws(PostgresError) -> Listener {
        let listener = Listener(configuration, ignoring: ignored)
        let interruption = Interruption()
        let result = await withTaskCancellationHandler {
            await listener.start(configuration, channels: channels, interruption)
        } onCancel: {
            interruption.cancel()
        }
        try result.get()
        return listener
    }

    private init(_ configuration: PostgresConfiguration, ignoring ignored: Database?) {
        self.ignored = ignored
        (heartbeat, answerLimit) = (configuration.heartbeat, configuration.connectDeadline)
        (notifications, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(10_000))
    }

    isolated deinit {
        stop()
    }

    /// Closes the connection and ends the stream; may be called repeatedly.
    package func close() {
        stop()
    }

    private func start(
        _ configuration: PostgresConfiguration, channels: [String], _ interruption: Interruption
    ) -> Result<Void, PostgresError> {
        Result { () throws(PostgresError) in
            let opened = try Connection.open(configuration, notices: nil, interruption: interruption)
            let session = Session(connection: opened, interruption: interruption)
            for channel in channels { try session.execute("listen \(identifier: channel)") }
            connection = opened
            watch(opened)
            // What came together with the answers above is in libpq's memory and wakes no source.
            receive()
        }
    }

    private func watch(_ connection: Connection) {
        // Not libpq's own socket: libpq closes that when the connection is lost, and its number may be another file's
        // before the source has let go of it.
        let control = connection.control
        let source = DispatchSource.makeReadSource(fileDescriptor: control.socket, queue: executor.queue)
        source.setCancelHandler { @Sendable in withExtendedLifetime(control) {} }
        source.setEventHandler { @Sendable [weak self] in
            self?.assumeIsolated { $0.receive() }
        }
        self.source = source
        source.activate()
        // A readiness that Dispatch does not report costs a second and no more.
        let pause = min(heartbeat, .seconds(1)).dispatchInterval
        let timer = DispatchSource.makeTimerSource(queue: executor.queue)
        timer.schedule(deadline: .now() + pause, repeating: pause, leeway: .milliseconds(200))
        timer.setEventHandler { @Sendable [weak self] in
            self?.assumeIsolated { listener in
                listener.receive()
                listener.ask()
            }
        }
        self.timer = timer
        timer.activate()
    }

    private func receive() {
        guard let connection else { return }
        let isAlive = connection.consumeInput()
        var arrived: [Notification] = []
        let own = ignored?.backendPID
        while let notification = connection.nextNotification() {
            if notification.sender != own { arrived.append(notification) }
        }
        if !arrived.isEmpty { continuation.yield(arrived) }
        if isAsking, isAlive, connection.isAnswered {
            isAsking = false
            lastHeard = .now
        }
        if !isAlive || connection.isBroken { stop() }
    }

    /// Asks the server for a sign of life: one that is frozen, or cut off, would leave the listener waiting for ever.
    private func ask() {
        guard let connection, !isAsking, ContinuousClock.now - lastHeard > heartbeat else { return }
        isAsking = true
        connection.control.expectAnswer(by: .now + answerLimit)
        // A connection that is lost already is found to be so by the next reading.
        try? connection.sendScript("")
    }

    private func stop() {
        continuation.finish()
        source?.cancel()
        source = nil
        timer?.cancel()
        timer = nil
        connection = nil
    }
}
