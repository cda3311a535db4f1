import NIOHTTP1
import Reconciliation
import Testing

@testable import MonoAPI

struct RealtimeTriggerTests {
    private func read(_ status: Int, _ headers: HTTPHeaders) -> SyncAnswer {
        RealtimeTrigger.read(status: status, headers: headers, now: someNow)
    }

    @Test(
        arguments: zip(
            ["finished", "FINISHED", "Successful", "failed", "FAILED", "processing", "queued", "", " finished "],
            [
                .succeeded(job: "j-1_A"), .succeeded(job: "j-1_A"), .succeeded(job: "j-1_A"), .failed(job: "j-1_A"),
                .failed(job: "j-1_A"), .started(job: "j-1_A"), .started(job: "j-1_A"), .started(job: "j-1_A"),
                .succeeded(job: "j-1_A"),
            ] as [SyncAnswer]))
    func `the job's status decides`(word: String, expected: SyncAnswer) {
        for status in [200, 201, 202, 204, 299] {
            #expect(read(status, ["X-Job-Id": "j-1_A", "X-JOB-STATUS": word]) == expected)
        }
    }

    @Test func `a job without a status is at work`() {
        #expect(read(200, ["x-job-id": "j", "x-has-new-data": "true"]) == .started(job: "j"))
    }

    @Test(arguments: ["", "a/b", "a b", "../x", "ä", "a,b", String(repeating: "a", count: 129)])
    func `an ill-formed job id is none`(id: String) {
        #expect(read(200, ["x-job-id": id, "x-job-status": "finished"]) == .withoutJob)
    }

    @Test func `without one job id there is no success and no failure`() {
        #expect(read(200, ["x-job-status": "finished"]) == .withoutJob)
        #expect(read(200, ["x-job-status": "failed"]) == .withoutJob)
        #expect(read(200, [:]) == .withoutJob)
        #expect(read(200, [("x-job-id", "a"), ("x-job-id", "b")].headers) == .withoutJob)
        #expect(read(200, [("x-job-id", "a"), ("x-job-id", "a")].headers) == .started(job: "a"))
        let longest = String(repeating: "a", count: 128)
        #expect(read(200, ["x-job-id": longest]) == .started(job: longest))
    }

    @Test func `two statuses that differ are no status`() {
        let headers = [("x-job-id", "a"), ("x-job-status", "finished"), ("x-job-status", "failed")].headers
        #expect(read(200, headers) == .started(job: "a"))
    }

    @Test func `re-authorisation is believed in either form`() {
        #expect(read(200, ["x-reauth-required": "true"]) == .reauthorise)
        #expect(read(200, ["x-reauth-required": " TRUE", "x-job-id": "a", "x-job-status": "failed"]) == .reauthorise)
        #expect(read(200, ["x-job-status": "REAUTHORISATION_REQUIRED"]) == .reauthorise)
        #expect(read(200, ["x-reauth-required": "false", "x-job-id": "a"]) == .started(job: "a"))
        #expect(read(200, ["x-reauth-required": "", "x-job-id": "a"]) == .started(job: "a"))
    }

    @Test(
        arguments: zip(
            [400, 401, 402, 403, 404, 429],
            [
                .badRequest, .keyRefused, .denied(status: 402), .denied(status: 403), .notFound,
                .tooManyRequests(retryAfter: .seconds(7)),
            ] as [Refusal]))
    func `these statuses mean that nothing happened`(status: Int, expected: Refusal) {
        let headers: HTTPHeaders = ["retry-after": "7", "x-job-id": "a", "x-job-status": "finished"]
        #expect(read(status, headers) == .refused(expected))
    }

    @Test(arguments: [
        100, 101, 199, 300, 302, 304, 399, 405, 408, 409, 410, 422, 425, 428, 430, 500, 502, 503, 504, 999,
    ])
    func `any other status is doubt, whatever its headers say`(status: Int) {
        #expect(read(status, ["x-job-id": "a", "x-job-status": "finished"]) == inDoubt("HTTP \(status)"))
    }
}

extension [(String, String)] {
    fileprivate var headers: HTTPHeaders { HTTPHeaders(self) }
}
