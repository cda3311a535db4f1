import Reconciliation
import Testing

@testable import MonoAPI

/// Reads against a server that does everything wrong.
@Suite(.timeLimit(.minutes(5)))
struct ReadFaultTests {
    @Test(arguments: [[Act.reset], [.close], [.send("HTTP/1.1 200"), .close]])
    func `a connection that breaks off is a transport failure`(acts: [Act]) async throws {
        #expect(try await details(acts) == .failure(.transport("the connection broke off")))
    }

    @Test(arguments: [
        ([Act](), "no answer in time"),
        ([.send("HTTP/1.1 200 OK\r\nx-slow: ")], "no answer in time"),
        ([.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{")], "the answer was cut short"),
    ])
    func `a read ends at its limit`(acts: [Act], why: String) async throws {
        let limits = MonoClient.Limits(read: .seconds(8))
        #expect(try await details(acts, limits: limits) == .failure(.transport(why)))
    }

    @Test func `a body cut short is no answer`() async throws {
        let acts: [Act] = [.send("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"data\":{}}"), .close]
        #expect(try await details(acts) == .failure(.transport("the answer was cut short")))
    }

    @Test func `a body of 1 MiB is read, one byte more is not`() async throws {
        let text = #"{"meta":{"data_status":"AVAILABLE"}}"#
        let padding = String(repeating: " ", count: 1_048_576 - text.utf8.count)
        let full = try await details([answer("200 OK", body: text + padding)])
        #expect(full == .success(Details(status: .available)))
        let over = try await details([answer("200 OK", body: text + padding + " ")])
        #expect(over == .failure(.unreadable("larger than 1 MiB")))
        let endless = try await details([.send("HTTP/1.1 200 OK\r\n\r\n"), .fill(2_097_152)])
        #expect(endless == .failure(.unreadable("larger than 1 MiB")))
    }

    @Test func `a page of HTML is unreadable`() async throws {
        let html = answer("200 OK", ["content-type: text/html"], body: "<html>\(accountText)</html>")
        #expect(try await details([html]) == .failure(.unreadable("the account's details are not JSON")))
    }

    @Test(arguments: [
        (401, ReadFailure.keyRefused), (402, .denied(status: 402)), (403, .denied(status: 403)), (404, .notFound),
        (400, .rejected(status: 400)), (302, .rejected(status: 302)), (500, .server(status: 500)),
        (502, .server(status: 502)), (429, .tooManyRequests(retryAfter: nil)), (600, .unreadable("HTTP 600")),
    ])
    func `a status is named, whatever the body holds`(status: Int, expected: ReadFailure) async throws {
        let body = #"{"data":{"meta":{"data_status":"AVAILABLE"}}}"#
        #expect(try await details([answer("\(status) Odd", body: body)]) == .failure(expected))
    }

    @Test(arguments: [
        ["retry-after: 120"],
        ["retry-after: Mon, 02 Nov 2026 01:17:22 GMT", "date: Mon, 02 Nov 2026 01:15:22 GMT"],
    ])
    func `a 429 tells how long to wait, in seconds or as a date`(headers: [String]) async throws {
        let limited = answer("429 Too Many Requests", headers)
        #expect(try await details([limited]) == .failure(.tooManyRequests(retryAfter: .seconds(120))))
        for api in APIGeneration.allCases {
            let (answer, server) = try await trigger(api, [limited])
            #expect(answer == .refused(.tooManyRequests(retryAfter: .seconds(120))))
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a redirect of a read is not followed`() async throws {
        let elsewhere = try await MisbehavingServer.start([answer("200 OK")])
        let moved = answer("307 Moved", ["location: http://127.0.0.1:\(elsewhere.port)/"])
        #expect(try await details([moved]) == .failure(.rejected(status: 307)))
        #expect(elsewhere.connections == 0)
        await elsewhere.stop()
    }
}
