import AsyncHTTPClient
import NIOHTTP1

/// One request, as its sender sees it.
struct HTTPRequest {
    var url: String
    var method: HTTPMethod
    var headers: HTTPHeaders
    var body: [UInt8]?

    /// The same for the HTTP client, which takes no address that is none.
    func forClient() throws -> HTTPClient.Request {
        try HTTPClient.Request(url: url, method: method, headers: headers, body: body.map { .bytes($0) })
    }
}
