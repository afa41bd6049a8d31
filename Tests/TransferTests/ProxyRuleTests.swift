import Testing

@testable import Transport

@Suite struct ProxyRuleTests {
    @Test(
        "finds the proxy as curl and Python do",
        arguments: [
            (["https_proxy": "http://p:3128"], "http://p:3128"), (["HTTPS_PROXY": "p:3128"], "http://p:3128"),
            (["https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:2"], "http://a:1"),
            (["https_proxy": "", "ALL_PROXY": "http://b:2"], "-"), (["ALL_PROXY": "socks5h://s"], "socks5://s:1080"),
            (["HTTP_PROXY": "http://p:1"], "-"), (["https_proxy": "http://u:p@[::1]:9/"], "http://::1:9"),
        ])
    func choice(environment: [String: String], expected: String) throws {
        let found = try ProxyRules(environment: environment).proxy(for: "https://hub.example.com/x")
        #expect((found?.description ?? "-") == expected)
    }

    @Test("a CGI's request header chooses no proxy")
    func httpoxy() throws {
        let rules = ProxyRules(environment: ["HTTP_PROXY": "http://evil", "REQUEST_METHOD": "GET"])
        #expect(try rules.proxy(for: "http://h/") == nil)
    }

    @Test(
        "exempts hosts by name, suffix, port, address and block",
        arguments: [
            ("*", "h.example.com", true), ("example.com", "h.example.com", true),
            (".example.com", "h.example.com", true),
            ("*.example.com", "h.example.com", true), ("ample.com", "h.example.com", false),
            ("example.com:443", "example.com", true), ("example.com:8443", "example.com", false),
            ("10.0.0.0/8", "10.1.2.3", true), ("10.0.0.0/8", "11.1.2.3", false), ("10.0.0.0/33", "10.0.0.1", false),
            ("192.168.1.7", "192.168.1.7", true), ("fd00::/8", "[fd12::1]", true), ("::1", "[::1]", true),
            ("[::1]:443", "[::1]", true), ("other, EXAMPLE.com", "example.com", true), ("", "example.com", false),
        ])
    func exemptions(list: String, host: String, isExempt: Bool) throws {
        let rules = ProxyRules(environment: ["https_proxy": "http://p:1", "no_proxy": list])
        #expect(try (rules.proxy(for: "https://\(host)/") == nil) == isExempt)
    }
}
