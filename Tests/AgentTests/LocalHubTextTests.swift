import HTTPTypes
import HubClient
import HubWire
import NIOHTTP1
import Testing

@testable import Agent

@Suite struct JSONMemberFilterTests {
    private func filtered(_ text: String) -> String {
        String(decoding: JSONMemberFilter.removing("xetHash", from: Array(text.utf8)), as: UTF8.self)
    }

    @Test("members go, wherever they stand, and nothing else changes")
    func members() {
        #expect(filtered(#"{"a":1,"xetHash":"ff","b":2}"#) == #"{"a":1,"b":2}"#)
        #expect(filtered(#"{"xetHash":"ff","b":2}"#) == #"{"b":2}"#)
        #expect(filtered(#"{"a":1, "xetHash" : "ff" }"#) == #"{"a":1}"#)
        #expect(filtered(#"{"xetHash":null}"#) == "{}")
        #expect(filtered(#"[{"lfs":{"oid":"x","xetHash":"y"},"size":3}]"#) == #"[{"lfs":{"oid":"x"},"size":3}]"#)
        #expect(filtered(#"{"xetHash":{"a":[1,"}",{"b":"]"}]},"c":0.10}"#) == #"{"c":0.10}"#)
    }

    @Test("texts that only look like it stay")
    func texts() {
        for text in [
            #"["xetHash","ff"]"#, #"{"a":"xetHash"}"#, #"{"a":"\"xetHash\":1"}"#, #"{"xetHashes":1}"#, "", "null",
            #"{"path":"a\\\"b","n":1.0}"#,
        ] {
            #expect(filtered(text) == text)
        }
    }

