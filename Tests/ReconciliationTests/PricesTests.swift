import Reconciliation
import Testing

/// Money counts exactly, and a list of prices is whole or refused.
@Suite struct PricesTests {
    @Test(arguments: [
        ("0", 0, "0"), ("100", 10_000, "100"), ("12.5", 1_250, "12.50"), ("12.50", 1_250, "12.50"),
        ("0.05", 5, "0.05"), ("007", 700, "7"), ("9999999999999999.99", 999_999_999_999_999_999, "9999999999999999.99"),
    ])
    func `an amount is read to the hundredth`(text: String, hundredths: Int, shown: String) {
        #expect(Money(text)?.hundredths == hundredths)
        #expect(Money(text)?.description == shown)
    }

    @Test(arguments: [
        "", ".", "1.", ".5", "-1", "+1", "1.234", "1.2.3", "1,5", "1e3", " 1", "1 ", "٣", "0x1", "10000000000000000",
    ])
    func `what is no such amount is refused`(text: String) {
        #expect(Money(text) == nil)
    }

    @Test(arguments: ["NGN", "GHS", "USD"])
    func `a currency is three capital letters`(code: String) {
        #expect(Currency(code)?.description == code)
    }

    @Test(arguments: ["", "NG", "NGNN", "ngn", "N1N", "₦₦₦", "NGÉ"])
    func `what is no code of a currency is refused`(code: String) {
        #expect(Currency(code) == nil)
    }

    @Test func `prices are read in any order, and told in one`() throws {
        let prices = try Prices("reauth=5,job=0,trigger=10.5,details=100", currency: try #require(Currency("GHS")))
        #expect(CallKind.allCases.map { prices[$0].hundredths } == [10_000, 1_050, 0, 500])
        #expect(prices.description == "details=100,trigger=10.50,job=0,reauth=5")
        #expect(try Prices(prices.description, currency: prices.currency) == prices)
        #expect(try Prices(Prices.example).currency == .naira)
        #expect(try Prices("details=999999.99,trigger=0,job=0,reauth=0")[.details] == Prices.highest)
    }

    @Test(arguments: [
        ("details=100", "trigger, job, reauth are missing"), ("details=1,trigger=1,job=1", "reauth is missing"),
        ("details=1,trigger=1,job=1,reauth=1,sync=1", "there is no kind of call \"sync\""),
        ("details=1,details=1,trigger=1,job=1,reauth=1", "details is there twice"),
        ("", "there is no kind of call \"\""), ("100", "there is no kind of call \"100\""),
        ("Details=1", "there is no kind of call \"Details\""),
        ("details=-1", "details wants a number from 0 to 999999.99 with two decimal places at most"),
        ("job=0.001", "job wants a number from 0 to 999999.99 with two decimal places at most"),
        ("job=1000000", "job wants a number from 0 to 999999.99 with two decimal places at most"),
        ("job", "job wants a number from 0 to 999999.99 with two decimal places at most"),
        ("job=1=2", "job wants a number from 0 to 999999.99 with two decimal places at most"),
    ])
    func `a list that is not whole says what is wrong with it`(text: String, why: String) {
        let malformed = #expect(throws: Prices.Malformed.self) { try Prices(text) }
        #expect(malformed?.description == why)
    }

    @Test func `each kind costs its own price, and cents do not get lost`() throws {
        var calls = CallCounts()
        (calls.details, calls.trigger, calls.job, calls.reauth) = (3, 10, 1_000_000, 1)
        let cost = Cost(of: calls, at: try Prices("details=100,trigger=10,job=0.01,reauth=5.1"))
        #expect(CallKind.allCases.map { cost[$0].description } == ["300", "100", "10000", "5.10"])
        #expect(cost.total.description == "10405.10")
        #expect((calls + calls).total == 2 * calls.total)
    }

    @Test func `a look is at the job, or where there is none at the details`() {
        #expect(APIGeneration.realtime.look == .job)
        #expect(APIGeneration.dataSync.look == .details)
    }
}
