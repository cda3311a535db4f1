import Foundation
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
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
    try #require(isConnected, "nobody listens on port \(port)")
    let bytes = Array(request)
    try #require(send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
    var answer = Data()
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = recv(descriptor, &chunk, chunk.count, 0), count > 0 { answer += chunk.prefix(count) }
    return answer
}
