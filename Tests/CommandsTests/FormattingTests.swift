import Terminal
import Testing

@Suite struct ByteTextTests {
    @Test(
        "sizes have about three digits and decimal units",
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (1500, "1.50 kB"), (12_345, "12.3 kB"),
            (203_400_000, "203 MB"),
            (999_999, "1.00 MB"), (999_400, "999 kB"), (1_073_741_824, "1.07 GB"), (UInt64.max, "18.4 EB"),
        ] as [(UInt64, String)])
    func sizes(bytes: UInt64, text: String) {
        #expect(ByteText.size(bytes) == text)
    }

    @Test("a part and its whole share the unit where they can")
    func progress() {
        #expect(ByteText.progress(1_200_000_000, of: 2_610_000_000) == "1.20 / 2.61 GB")
        #expect(ByteText.progress(500, of: 2_610_000_000) == "500 B / 2.61 GB")
    }
}

@Suite struct DurationTextTests {
    @Test(
        "elapsed times",
        arguments: [
            (Duration.milliseconds(840), "0.84 s"), (.milliseconds(12_340), "12.3 s"), (.seconds(185), "3 min 05 s"),
            (.seconds(3720), "1 h 02 min"), (.seconds(200_000), "2 d 07 h"), (.seconds(-4), "0.00 s"),
        ])
    func elapsed(duration: Duration, text: String) {
        #expect(DurationText.elapsed(duration) == text)
    }

    @Test("guesses are in whole seconds") func estimates() {
        #expect(DurationText.estimate(seconds: 8) == "8 s")
        #expect(DurationText.estimate(seconds: 60) == "1 min 00 s")
    }
}

@Suite struct TextWidthTests {
    @Test("control characters of strangers' file names never reach the terminal")
    func printable() {
        #expect(TextWidth.printable("a\u{1B}[2Jb\nc\u{202E}d") == "a\u{FFFD}[2Jb\u{FFFD}c\u{FFFD}d")
        #expect(TextWidth.printable("模型 é.bin") == "模型 é.bin")
    }

    @Test("width counts cells, not characters")
    func width() {
        #expect(TextWidth.of("model") == 5)
        #expect(TextWidth.of("模型") == 4)
        #expect(TextWidth.of("e\u{301}") == 1)
    }

    @Test("shortening keeps both ends and never exceeds the width", arguments: 0...40)
    func shortened(width: Int) {
        for name in ["model-00001-of-00002.safetensors", "模型文件模型文件模型文件模型文件"] {
            let text = TextWidth.shortened(name, to: width)
            #expect(TextWidth.of(text) <= width)
            if width >= TextWidth.of(name) { #expect(text == name) }
        }
    }

    @Test("the middle is what goes")
    func middle() {
        #expect(TextWidth.shortened("model-00001-of-00002.safetensors", to: 15) == "model-0…tensors")
    }
}

@Suite struct TextTableTests {
    @Test("columns are aligned, lines have no trailing spaces")
    func table() {
        var table = TextTable([.init("SIZE", .right), .init("PATH")])
        table.append("203 MB", "model.safetensors")
        table.append("5 B", "a")
        #expect(table.lines() == ["  SIZE  PATH", "203 MB  model.safetensors", "   5 B  a"])
    }

    @Test("without headings there is no heading line; missing cells are empty")
    func bare() {
        var table = TextTable([.init(), .init()])
        table.append("user", "alice")
        table.append("x")
        #expect(table.lines(indent: 2) == ["  user  alice", "  x"])
    }
}
