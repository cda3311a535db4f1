/// What a client may use of time, memory and connections.
package struct ListenLimits: Sendable {
    /// Bytes of one body.
    package var body = 1 << 20
    /// Bytes of all bodies that are being read; further requests are turned away.
    package var bodies = 64 << 20
    /// From the first byte of a request (or the connection's beginning) to the last.
    package var request = Duration.seconds(10)
    /// From the request's last byte to the answer's last byte.
    package var answer = Duration.seconds(20)
    /// Between two requests of a connection.
    package var idle = Duration.seconds(60)
    /// How long a client may go on sending after the answer to a request that was not read to its end.
    package var linger = Duration.seconds(1)
    /// How long `/readyz` waits for the database to take an event.
    package var readiness = Duration.seconds(2)
    /// How long requests under way may take after the stop.
    package var stop = Duration.seconds(3)
    /// Open connections; further ones wait to be accepted.
    package var connections = 1_024
    /// Bytes of one header; all headers of a request together may have twice as many.
    package var header = 16 << 10

    package init() {}
}
