import NIOHTTP1
import Reconciliation
import Testing

@testable import MonoAPI

/// A link or token for the customer, or why there is none.
@Suite(.timeLimit(.minutes(5)))
struct ReauthLinkTests {
    private func read(
        _ api: APIGeneration, _ status: Int, _ body: String
    ) throws -> Result<ReauthLink, ReauthFailure> {
        ReauthDecoder.read(
            api, status: status, headers: ["retry-after": "7"], body: bytes(body), of: try account(), now: someNow)
    }

    private func ask(
        _ acts: [Act], _ api: APIGeneration = .realtime, limits: MonoClient.Limits = .init()
    ) async throws -> (answer: Result<ReauthLink, ReauthFailure>, server: MisbehavingServer) {
        let server = try await MisbehavingServer.start(acts)
        let answer = try await withClient("http://127.0.0.1:\(server.port)", api, limits: limits) { client in
            await client.reauthorisationLink(of: try account())
        }
        await server.stop()
        return (answer, server)
    }

    private func link(_ address: String) -> String { #"{"data":{"mono_url":"\#(address)"}}"# }

    @Test func `recorded bodies have the link and the token`() throws {
        let bodies = zip(APIGeneration.allCases, ["v2-initiate-reauth", "v1-reauthorise"])
        let values = ["https://link.mono.co/ALTESTLINK1", "TestReauthToken00001"]
        for ((api, name), value) in zip(bodies, values) {
            let body = String(decoding: try fixture(name), as: UTF8.self)
            #expect(try read(api, 200, body) == .success(ReauthLink(value)))
        }
    }

    @Test(arguments: [
        "https://link.mono.co/AL", "https://link.mono.co", "https://link.mono.co/a?b=c#d", "https://a.example:8443/x",
        "http://127.0.0.1:8089/x", "http://localhost/x", "http://[::1]:1/x",
    ])
    func `a link is https, or http to this machine`(address: String) throws {
        #expect(try read(.realtime, 200, link(address)) == .success(ReauthLink(address)))
    }

    @Test(arguments: [
        "", "link.mono.co/x", "http://link.mono.co/x", "http://localhost.example/x", "javascript:alert(1)",
        "ftp://link.mono.co/", "https://", "https:///x", "https://user@link.mono.co/x", "https://link.mono.co/a b",
        "https://link.mono.co/\\u0007", "https://link.mono.co/\\n", "https://\\u00e9.example/",
    ])
    func `nothing else is sent to a customer`(address: String) throws {
        let answer = try read(.realtime, 200, link(address))
        #expect(answer == .failure(.failed(.unreadable("the answer's mono_url is no https address"))))
    }

    @Test(arguments: [(2_048, true), (2_049, false)])
    func `a link and a token have at most 2 KiB`(size: Int, isAccepted: Bool) throws {
        let address = "https://link.mono.co/" + String(repeating: "x", count: size - 21)
        let token = String(repeating: "x", count: size)
        #expect((try? read(.realtime, 200, link(address)).get()) == (isAccepted ? ReauthLink(address) : nil))
        #expect((try? read(.dataSync, 200, #"{"token":"\#(token)"}"#).get()) == (isAccepted ? ReauthLink(token) : nil))
    }

    @Test(arguments: [
        "This account can not be re-authorised.", "this account cannot be reauthorised", "CANNOT BE RE-AUTHORIZED",
        "Sorry, it can not be reauthorized!",
    ])
    func `that an account cannot be re-authorised is believed with any status`(message: String) throws {
        let bodies = [
            #"{"message":"\#(message)"}"#, #"{"status":"failed","message":"\#(message)","data":null}"#,
        ]
        for api in APIGeneration.allCases {
            for status in [200, 302, 400, 401, 403, 404, 409, 429, 500] {
                for body in bodies { #expect(try read(api, status, body) == .failure(.cannotBeReauthorised)) }
            }
        }
    }

    @Test(arguments: [
        #"{"message":"the account can be re-authorised"}"#, #"{"data":{"message":"cannot be re-authorised"}}"#,
        #"{"message":["cannot be re-authorised"]}"#, "cannot be re-authorised",
    ])
    func `other words are an ordinary refusal`(body: String) throws {
        #expect(try read(.realtime, 400, body) == .failure(.failed(.rejected(status: 400))))
    }

    @Test(arguments: [
        (401, ReadFailure.keyRefused), (402, .denied(status: 402)), (403, .denied(status: 403)), (404, .notFound),
        (429, .tooManyRequests(retryAfter: .seconds(7))), (302, .rejected(status: 302)), (503, .server(status: 503)),
    ])
    func `a status is named, whatever the body holds`(status: Int, expected: ReadFailure) throws {
        for body in [link("https://link.mono.co/x"), #"{"token":"t"}"#, "<html>", ""] {
            for api in APIGeneration.allCases { #expect(try read(api, status, body) == .failure(.failed(expected))) }
        }
    }

    @Test(arguments: [
        "", "{}", "[]", "<html>", #"{"data":{}}"#, #"{"token":""}"#, #"{"token":7}"#, #"{"token":"a b"}"#,
    ])
    func `a success without link or token is unreadable`(body: String) throws {
        for api in APIGeneration.allCases {
            guard case .failure(.failed(.unreadable)) = try read(api, 200, body) else {
                Issue.record("\(api): \(body)")
                return
            }
        }
    }

    @Test func `an answer about another account is none`() throws {
        let body = #"{"data":{"mono_url":"https://link.mono.co/x","account":"other"}}"#
        #expect(try read(.realtime, 200, body) == .failure(.failed(.wrongAccount)))
    }

    @Test func `the requests say what is needed and no more`() async throws {
        let realtime = try await ask([MonoAPITests.answer("200 OK", body: link("https://link.mono.co/x"))]).server
        #expect(realtime.requests.first?.hasPrefix("POST /v2/accounts/initiate HTTP/1.1") == true)
        let body = try #require(realtime.bodies.first)
        #expect(
            [
                #"{"scope":"reauth","account":"\#(accountText)"}"#, #"{"account":"\#(accountText)","scope":"reauth"}"#,
            ].contains(body))
        let dataSync = try await ask([MonoAPITests.answer("200 OK", body: #"{"token":"t"}"#)], .dataSync)
        #expect(dataSync.answer == .success(ReauthLink("t")))
        let head = try #require(dataSync.server.requests.first)
        #expect(head.hasPrefix("POST /accounts/\(accountText)/reauthorise HTTP/1.1"))
        #expect(head.lowercased().contains("content-length: 0"))
    }

    @Test(arguments: [
        ([Act.reset], ReadFailure.transport("the connection broke off")),
        ([], .transport("no answer in time")),
        ([.send("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"), .close], .transport("the answer was cut short")),
        ([.send("HTTP/1.1 200 OK\r\n\r\n"), .fill(2_097_152)], .unreadable("larger than 1 MiB")),
    ])
    func `what is no whole answer is told, and not asked again`(acts: [Act], expected: ReadFailure) async throws {
        // Only a server that says nothing is waited for to the end.
        let limits = acts.isEmpty ? MonoClient.Limits(read: .seconds(2)) : MonoClient.Limits()
        let (answer, server) = try await ask(acts, limits: limits)
        #expect(answer == .failure(.failed(expected)))
        #expect(server.requests.count == 1)
    }
}
