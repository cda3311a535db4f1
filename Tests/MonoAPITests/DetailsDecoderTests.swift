import Reconciliation
import Testing

@testable import MonoAPI

struct DetailsDecoderTests {
    private func read(_ text: String) throws -> Result<Details, ReadFailure> {
        DetailsDecoder.read(bytes(text), of: try account())
    }

    @Test(
        arguments: zip(
            [
                "v1-account-details", "v2-account-details-2024", "v2-account-details-available",
                "v2-account-details-failed", "v2-account-details-partial-balance-only",
                "v2-account-details-processing", "v2-account-details-unavailable",
            ],
            [.available, .available, .available, .failed, .partial, .processing, .unavailable] as [DataStatus]))
    func `every recorded answer is read`(name: String, status: DataStatus) throws {
        let details = try DetailsDecoder.read(try fixture(name), of: try account()).get()
        #expect(details == Details(status: status, institution: "Test Bank", bankCode: "000"))
    }

    @Test(arguments: [
        "v1-account-details", "v2-account-details-2024", "v2-account-details-available", "v2-account-details-failed",
    ])
    func `an answer about another account is told apart`(name: String) throws {
        let other = try account("6a10f0c1d2e3f4a5b6c7d802")
        #expect(DetailsDecoder.read(try fixture(name), of: other) == .failure(.wrongAccount))
    }

    @Test(arguments: [
        "v1-exchange-token", "v1-reauthorise", "v1-sync-new-data", "v2-accounts-list", "v2-balance",
        "v2-error-with-response-code", "v2-job-finished", "v2-realtime-balance-processing", "v2-transactions-page",
        "v2-unlink",
    ])
    func `an answer to another question has no status`(name: String) throws {
        guard case .failure(.unreadable) = DetailsDecoder.read(try fixture(name), of: try account()) else {
            Issue.record("\(name) was taken for details")
            return
        }
    }

    @Test(arguments: [
        #"{"data":{"id":"\#(accountText)","data_status":"available","institution":{"name":"B","bankCode":"1"}}}"#,
        #"{"data":{"_id":"\#(accountText)","dataStatus":"Available","institution":{"name":"B","bank_code":"1"}}}"#,
        #"{"account":{"id":"\#(accountText)","institution":{"name":" B ","bank_code":"1"}},"#
            + #""meta":{"dataStatus":" AVAILABLE "}}"#,
        #"{"account":"\#(accountText)","institution":{"name":"B","bankCode":"1"},"meta":{"data_status":"AVAILABLE"}}"#,
        #"{"data":{"account":{"_id":"\#(accountText)","id":"x","institution":{"name":"B","bank_code":"1"}},"#
            + #""meta":{},"data_status":"AVAILABLE"}}"#,
        #"{"data":{"account":{"institution":{"name":"B","bankCode":"1"}},"meta":{"data_status":"AVAILABLE"}}}"#,
    ])
    func `older and mixed shapes are read alike`(text: String) throws {
        #expect(try read(text) == .success(Details(status: .available, institution: "B", bankCode: "1")))
    }

    @Test(arguments: [
        #""id":"other""#, #""_id":"other""#, #""id":17"#, #""id":{"id":"\#(accountText)"}"#, #""id":"""#,
        #""id":"\#(accountText)0""#, #""id":"\#(accountText.uppercased())""#,
    ])
    func `an id that is not the account's is never overlooked`(id: String) throws {
        let nested = #"{"data":{"account":{\#(id)},"meta":{"data_status":"AVAILABLE"}}}"#
        #expect(try read(nested) == .failure(.wrongAccount))
        #expect(try read(#"{"data":{\#(id),"data_status":"AVAILABLE"}}"#) == .failure(.wrongAccount))
    }

