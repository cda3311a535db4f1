import NIOHTTP1
import Reconciliation
import Testing

@testable import MonoAPI

struct DataSyncTriggerTests {
    private static let contradiction = inDoubt("status and code contradict each other")

    private func read(_ status: Int, _ body: String) -> SyncAnswer {
        DataSyncTrigger.read(status: status, headers: ["retry-after": "7"], body: bytes(body), now: someNow)
    }

    @Test(
        arguments: zip(
            ["v1-sync-new-data", "v1-sync-reauth-required", "v1-sync-error", "v1-sync-incomplete-statement"],
            [.succeeded(job: nil), .reauthorise, .bankError, .incomplete] as [SyncAnswer]))
    func `a recorded body decides whatever the status`(name: String, expected: SyncAnswer) throws {
        let body = try fixture(name)
        for status in [200, 201, 302, 400, 401, 403, 404, 409, 429, 500, 502, 504] {
            #expect(DataSyncTrigger.read(status: status, headers: [:], body: body, now: someNow) == expected)
        }
    }

    @Test(arguments: [
        #"{"status":"successful","hasNewData":false,"code":"SYNCED_SUCCESSFUL"}"#,
        #"{"status":"SUCCESSFUL","code":"sync_successful"}"#, #"{"status":"Successful","hasNewData":true}"#,
        #"{"status":"successful","hasNewData":false,"code":null}"#,
        #"{"data":{"status":"successful","code":"SYNC_SUCCESSFUL"}}"#,
        #"{"status":"successful","data":{"status":"successful","hasNewData":true}}"#,
    ])
    func `every spelling of success is read`(body: String) {
        #expect(read(200, body) == .succeeded(job: nil))
    }

    @Test(
        arguments: zip(
            ["REAUTHORISATION_REQUIRED", "reauthorization_required", " SYNC_ERROR ", "INCOMPLETE_STATEMENT_ERROR"],
            [.reauthorise, .reauthorise, .bankError, .incomplete] as [SyncAnswer]))
    func `a failure's code speaks with and without its status`(code: String, expected: SyncAnswer) {
        for start in ["", #""status":"failed","#, #""status":"FAILED","#, #""status":null,"#, #""status":"odd","#] {
            #expect(read(200, #"{\#(start)"code":"\#(code)"}"#) == expected)
        }
        #expect(read(200, #"{"status":"successful","data":{"status":"failed","code":"\#(code)"}}"#) == expected)
    }

    @Test(arguments: [
        #"{"status":"successful","code":"REAUTHORISATION_REQUIRED"}"#, #"{"status":"successful","code":"SYNC_ERROR"}"#,
        #"{"status":"successful","code":"INCOMPLETE_STATEMENT_ERROR"}"#,
        #"{"status":"failed","code":"SYNC_SUCCESSFUL"}"#, #"{"status":"failed","code":"SYNCED_SUCCESSFUL"}"#,
        #"{"code":"SYNC_SUCCESSFUL"}"#,
        #"{"status":null,"code":"SYNC_SUCCESSFUL"}"#, #"{"status":true,"code":"SYNC_SUCCESSFUL"}"#,
    ])
    func `a contradiction is doubt`(body: String) {
        #expect(read(200, body) == Self.contradiction)
        #expect(read(500, body) == Self.contradiction)
    }

    @Test(arguments: [
        #""SYNC_FAILED""#, #""SYNC_SUCCESSFUL_NOT""#, #""""#, "7", "true", "{}", #"["SYNC_SUCCESSFUL"]"#,
    ])
    func `an unknown code is never success`(code: String) {
        #expect(read(200, #"{"status":"successful","code":\#(code)}"#) == inDoubt("HTTP 200 with an unknown code"))
        #expect(read(400, #"{"status":"failed","code":\#(code)}"#) == .refused(.badRequest))
        #expect(read(500, #"{"status":"successful","code":\#(code)}"#) == inDoubt("HTTP 500"))
    }

    @Test(arguments: [
        "", "null", "[]", "{}", "successful", #""successful""#, "<html>successful</html>", #"{"status":"successful""#,
        #"{"status":"failed"}"#, #"{"status":"success"}"#, #"{"hasNewData":true}"#,
        #"{"status":"successful","data":{"status":"failed"}}"#, #"{"status":"successful","data":null}"#,
        #"{"status":"successful"}"#, #"{"status":"successful","message":"ok","data":null}"#,
        #"{"status":"successful","hasNewData":"yes"}"#,
    ])
    func `a body that says nothing leaves the word to the status`(body: String) {
        #expect(read(200, body) == inDoubt("HTTP 200 without a known answer"))
        #expect(read(502, body) == inDoubt("HTTP 502"))
        #expect(read(409, body) == inDoubt("HTTP 409"))
        #expect(read(302, body) == inDoubt("HTTP 302"))
        #expect(read(400, body) == .refused(.badRequest))
        #expect(read(401, body) == .refused(.keyRefused))
        #expect(read(402, body) == .refused(.denied(status: 402)))
        #expect(read(403, body) == .refused(.denied(status: 403)))
        #expect(read(404, body) == .refused(.notFound))
        #expect(read(429, body) == .refused(.tooManyRequests(retryAfter: .seconds(7))))
    }

    @Test func `success without a code counts on a 2xx only`() {
        let body = #"{"status":"successful","hasNewData":true}"#
        #expect(read(299, body) == .succeeded(job: nil))
        #expect(read(300, body) == inDoubt("HTTP 300"))
        #expect(read(429, body) == .refused(.tooManyRequests(retryAfter: .seconds(7))))
    }
}
