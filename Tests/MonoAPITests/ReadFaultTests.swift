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

    @Test(arguments: ["<html>no</html>", "\r\n<!DOCTYPE HTML><p>", "\u{FEFF}<?xml?><html>"])
    func `a page is not Mono's answer, whatever its status`(body: String) async throws {
        for status in [200, 302, 400, 401, 403, 404, 418] {
            let page = answer("\(status) Odd", ["content-type: text/html"], body: body)
            #expect(try await details([page]) == .failure(.foreign(status: status, what: "an HTML page")))
        }
        for (status, failure) in [
            (429, ReadFailure.tooManyRequests(retryAfter: nil)), (502, .server(status: 502)),
        ] {
            #expect(try await details([answer("\(status) Odd", body: body)]) == .failure(failure))
        }
    }

    @Test(arguments: ["404 page not found", "<Error>AccessDenied</Error>", #"{"message":"#])
    func `a refusal that is not JSON is not Mono's`(body: String) async throws {
        for status in [401, 403, 404] {
            let expected = ReadFailure.foreign(status: status, what: "a text that is not JSON")
            #expect(try await details([answer("\(status) No", body: body)]) == .failure(expected))
        }
    }

    @Test(arguments: ["", " \n", #"{"message":"<html>"}"#, "null"])
    func `an empty refusal, or one in JSON, is believed`(body: String) async throws {
        let headers = ["content-type: text/html"]
        #expect(try await details([answer("401 No", headers, body: body)]) == .failure(.keyRefused))
        #expect(try await details([answer("404 No", headers, body: body)]) == .failure(.notFound))
    }

    @Test func `a page cut short is told by its type`() async throws {
        let head = "HTTP/1.1 404 No\r\ncontent-length: 99\r\n"
        let page = try await details([.send(head + "content-type: text/HTML; charset=x\r\n\r\n<ht"), .close])
        #expect(page == .failure(.foreign(status: 404, what: "an HTML page")))
        let json = try await details([.send(head + "content-type: application/json\r\n\r\n{"), .close])
        #expect(json == .failure(.notFound))
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