    @Test(arguments: ["balance", "TRANSACTIONS"])
    func `what was retrieved makes a failure partial`(item: String) throws {
        for status in ["FAILED", "unavailable"] {
            let meta = #"{"data_status":"\#(status)","retrieved_data":["identity",7,null,"\#(item)"]}"#
            #expect(try read(#"{"data":{"meta":\#(meta)}}"#).get().status == .partial)
        }
        #expect(try read(#"{"meta":{"data_status":"FAILED","retrieved_data":["identity"]}}"#).get().status == .failed)
        #expect(try read(#"{"meta":{"data_status":"FAILED","retrieved_data":"balance"}}"#).get().status == .failed)
        #expect(try read(#"{"meta":{"data_status":"FAILED","retrieved_data":null}}"#).get().status == .failed)
    }

    @Test func `an unknown status stays what it is, within bounds`() throws {
        let odd = try read(#"{"meta":{"data_status":"PROCESSING_FAILED"}}"#).get()
        #expect(odd.status == .unknown("PROCESSING_FAILED"))
        let long = String(repeating: "é", count: 500)
        let read = try read(#"{"meta":{"data_status":"\#(long)"}}"#).get()
        #expect(read.status == .unknown(String(long.prefix(64))))
    }

    @Test func `labels are one line of bounded text`() throws {
        let long = String(repeating: "n", count: 200)
        let text =
            #"{"account":{"institution":{"name":"A\r\nB\u0000","bank_code":""}},"#
            + #""meta":{"data_status":"FAILED","data_request_id":"\#(long)"}}"#
        let details = try read(text).get()
        #expect(details.institution == "AB")
        #expect(details.bankCode == nil)
        #expect(details.dataRequestID == String(long.prefix(128)))
        let odd = #"{"account":{"institution":"Bank"},"meta":{"data_status":"FAILED","dataRequestId":"R1"}}"#
        #expect(try read(odd).get() == Details(status: .failed, dataRequestID: "R1"))
    }

    @Test(arguments: [
        "", "{", "null", "[]", "17", #""AVAILABLE""#, "{}", #"{"data":null}"#, #"{"data":[]}"#, #"{"data":{}}"#,
        #"{"data":{"meta":null}}"#, #"{"data":{"meta":{"data_status":null}}}"#, #"{"meta":{"data_status":""}}"#,
        #"{"meta":{"data_status":" "}}"#, #"{"meta":{"data_status":1}}"#, #"{"meta":{"data_status":true}}"#,
        #"{"meta":{"data_status":["AVAILABLE"]}}"#, #"{"status":"AVAILABLE"}"#,
        #"{"status":"failed","data":{"meta":{"data_status":"AVAILABLE"}}}"#,
        #"{"meta":{"data_status":"AVAILABLE"}"#, #"{"meta":{"data_status":"AVAILABLE"}} x"#, "\u{0}{}",
        "<html></html>", String(repeating: "[", count: 100_000), String(repeating: #"{"data":"#, count: 2_000),
    ])
    func `without a status nothing is guessed`(text: String) throws {
        guard case .failure(.unreadable(let why)) = try read(text) else {
            Issue.record("accepted: \(text.prefix(60))")
            return
        }
        #expect(!why.contains("AVAILABLE"))
    }

    @Test func `bytes that are no text are unreadable`() throws {
        let result = DetailsDecoder.read([0xFF, 0xFE, 0x00, 0xC3, 0x28], of: try account())
        #expect(result == .failure(.unreadable("the account's details are not JSON")))
    }

    @Test func `a body above the limit is not even scanned`() throws {
        let text = #"{"meta":{"data_status":"AVAILABLE"}}"#
        let full = bytes(text) + Array(repeating: 0x20, count: 1_048_576 - text.utf8.count)
        #expect(try DetailsDecoder.read(full, of: account()) == .success(Details(status: .available)))
        guard case .failure(.unreadable) = try DetailsDecoder.read(full + [0x20], of: account()) else {
            Issue.record("read more than the limit")
            return
        }
    }

    @Test func `deep nesting beside the answer does no harm`() throws {
        let deep = String(repeating: "[", count: 400) + String(repeating: "]", count: 400)
        let result = try read(#"{"x":\#(deep),"meta":{"data_status":"AVAILABLE"}}"#)
        #expect(result == .success(Details(status: .available)))
    }
}
