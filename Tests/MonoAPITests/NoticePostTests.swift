import Testing

@testable import MonoAPI

/// Notices to a chat's webhook.
@Suite(.timeLimit(.minutes(5)))
struct NoticePostTests {
    @Test(
        arguments: [
            ("https://hooks.slack.com/services/T0/B0/x-Y_z", "https://hooks.slack.com/…"),
            ("https://a.webhook.office.com/webhookb2/1@2/IncomingWebhook/3/4", "https://a.webhook.office.com/…"),
            ("https://p.azure.com:443/w/t?api-version=2016&sp=%2Ftriggers%2Frun&sig=aB", "https://p.azure.com/…"),
            ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/…"), ("https://h.example", "https://h.example/…"),
        ])
    func `an address with its path and query is taken, and shown without them`(text: String, shown: String) throws {
        #expect(try #require(NoticeURL(text)).shown == shown)
    }

    @Test(arguments: [
        "", "hooks.slack.com/x", "http://hooks.slack.com/x", "ftp://h/x", "https://u:p@h/x", "https://h/x#y",
        "https://h/a b", "https://h/\"", "https://h/é", "https:///x",
        "https://h/" + String(repeating: "x", count: 2_048),
    ])
    func `what is no such address is none`(text: String) {
        #expect(NoticeURL(text) == nil)
    }

    @Test func `a notice is posted as JSON to the whole address, without a key`() async throws {
        let server = try await MisbehavingServer.start([.send("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")])
        let url = try #require(NoticeURL("http://127.0.0.1:\(server.port)/a/b?sig=%2Fc"))
        let post = NoticePost(to: url, version: "1.2.3")
        #expect(await post.send(#"{"text": "é"}"#, within: .seconds(5)) == nil)
        #expect(server.bodies == [#"{"text": "é"}"#])
        let request = try #require(server.requests.first)
        #expect(request.hasPrefix("POST /a/b?sig=%2Fc HTTP/1.1\r\n"))
        #expect(request.lowercased().contains("content-type: application/json"))
        #expect(!request.lowercased().contains("mono-sec-key"))
        await server.stop()
    }

    @Test func `a refusal is told without the address, and a redirect not followed`() async throws {
        let answer = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
        let server = try await MisbehavingServer.start([.send(answer), .close])
        let url = try #require(NoticeURL("http://127.0.0.1:\(server.port)/secret"))
        #expect(await NoticePost(to: url, version: "1").send("{}", within: .seconds(5)) == "HTTP 302")
        #expect(server.requests.count == 1)
        await server.stop()
    }

    @Test func `a server that never answers holds nobody up`() async throws {
        let server = try await MisbehavingServer.start([])
        let url = try #require(NoticeURL("http://127.0.0.1:\(server.port)/x"))
        #expect(await NoticePost(to: url, version: "1").send("{}", within: .seconds(1)) == "no answer in time")
        await server.stop()
    }
}
