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
            ("https://api.withmono.com", false), ("https://api.withmono.com/", false),
            ("https://api.withmono.com/v2", true), ("https://api.withmono.com:8443/v2", true),
            ("https://notwithmono.com/v2", false), ("https://withmono.com.example/v2", false),
            ("https://proxy.example/mono", false),
        ])
    func `Mono's own host has no path`(text: String, isMonosWithPath: Bool) throws {
        #expect(try BaseURL(text).isMonosWithPath == isMonosWithPath)
    }

    @Test func `a long address is refused`() throws {
        let longest = "https://h/" + String(repeating: "a", count: 2_038)
        #expect(longest.utf8.count == 2_048)
        #expect(try BaseURL(longest).description == longest)
        #expect(throws: BaseURLError.malformed) { try BaseURL(longest + "a") }
    }
}
