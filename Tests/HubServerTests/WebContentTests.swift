import Foundation
import Testing
import Xet

@testable import HubServer

@Suite("What pages are made of")
struct WebContentTests {
    @Test("text in markup is escaped wherever it stands")
    func html() {
        let evil = "<script>\"'&\u{202E}\u{0}"
        let html: HTML = "<a title=\"\(evil)\">\(evil)</a>"
        let escaped = "&lt;script&gt;&quot;&#39;&amp;\u{FFFD}\u{FFFD}"
        #expect(html.markup == "<a title=\"\(escaped)\">\(escaped)</a>")
        let nested: HTML = "<b>\(html)\(5)\([html, html])</b>"
        #expect(nested.markup.hasPrefix("<b><a title=\"&lt;"))
    }

    @Test("sizes, counts and shares")
    func texts() {
        #expect(
            PageText.size(999) == "999 B" && PageText.size(1000) == "1.00 kB" && PageText.size(999_999) == "1.00 MB")
        #expect(PageText.size(1_234_567_890) == "1.23 GB" && PageText.size(15_500_000) == "15.5 MB")
        #expect(PageText.count(1_234_567) == "1\u{202F}234\u{202F}567" && PageText.count(12) == "12")
        #expect(PageText.short(494_032_768) == "494M" && PageText.short(8_030_261_248) == "8.0B")
        #expect(PageText.percent(1, of: 8) == "12 %" && PageText.percent(1, of: 0) == "0 %")
    }

    private func safetensors(_ json: String) -> Data {
        var data = Data()
        data.appendLittleEndian(UInt64(json.utf8.count))
        return data + Data(json.utf8)
    }

    @Test("safetensors headers, good and bad")
    func safetensorsHeader() throws {
        let json = """
            {"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
             "a":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}}
            """
        let file = safetensors(json)
        let length = try SafetensorsHeader.length(of: file.prefix(8), fileSize: UInt64(file.count + 32))
        #expect(length == json.utf8.count)
        let table = try SafetensorsHeader.parse(Data(json.utf8))
        #expect(table.tensors.map(\.name) == ["b", "a"] && table.parameters == 10)
        #expect(table.parametersByType.map(\.type) == ["F32", "BF16"] && table.metadata.first?.value == "pt")
        #expect(throws: HeaderProblem.self) { try SafetensorsHeader.length(of: Data([1]), fileSize: 1) }
        var huge = Data()
        huge.appendLittleEndian(UInt64.max)
        #expect(throws: HeaderProblem.self) { try SafetensorsHeader.length(of: huge, fileSize: 1 << 40) }
        for wrong in [
            "", "[]", "{\"a\":5}", "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", "{\"a\":{\"x\":\"y\"}}",
        ] {
            #expect(throws: HeaderProblem.self, "\(wrong)") { try SafetensorsHeader.parse(Data(wrong.utf8)) }
        }
        let overflow = #"{"a":{"dtype":"F32","shape":[18446744073709551615,3],"data_offsets":[0,4]}}"#
        #expect(try SafetensorsHeader.parse(Data(overflow.utf8)).parameters == .max)
    }

    private func gguf(_ build: (inout Data) -> Void) -> Data {
        var data = Data("GGUF".utf8)
        data.appendLittleEndian(UInt32(3))
        build(&data)
        return data
    }

    private func text(_ text: String, _ data: inout Data) {
        data.appendLittleEndian(UInt64(text.utf8.count))
        data.append(contentsOf: text.utf8)
    }

    @Test("GGUF headers, good, cut short and bad")
    func ggufHeader() throws {
        let file = gguf { data in
            data.appendLittleEndian(UInt64(1))
            data.appendLittleEndian(UInt64(2))
            text("general.name", &data)
            data.appendLittleEndian(UInt32(8))
            text("tiny", &data)
            text("tokens", &data)
            data.appendLittleEndian(UInt32(9))
            data.appendLittleEndian(UInt32(8))
            data.appendLittleEndian(UInt64(2))
            text("a", &data)
            text("b", &data)
            text("w", &data)
            data.appendLittleEndian(UInt32(2))
            data.appendLittleEndian(UInt64(32))
            data.appendLittleEndian(UInt64(4))
            data.appendLittleEndian(UInt32(12))
            data.appendLittleEndian(UInt64(0))
        }
        let table = try #require(try GGUFHeader.parse(file))
        #expect(table.tensors == [.init(name: "w", type: "Q4_K", shape: [32, 4], bytes: nil)])
        #expect(table.metadata.map(\.value) == ["tiny", "2 values"] && table.parameters == 128)
        for length in 8..<file.count { #expect(try GGUFHeader.parse(file.prefix(length)) == nil, "\(length)") }
        let wrong = [
            Data("NOPE0000".utf8), gguf { $0.appendLittleEndian(UInt64.max) },
            gguf { data in
                data.appendLittleEndian(UInt64(0))
                data.appendLittleEndian(UInt64(1))
                data.appendLittleEndian(UInt64.max)
            },
            gguf { data in
                data.appendLittleEndian(UInt64(0))
                data.appendLittleEndian(UInt64(1))
                text("k", &data)
                data.appendLittleEndian(UInt32(9))
                data.appendLittleEndian(UInt32(10))
                data.appendLittleEndian(UInt64.max)
            },
        ]
        for file in wrong.dropFirst(2) + [wrong[0]] {
            #expect(throws: HeaderProblem.self) { try GGUFHeader.parse(file) }
        }
    }

    @Test("front matter is cut off")
    func frontMatter() {
        #expect(FrontMatter.body(of: "---\r\nlicense: mit\r\n---\r\n# Hi\r\n") == "# Hi\r\n")
        #expect(FrontMatter.body(of: "---\na: b\n---") == "")
        for plain in ["# no\n---\nx", "", "---\nnever closed"] { #expect(FrontMatter.body(of: plain) == plain) }
    }

    @Test("differences of texts")
    func differences() throws {
        let text = try #require(TextDifference(from: "a\nb\nc\n", to: "a\nB\nc\n"))
        #expect(text.lines == [.same("a"), .removed("b"), .added("B"), .same("c"), .same("")])
        let long = (0..<100).map { "\($0)\n" }.joined()
        let far = try #require(TextDifference(from: long, to: long.replacing("50\n", with: "")))
        #expect(far.lines.count == 9 && far.lines.first == .gap && far.lines.last == .gap)
        #expect(far.added == 0 && far.removed == 1)
        let (zeros, ones) = (String(repeating: "0\n", count: 1500), String(repeating: "1\n", count: 1500))
        #expect(TextDifference(from: zeros, to: ones) == nil)
        #expect(TextDifference(from: "", to: "x")?.lines == [.removed(""), .added("x")])
    }
}