    @Test(
        "broken texts end",
        arguments: [#"{"xetHash"#, #"{"xetHash":"#, #"{"xetHash":"a"#, #"{"a":"\"#, #"{"xetHash":[{"#])
    func broken(_ text: String) { #expect(filtered(text).utf8.count <= text.utf8.count) }
}

@Suite struct JSONAddressRewriterTests {
    private func rewritten(_ text: String) -> String {
        let out = JSONAddressRewriter.rewriting(Array(text.utf8)) { address in
            address.hasPrefix("http://hub/") ? "http://agent/" + address.dropFirst(11) : address
        }
        return String(decoding: out, as: UTF8.self)
    }

    @Test("addresses of the hub that clients go on with become ours")
    func addresses() {
        #expect(rewritten(#"{"url":"http://hub/a/b","n":1.0}"#) == #"{"url":"http://agent/a/b","n":1.0}"#)
        #expect(rewritten(#"[{"commitUrl" : "http:\/\/hub\/a"}]"#) == #"[{"commitUrl" : "http://agent/a"}]"#)
        #expect(
            rewritten(#"{"a":{"url":"http://hub/1"},"pullRequestUrl":"http://hub/2"}"#)
                == #"{"a":{"url":"http://agent/1"},"pullRequestUrl":"http://agent/2"}"#)
    }

    @Test("everything else stays, broken texts too")
    func others() {
        for text in [
            #"{"url":"http://other/a"}"#, #"{"href":"http://hub/a","casUrl":"http://hub/cas"}"#,
            #"["url","http://hub/a"]"#, #"{"url":["http://hub/a"]}"#, #"{"url":{"x":"http://hub/a"}}"#,
            #"{"url":"http://hub/\u0041"}"#, #"{"text":"\"url\":\"http://hub/a\""}"#, #"{"url":null}"#, "", #"{"url":"#,
            #"{"url":"http://hub/a"#, #"{"url"#, #"{"url":"\"#,
        ] {
            #expect(rewritten(text) == text)
        }
    }
}

@Suite struct RangeHeaderTests {
    @Test("one range is understood, everything else means the whole")
    func ranges() {
        #expect(RangeHeader("bytes=0-9", size: 100) == .part(0..<10))
        #expect(RangeHeader("bytes=90-", size: 100) == .part(90..<100))
        #expect(RangeHeader("bytes=90-1000", size: 100) == .part(90..<100))
        #expect(RangeHeader("bytes=5-18446744073709551615", size: 100) == .part(5..<100))
        #expect(RangeHeader("bytes=-10", size: 100) == .part(90..<100))
        #expect(RangeHeader("bytes=-1000", size: 100) == .part(0..<100))
        #expect(RangeHeader("bytes=100-", size: 100) == .unsatisfiable)
        #expect(RangeHeader("bytes=-0", size: 100) == .unsatisfiable)
        for text in [
            nil, "", "bytes=", "bytes=-", "bytes=9-3", "bytes=0-1,4-5", "lines=0-1", "bytes=a-b", "bytes=+1-2",
            "bytes=99999999999999999999-", "bytes=0-99999999999999999999",
        ] {
            #expect(RangeHeader(text, size: 100) == .whole, "\(text ?? "nil")")
        }
    }
}

@Suite struct ResolveTargetTests {
    private func target(_ path: String) -> ResolveTarget? {
        ResolveTarget(path.dropFirst().split(separator: "/", omittingEmptySubsequences: false))
    }

    @Test("addresses of files are taken apart")
    func files() throws {
        let model = try #require(target("/org/model/resolve/main/a/b%20c.bin"))
        #expect(model.repo.description == "org/model@main" && model.path == "a/b c.bin")
        let legacy = try #require(target("/gpt2/resolve/refs%2Fpr%2F1/config.json"))
        #expect(legacy.repo.id.description == "gpt2" && legacy.repo.revision == "refs/pr/1")
        let data = try #require(target("/datasets/org/data/resolve/v1/x"))
        #expect(data.repo.type == .dataset && data.path == "x")
    }

    @Test(
        "what is none, or leads out, is not taken for one",
        arguments: [
            "/", "/org/model", "/org/model/resolve/main", "/org/model/resolve/main/", "/org/model/resolve/main/../x",
            "/org/model/resolve/main/%2e%2e/x", "/api/models/org/model", "/resolve/main/x", "/a/b/c/resolve/main/x",
            "/org/model/resolve//x", "/org/model/blob/main/x", "/..%2f/m/resolve/main/x",
        ])
    func others(_ path: String) { #expect(target(path) == nil) }
}

@Suite struct ReplyHeadersTests {
    private let headers: ReplyHeaders = {
        var settings = HubSettings(environment: [:], home: "/nowhere")
        settings.endpoint = "https://hub.example/base"
        return ReplyHeaders(home: "http://127.0.0.1:9847", settings: settings)
    }()

    @Test("Xet is not spoken of, addresses of the hub become ours, others stay")
    func down() {
        let fields = headers.passedDown([
            "X-Xet-Hash": "ff", "X-Xet-Refresh-Route": "/api", "ETag": "\"a\"", "Set-Cookie": "a=b",
            "Connection": "close",
            "Link":
                "<https://hub.example/base/api/models?cursor=a,b>; rel=\"next\", <https://cas.example/x>; rel=\"xet-auth\", "
                + "<https://hub.example/base/y>; rel=\"xet-reconstruction-info\"",
            "Location": "https://hub.example/base/org/new/resolve/main/x?download=true",
        ])
        #expect(fields[.eTag] == "\"a\"")
        #expect(fields[.own("Link")] == "<http://127.0.0.1:9847/api/models?cursor=a,b>; rel=\"next\"")
        #expect(fields[.location] == "http://127.0.0.1:9847/org/new/resolve/main/x?download=true")
        #expect(fields.count == 3)
        #expect(headers.rewritten(address: "https://hub.example.evil/x") == "https://hub.example.evil/x")
        #expect(
            headers.rewritten(address: "https://user@other/https://hub.example/base")
                == "https://user@other/https://hub.example/base")
        #expect(headers.rewritten(address: "/relative") == "/relative")
    }

    @Test("what concerns this machine alone does not go up")
    func up() {
        for name in ["Cookie", "Origin", "Host", "Sec-Fetch-Site", "Referer", "Connection"] {
            #expect(!ReplyHeaders.mayBePassedUp(.own(name)), "\(name)")
        }
        for name in ["Authorization", "User-Agent", "x-hf-download-counter", "X-Request-Id"] {
            #expect(ReplyHeaders.mayBePassedUp(.own(name)), "\(name)")
        }
    }
}
