import Reconciliation
import Testing

@testable import MonoAPI

/// Triggers against a server that does everything wrong: each is sent once, and doubt is called doubt.
@Suite(.timeLimit(.minutes(5)))
struct TriggerFaultTests {
    static let job = ["x-job-id: \(jobText)", "x-job-status: processing"]

    @Test(arguments: [
        [Act.reset],
        [.close],
        [.send("HTTP/1.1 200 OK\r\nx-job-"), .close],
        [.send("HTTP/1.1 200 OK\r\nx-job-id: a\r\n"), .reset],
        [.send("nonsense\r\n\r\n"), .close],
        [.send("HTTP/1.1 200 OK\r\nx-long: "), .fill(200_000), .send("\r\n\r\n"), .close],
    ])
    func `a connection that breaks off before the head is complete leaves doubt`(acts: [Act]) async throws {
        for api in APIGeneration.allCases {
            let (answer, server) = try await trigger(api, acts)
            #expect(answer == inDoubt("the connection broke off", isAnswer: false))
            #expect(server.requests.count == 1)
            #expect(server.connections == 1)
        }
    }

    @Test func `a reset right after the connection is doubt, because the request may have left`() async throws {
        let (answer, server) = try await trigger(.realtime, [.reset], at: .onConnection)
        guard case .inDoubt(let doubt) = answer else {
            Issue.record("expected doubt, got \(answer)")
            return
        }
        #expect(!doubt.isAnswer)
        #expect(server.connections == 1)
    }

    @Test(arguments: [[Act](), [.send("HTTP/1.1 200 OK\r\nx-job-id: a\r\n")]])
    func `a server that never finishes its head is given up when the window ends`(acts: [Act]) async throws {
        let (answer, server) = try await trigger(.realtime, acts, window: .seconds(8))
        #expect(answer == inDoubt("no answer in time", isAnswer: false))
        #expect(server.requests.count == 1)
    }

    @Test(arguments: [502, 500, 503, 409, 301, 302, 418, 600])
    func `a status that proves nothing is doubt, and is not sent again`(status: Int) async throws {
        for api in APIGeneration.allCases {
            let headers = ["location: http://127.0.0.1:1/elsewhere", "retry-after: 0"]
            let (result, server) = try await trigger(api, [answer("\(status) Odd", headers, body: "{}")])
            #expect(result == inDoubt("HTTP \(status)"))
            #expect(server.requests.count == 1)
        }
    }

    @Test(arguments: [200, 302, 400, 401, 402, 403, 404, 409])
    func `a page is no answer of Mono's: it refuses nothing, and the trigger is in doubt`(status: Int) async throws {
        for api in APIGeneration.allCases {
            let page = answer("\(status) Odd", ["content-type: text/html"], body: "<html></html>")
            let (result, server) = try await trigger(api, [page])
            let why = "the answer is not Mono's: HTTP \(status) with an HTML page"
            #expect(result == inDoubt(why, isAnswer: false))
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a refusal in JSON or without a body is believed, whatever type it claims`() async throws {
        for api in APIGeneration.allCases {
            for body in ["", #"{"message":"no"}"#] {
                let (result, _) = try await trigger(api, [answer("401 No", ["content-type: text/html"], body: body)])
                #expect(result == .refused(.keyRefused))
            }
        }
    }

    @Test func `a redirect is not followed, so the key does not travel`() async throws {
        let elsewhere = try await MisbehavingServer.start([answer("200 OK", Self.job)])
        for api in APIGeneration.allCases {
            for status in [301, 302, 303, 307, 308] {
                let target = "location: http://127.0.0.1:\(elsewhere.port)/v2/accounts/x/transactions"
                let (result, server) = try await trigger(api, [answer("\(status) Moved", [target])])
                #expect(result == inDoubt("HTTP \(status)"))
                #expect(server.requests.count == 1)
            }
        }
        #expect(elsewhere.connections == 0)
        await elsewhere.stop()
    }

    @Test(arguments: [
        [Act.send("content-length: 100\r\n\r\n{\"data\":"), .close],
        [.send("content-length: 100\r\n\r\n{\"data\":"), .reset],
        [.send("content-length: 100\r\n\r\n{\"data\":")],
        [.send("content-length: 2097152\r\n\r\n"), .fill(2_097_152)],
        [.send("content-length: 4\r\n\r\n<ht>")],
        [.send("content-length: 0\r\n\r\n")],
        [.send("transfer-encoding: chunked\r\n\r\nzz\r\n")],
    ])
    func `a realtime answer stands in its headers, whatever becomes of the body`(body: [Act]) async throws {
        let head = Act.send("HTTP/1.1 200 OK\r\nx-job-id: \(jobText)\r\nx-job-status: processing\r\n")
        let (answer, server) = try await trigger(.realtime, [head] + body)
        #expect(answer == .started(job: jobText))
        #expect(server.requests.count == 1)
    }

    @Test(arguments: [
        ([Act.send("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"status\":"), .close], "HTTP 200, cut short"),
        ([.send("HTTP/1.1 429 Slow\r\ncontent-length: 99\r\n\r\n{\"status\":"), .reset], "HTTP 429, cut short"),
        ([.send("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"status\":")], "HTTP 200, cut short"),
        (
            [.send("HTTP/1.1 200 OK\r\ncontent-length: 2097152\r\n\r\n"), .fill(2_097_152)],
            "HTTP 200, larger than 1 MiB"
        ),
    ])
    func `a data sync whose body cannot be read is in doubt`(acts: [Act], why: String) async throws {
        let (answer, server) = try await trigger(.dataSync, acts, window: .seconds(8))
        #expect(answer == inDoubt(why))
        #expect(server.requests.count == 1)
    }

    @Test func `every trigger has a fresh connection, so one that the server closes costs nothing`() async throws {
        let ok = answer("200 OK", Self.job)
        let server = try await MisbehavingServer.start([ok, .close], [ok], [ok, .reset], [ok])
        try await withClient("http://127.0.0.1:\(server.port)") { client in
            let id = try account()
            for count in 1...12 {
                #expect(await client.trigger(id, leavingBefore: .max) == .started(job: jobText))
                #expect(server.requests.count == count)
                #expect(server.connections == count)
            }
        }
        await server.stop()
    }

    @Test func `triggers at the same time are each sent once`() async throws {
        let server = try await MisbehavingServer.start([answer("200 OK", Self.job)])
        try await withClient("http://127.0.0.1:\(server.port)") { client in
            let id = try account()
            await withTaskGroup(of: SyncAnswer.self) { group in
                for _ in 0..<40 { group.addTask { await client.trigger(id, leavingBefore: .max) } }
                for await answer in group { #expect(answer == .started(job: jobText)) }
            }
        }
        #expect(server.requests.count == 40)
        await server.stop()
    }
}
