import Foundation
import TestSupport
import Testing

/// The body of a page of a server on 127.0.0.1; with a body it is posted.
func loopbackPage(port: Int, _ path: String, posting body: String? = nil) throws -> Data {
    let method = body == nil ? "GET" : "POST"
    let length = body.map { "Content-Length: \($0.utf8.count)\r\n" } ?? ""
    let head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\(length)\r\n"
    let answer = try loopbackAnswer(port: port, Data("\(head)\(body ?? "")".utf8))
    try #require(answer.starts(with: Data("HTTP/1.1 200 ".utf8)), "\(path) did not answer 200")
    let end = try #require(answer.firstRange(of: Data("\r\n\r\n".utf8)))
    return answer[end.upperBound...]
}

/// All that a server on 127.0.0.1 answers to a request over a plain socket until it closes.
func loopbackAnswer(port: Int, _ request: Data) throws -> Data {
    let descriptor = try loopbackSocket(port: port)
    defer { close(descriptor) }
    let bytes = Array(request)
    try #require(send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
    var answer = Data()
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = recv(descriptor, &chunk, chunk.count, 0), count > 0 { answer += chunk.prefix(count) }
    return answer
}
