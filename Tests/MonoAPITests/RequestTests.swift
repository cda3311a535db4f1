import Reconciliation
import Testing

@testable import MonoAPI

/// What goes over the wire.
@Suite(.timeLimit(.minutes(5)))
struct RequestTests {
    @Test func `realtime requests name their path, key and program, and nothing is compressed`() async throws {
        let job = String(decoding: try fixture("v2-job-finished"), as: UTF8.self)
        let available = String(decoding: try fixture("v2-account-details-available"), as: UTF8.self)
        let head = ["x-job-id: \(jobText)", "x-job-status: finished"]
        let server = try await MisbehavingServer.start(
            [answer("200 OK", body: available)], [answer("200 OK", body: job)], [answer("200 OK", head)])
        try await withClient("http://127.0.0.1:\(server.port)/mono/") { client in
            let id = try account()
            let details = try await client.details(of: id).get()
            #expect(details.status == .available)
            #expect(await client.job(jobText, of: id) == .success(.finished))
            #expect(await client.trigger(id, leavingBefore: .max) == .succeeded(job: jobText))
        }
        let requests = server.requests.map { $0.split(separator: "\r\n").map(String.init) }
        #expect(
            requests.map(\.first) == [
                "GET /mono/v2/accounts/\(accountText) HTTP/1.1",
                "GET /mono/v2/accounts/\(accountText)/jobs/\(jobText) HTTP/1.1",
                "GET /mono/v2/accounts/\(accountText)/transactions HTTP/1.1",
            ])
        for request in requests {
            let headers = request.dropFirst().map { $0.lowercased() }
            #expect(headers.contains("mono-sec-key: \(keyText.lowercased())"))
            #expect(headers.contains("accept: application/json"))
            #expect(headers.contains("user-agent: mono-reconcile/1.2.3"))
            #expect(!headers.contains { $0.hasPrefix("accept-encoding") })
        }
        #expect(requests.map { $0.contains("x-realtime: true") } == [false, false, true])
        await server.stop()
    }

    @Test func `data sync uses the unversioned paths and an empty POST`() async throws {
        let available = String(decoding: try fixture("v1-account-details"), as: UTF8.self)
        let synced = String(decoding: try fixture("v1-sync-new-data"), as: UTF8.self)
        let server = try await MisbehavingServer.start(
            [answer("200 OK", body: available)], [answer("200 OK", body: synced)])
        try await withClient("http://127.0.0.1:\(server.port)", .dataSync) { client in
            let id = try account()
            let details = try await client.details(of: id).get()
            #expect(details.status == .available)
            #expect(await client.trigger(id, leavingBefore: .max) == .succeeded(job: nil))
        }
        #expect(server.requests.first?.hasPrefix("GET /accounts/\(accountText) HTTP/1.1") == true)
        let sync = try #require(server.requests.last).lowercased()
        #expect(sync.hasPrefix("post /accounts/\(accountText)/sync http/1.1"))
        #expect(sync.contains("content-length: 0"))
        #expect(!sync.contains("x-realtime"))
        await server.stop()
    }

    @Test(arguments: ["", "a/b", "..", "a?b", "a b", "å", String(repeating: "a", count: 129)])
    func `an ill-formed job id reaches no path`(job: String) async throws {
        let server = try await MisbehavingServer.start([answer("200 OK")])
        let result = try await withClient("http://127.0.0.1:\(server.port)") { client in
            await client.job(job, of: try account())
        }
        #expect(result == .failure(.unreadable("the job id is ill-formed")))
        #expect(server.requests == [])
        await server.stop()
    }

    @Test func `the key is in no description of the client`() async throws {
        try await withClient("https://127.0.0.1:1") { client in
            var dumped = ""
            dump(client, to: &dumped)
            #expect(Mirror(reflecting: client).children.isEmpty)
            for text in [dumped, "\(client)", String(reflecting: client)] {
                #expect(!text.contains("Never"))
            }
        }
    }
}
