import Testing

@testable import MonoAPI

struct BaseURLTests {
    @Test(
        arguments: zip(
            [
                "https://api.withmono.com", "https://api.withmono.com/", "HTTPS://API.withmono.com:443/",
                "https://proxy.example:8443/mono/v-1", "https://10.0.0.1/a.b~c_d", "http://localhost",
                "http://LOCALHOST:80/", "http://127.0.0.1:65535", "http://127.255.255.255:1/x/", "http://[::1]:8080",
                "http://[0:0:0:0:0:0:0:1]:8080", "https://[2001:DB8::1]/x",
            ],
            [
                "https://api.withmono.com", "https://api.withmono.com", "https://api.withmono.com",
                "https://proxy.example:8443/mono/v-1", "https://10.0.0.1/a.b~c_d", "http://localhost",
                "http://localhost", "http://127.0.0.1:65535", "http://127.255.255.255:1/x", "http://[::1]:8080",
                "http://[0:0:0:0:0:0:0:1]:8080", "https://[2001:db8::1]/x",
            ]))
    func `an address has one normal form`(text: String, normal: String) throws {
        #expect(try BaseURL(text).description == normal)
    }

    @Test(arguments: [
        "http://api.withmono.com", "http://localhost.example", "http://localhost.", "http://127.0.0.1.evil.com",
        "http://127.1", "http://0177.0.0.1", "http://127.0.0.01", "http://126.255.255.255", "http://128.0.0.1",
        "http://127.0.0.256", "http://2130706433", "http://[::2]", "http://[::ffff:127.0.0.1]", "http://10.0.0.1",
        "http://127.0.0.1.", "http://xlocalhost", "http://127.0.0.+1",
    ])
    func `plain http goes to this machine only`(text: String) {
        #expect(throws: BaseURLError.self) { try BaseURL(text) }
    }

    @Test func `the error says what is wrong and what is expected`() throws {
        let error = try #require(throws: BaseURLError.self) { try BaseURL("http://api.withmono.com") }
        #expect(error == .plainHTTP(host: "api.withmono.com"))
        #expect(error.description.contains("api.withmono.com"))
        #expect(error.description.contains("expected https://"))
        #expect(throws: BaseURLError.userInfo) { try BaseURL("https://user:secret@api.withmono.com") }
        #expect(throws: BaseURLError.userInfo) { try BaseURL("http://localhost@evil.example") }
        #expect(throws: BaseURLError.queryOrFragment) { try BaseURL("https://api.withmono.com?a=b") }
        #expect(throws: BaseURLError.queryOrFragment) { try BaseURL("https://api.withmono.com/#a") }
        #expect(throws: BaseURLError.queryOrFragment) { try BaseURL("http://localhost#@evil.example") }
    }

    @Test(arguments: [
        "", "api.withmono.com", "https://", "https:///x", "https://:443", "https://host:0", "https://host:65536",
        "https://host:", "https://host:+1", "https://host:1:2", "https://host/a//b", "https://host/../x",
        "https://host/./x", "https://host//", "https://host/%2e%2e", "https://ho st", "https://host\\x",
        "https://host/x y", "https://-host", "https://a..b", "ftp://host", " https://host", "https://host\n",
        "https://hóst", "https://[::1", "https://[::1]x", "https://[zz]", "https://[127.0.0.1]", "https://[::1%25lo]",
        "http+unix://localhost", "https://" + String(repeating: "a", count: 64),
    ])
    func `anything else is no base URL`(text: String) {
        #expect(throws: BaseURLError.malformed) { try BaseURL(text) }
    }

    @Test(
        arguments: [
            ("https://api.withmono.com/v2", "/v2", ""), ("https://API.withmono.com:8443/V2/", "/V2", ":8443"),
            ("https://api.withmono.com/v2/accounts/", "/v2/accounts", ""), ("https://api.withmono.com/api", "/api", ""),
            ("https://api.withmono.com/accounts/auth", "/accounts/auth", ""),
        ])
    func `Mono's own host has no path`(text: String, path: String, port: String) {
        #expect(throws: BaseURLError.notTheRoot(path: path, root: "https://api.withmono.com\(port)")) {
            try BaseURL(ofAPI: text)
        }
    }

    @Test(
        arguments: zip(
            [
                "https://gw.example/v2", "https://gw.example/V1/", "http://127.0.0.1:9090/v2/accounts",
                "https://gw.example/api/v2", "https://gw.example/mono/v2/accounts/auth", "https://gw.example/v1/v2",
                "https://gw.example/v1/mono/v2.0", "http://[::1]:8080/x/v2/account/", "https://withmono.com.example/v2",
                "https://notwithmono.com/v2",
            ],
            [
                "https://gw.example", "https://gw.example", "http://127.0.0.1:9090", "https://gw.example/api",
                "https://gw.example/mono", "https://gw.example", "https://gw.example/v1/mono", "http://[::1]:8080/x",
                "https://withmono.com.example", "https://notwithmono.com",
            ]))
    func `a version or an endpoint belongs to the calls, and the root is named`(text: String, root: String) throws {
        let error = try #require(throws: BaseURLError.self) { try BaseURL(ofAPI: text) }
        #expect(error.remedy == "write \(root)")
        #expect(try BaseURL(ofAPI: root).description == root)
    }

    @Test(arguments: [
        "https://api.withmono.com", "https://gw.example/mono", "https://gw.example/v1/mono", "https://gw.example/v",
        "https://gw.example/vault", "https://gw.example/v-1", "https://gw.example/accounts", "https://gw.example/v2x",
    ])
    func `a gateway's own path is allowed`(text: String) throws {
        #expect(try BaseURL(ofAPI: text).description == text)
    }

    @Test func `an address that is not Mono's may end in a version`() throws {
        #expect(try BaseURL("https://ping.example/api/v2").description == "https://ping.example/api/v2")
    }

    @Test func `a long address is refused`() throws {
        let longest = "https://h/" + String(repeating: "a", count: 2_038)
        #expect(longest.utf8.count == 2_048)
        #expect(try BaseURL(longest).description == longest)
        #expect(throws: BaseURLError.malformed) { try BaseURL(longest + "a") }
    }
}
