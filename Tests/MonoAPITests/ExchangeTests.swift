import NIOHTTP1
import Reconciliation
import TestSupport
import Testing

@testable import MonoAPI

/// The widget's code for an Account ID: taken, refused, or in doubt, and never sent twice.
@Suite(.timeLimit(.minutes(5)))
struct ExchangeTests {
    private static let codeText = "code_canary0000000000000000"

    private func read(_ status: Int, _ body: String) throws -> Result<AccountID, ExchangeFailure> {
        ExchangeDecoder.read(status: status, headers: ["retry-after": "7"], body: bytes(body), now: someNow)
    }

    private func exchange(
        _ acts: [Act], _ api: APIGeneration = .realtime, limits: MonoClient.Limits = .init()
    ) async throws -> (answer: Result<AccountID, ExchangeFailure>, server: MisbehavingServer) {
        let server = try await MisbehavingServer.start(acts)
        let code = try #require(LinkCode(Self.codeText))
        let answer = try await withClient("http://127.0.0.1:\(server.port)", api, limits: limits) { client in
            await client.exchange(code)
        }
        await server.stop()
        #expect(!"\(answer)".contains("canary"))
        return (answer, server)
    }

    @Test(arguments: ["v1-exchange-token", "v2-exchange-token-flat"])
    func `a recorded body has the account`(name: String) throws {
        let answer = ExchangeDecoder.read(status: 200, headers: [:], body: try fixture(name), now: someNow)
        #expect(answer == .success(try account()))
    }

    @Test(arguments: [
        #"{"data":{"id":"acc-1"}}"#, #"{"status":"successful","message":"ok","data":{"id":"acc-1"}}"#,
        #"{"id":"acc-1"}"#, #"{"id":"other","data":{"id":"acc-1"}}"#, #"{"data":null,"id":"acc-1"}"#,
    ])
    func `both shapes are read`(body: String) throws {
        #expect(try read(200, body) == .success(try account("acc-1")))
        #expect(try read(201, body) == .success(try account("acc-1")))
    }

    @Test(arguments: [
        (400, ExchangeFailure.codeRefused(status: 400)), (404, .codeRefused(status: 404)),
        (410, .codeRefused(status: 410)), (422, .codeRefused(status: 422)), (401, .keyRefused),
        (402, .denied(status: 402)), (403, .denied(status: 403)), (429, .tooManyRequests(retryAfter: .seconds(7))),
    ])
    func `a refusal is named, whatever the body holds`(status: Int, expected: ExchangeFailure) throws {
        for body in [#"{"id":"acc-1"}"#, "", "<html>", #"{"message":"Invalid authorization code"}"#] {
            #expect(try read(status, body) == .failure(expected))
        }
    }

    @Test(arguments: [302, 409, 418, 500, 502, 504, 600])
    func `any other status is in doubt`(status: Int) throws {
        #expect(
            try read(status, #"{"id":"acc-1"}"#) == .failure(.inDoubt(Doubt("HTTP \(status)", isAnswer: true))))
    }

    @Test func `a success that says it failed is a refusal`() throws {
        let body = try fixture("v2-error-with-response-code")
        let answer = ExchangeDecoder.read(status: 200, headers: [:], body: body, now: someNow)
        #expect(answer == .failure(.codeRefused(status: 200)))
    }

    @Test(arguments: [
        "", "{}", "[]", "<html>", #"{"id":7}"#, #"{"id":"a b"}"#, #"{"id":""}"#, #"{"data":{"id":"../x"}}"#,
        #"{"data":{}}"#, #"{"status":"failed","data":{"id":"a b"}}"#,
    ])
    func `a success without a well-formed account is in doubt`(body: String) throws {
        guard case .failure(.inDoubt(let doubt)) = try read(200, body) else {
            Issue.record("\(try read(200, body))")
            return
        }
        #expect(doubt.isAnswer)
    }

    @Test(arguments: zip(APIGeneration.allCases, ["/v2/accounts/auth", "/account/auth"]))
    func `the code goes into the body of one request`(api: APIGeneration, path: String) async throws {
        let (answer, server) = try await exchange([MonoAPITests.answer("200 OK", body: #"{"id":"acc-1"}"#)], api)
        #expect(answer == .success(try account("acc-1")))
        let head = try #require(server.requests.first)
        #expect(head.hasPrefix("POST \(path) HTTP/1.1"))
        #expect(head.lowercased().contains("content-type: application/json"))
        #expect(head.contains("mono-sec-key: \(keyText)"))
        #expect(!head.contains("canary"))
        #expect(server.bodies.first == #"{"code":"\#(Self.codeText)"}"#)
        #expect(server.connections == 1)
    }

    @Test(arguments: [[Act.reset], [.close], [.send("HTTP/1.1 200"), .close]])
    func `a connection that breaks off leaves doubt, and nothing is sent again`(acts: [Act]) async throws {
        for api in APIGeneration.allCases {
            let (answer, server) = try await exchange(acts, api)
            #expect(answer == .failure(.inDoubt(Doubt("the connection broke off", isAnswer: false))))
            #expect(server.requests.count == 1)
            #expect(server.connections == 1)
        }
    }

    @Test func `a server that says nothing leaves doubt at the limit`() async throws {
        let (answer, server) = try await exchange([], limits: MonoClient.Limits(read: .seconds(2)))
        #expect(answer == .failure(.inDoubt(Doubt("no answer in time", isAnswer: false))))
        #expect(server.requests.count == 1)
    }

    @Test func `a body cut short or without end leaves doubt`() async throws {
        let cut = try await exchange([.send("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"), .close]).answer
        let endless = try await exchange([.send("HTTP/1.1 200 OK\r\n\r\n"), .fill(2_097_152)]).answer
        let expected = Doubt("HTTP 200, cut short or larger than 1 MiB", isAnswer: true)
        #expect(cut == .failure(.inDoubt(expected)))
        #expect(endless == .failure(.inDoubt(expected)))
    }

    @Test func `without a connection the code was not used`() async throws {
        let closed = try ClosedPort()
        defer { withExtendedLifetime(closed) {} }
        let code = try #require(LinkCode(Self.codeText))
        let answer = try await withClient("http://127.0.0.1:\(closed.number)") { await $0.exchange(code) }
        #expect(answer == .failure(.noConnection("connection refused")))
    }
}
