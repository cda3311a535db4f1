import Reconciliation
import Testing

@testable import MonoAPI

struct JobDecoderTests {
    private func read(_ text: String) throws -> Result<JobStatus, ReadFailure> {
        JobDecoder.read(bytes(text), job: jobText, of: try account())
    }

    @Test(
        arguments: zip(
            ["v2-job-failed", "v2-job-finished", "v2-job-processing"],
            [.failed, .finished, .processing] as [JobStatus]))
    func `every recorded answer is read`(name: String, status: JobStatus) throws {
        let body = try fixture(name)
        #expect(JobDecoder.read(body, job: jobText, of: try account()) == .success(status))
        #expect(JobDecoder.read(body, job: "other", of: try account()) == .failure(.wrongAccount))
        #expect(JobDecoder.read(body, job: jobText, of: try account("other")) == .failure(.wrongAccount))
    }

    @Test(
        arguments: zip(
            ["FINISHED", "Successful", "FAILED", "reauthorisation_required", "queued"],
            [.finished, .finished, .failed, .reauthorisationRequired, .unknown("queued")] as [JobStatus]))
    func `the words of all pages are known, in any case`(word: String, status: JobStatus) throws {
        #expect(try read(#"{"data":{"status":"\#(word)"}}"#) == .success(status))
    }

    @Test(arguments: [#""\#(accountText)""#, #"{"id":"\#(accountText)"}"#, #"{"_id":"\#(accountText)"}"#, "null", "{}"])
    func `the account may be a text or an object`(account: String) throws {
        let text = #"{"data":{"_id":"\#(jobText)","status":"finished","account":\#(account)}}"#
        #expect(try read(text) == .success(.finished))
    }

    @Test(arguments: [
        #""account":"other""#, #""account":{"id":"other"}"#, #""account":{"_id":"other"}"#, #""account":7"#,
        #""account":[]"#, #""id":"other""#, #""id":7"#, #""_id":"other""#,
    ])
    func `another account or job is told apart`(member: String) throws {
        #expect(try read(#"{"data":{"status":"finished",\#(member)}}"#) == .failure(.wrongAccount))
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"status":"finished"}"#, #"{"status":"successful","data":null}"#,
        #"{"status":"successful","data":[]}"#, #"{"status":"successful","data":"finished"}"#,
        #"{"status":"successful","data":{"id":"\#(jobText)"}}"#, #"{"data":{"status":null}}"#,
        #"{"data":{"status":{"status":"finished"}}}"#, #"{"status":"failed","data":{"status":"finished"}}"#,
        "<html>finished</html>",
    ])
    func `the envelope's status is never the job's`(text: String) throws {
        guard case .failure(.unreadable) = try read(text) else {
            Issue.record("accepted: \(text)")
            return
        }
    }
}
