import Testing

@testable import Terminal

@Suite struct ProgressStateTests {
    @Test("bytes count once, whatever order the reports come in")
    func counting() {
        var state = ProgressState()
        state.begin("a", total: 100)
        state.begin("b", total: 50)
        state.advance("a", by: 60)
        state.advance("nobody", by: 60)
        state.finish("b", .alreadyPresent)
        state.finish("b", .alreadyPresent)
        #expect(state.completedBytes == 110)
        #expect(state.workedBytes == 60)
        #expect(state.finishedFiles == 1)
        #expect(state.activeItems.map(\.name) == ["a"])
        state.advance("a", by: 1000)
        #expect(state.completedBytes == 150)
    }

    @Test("a file that begins again is not counted twice")
    func restart() {
        var state = ProgressState()
        state.begin("a", total: 100)
        state.advance("a", by: 70)
        state.begin("a", total: 100)
        #expect(state.totalFiles == 1)
        #expect(state.totalBytes == 100)
        #expect(state.completedBytes == 0)
    }

    @Test("a failed file is neither finished nor complete")
    func failure() {
        var state = ProgressState()
        state.begin("a", total: 100)
        state.advance("a", by: 10)
        state.finish("a", .failed)
        #expect(state.failedFiles == 1)
        #expect(state.finishedFiles == 0)
        #expect(state.completedBytes == 10)
    }
}

@Suite struct RateMeterTests {
    @Test("the rate is that of the last seconds")
    func window() {
        var meter = RateMeter(window: .seconds(5))
        meter.record(0, at: .zero)
        #expect(meter.bytesPerSecond == nil)
        for second in 1...20 { meter.record(UInt64(second) * 1000, at: .seconds(second)) }
        #expect(meter.bytesPerSecond == 1000)
        for second in 21...30 { meter.record(20_000, at: .seconds(second)) }
        #expect(meter.bytesPerSecond == 0)
    }
}

@Suite struct ProgressLayoutTests {
    private func state(files: Int) -> ProgressState {
        var state = ProgressState()
        for index in 0..<files {
            state.begin("folder/model-\(index).safetensors", total: 1_000_000)
            state.advance("folder/model-\(index).safetensors", by: 250_000)
        }
        return state
    }

    @Test("one line per active file, the total last")
    func lines() {
        var state = state(files: 2)
        state.begin("config.json", total: 0)
        state.finish("config.json", .transferred)
        let lines = ProgressLayout(columns: 100, rows: 24).lines(state, rate: 500_000)
        #expect(lines.count == 3)
        #expect(lines[0].hasPrefix("folder/model-0.safetensors"))
        #expect(lines[0].contains(" 25% ━━━━─"))
        #expect(lines[0].hasSuffix("250 kB / 1.00 MB"))
        #expect(lines[2].hasPrefix("1/3 files"))
        #expect(lines[2].hasSuffix("500 kB / 2.00 MB  500 kB/s, 3 s left"))
    }

    @Test("a single file needs a single line")
    func single() {
        let lines = ProgressLayout(columns: 100, rows: 24).lines(state(files: 1), rate: nil)
        #expect(lines.count == 1)
        #expect(lines[0].hasPrefix("folder/model-0.safetensors"))
    }

    @Test(
        "no line wraps and no frame is taller than the terminal", arguments: [1, 20, 40, 69, 70, 80, 250],
        [1, 2, 3, 10])
    func fits(columns: Int, rows: Int) {
        let lines = ProgressLayout(columns: columns, rows: rows).lines(state(files: 30), rate: 123_456_789)
        #expect(lines.count <= max(rows - 1, 1))
        for line in lines { #expect(TextWidth.of(line) <= max(columns - 1, 20)) }
    }

    @Test("a narrow terminal shows speed and time left in place of amounts")
    func narrow() {
        let lines = ProgressLayout(columns: 41, rows: 24).lines(state(files: 2), rate: 500_000)
        #expect(lines.last == "0/2 files        25%  500 kB/s, 3 s left")
        #expect(lines.first == "folder/m…etensors  25%  250 kB / 1.00 MB")
    }

    @Test("what does not fit is counted")
    func overflow() {
        let lines = ProgressLayout(columns: 80, rows: 6).lines(state(files: 30), rate: nil)
        #expect(lines.count == 5)
        #expect(lines[3] == "  … and 27 more")
    }

    @Test("a log line says it all")
    func plain() {
        let line = ProgressLayout(columns: 80, rows: 24).plainLine(state(files: 2), rate: 500_000)
        #expect(line == "0/2 files, 500 kB / 2.00 MB (25%), 500 kB/s, 3 s left")
    }

    @Test("100 % means done")
    func percent() {
        #expect(ProgressLayout.percent(999_999_999, 1_000_000_000) == 99)
        #expect(ProgressLayout.percent(5, 5) == 100)
        #expect(ProgressLayout.percent(0, 0) == 100)
    }
}

@Suite struct FramePainterTests {
    @Test("a frame replaces the one before it")
    func replace() {
        var painter = FramePainter()
        #expect(painter.frame(["one", "two"], columns: 80) == "\rone\u{1B}[K\ntwo\u{1B}[K\u{1B}[J")
        #expect(painter.frame(["three"], columns: 80) == "\r\u{1B}[1Athree\u{1B}[K\u{1B}[J")
        #expect(painter.erase(columns: 80) == "\r\u{1B}[J")
        #expect(painter.erase(columns: 80).isEmpty)
    }

    @Test("lines that a narrower terminal has wrapped are counted as they are now")
    func resize() {
        var painter = FramePainter()
        _ = painter.frame([String(repeating: "x", count: 79), "y"], columns: 80)
        #expect(painter.erase(columns: 40) == "\r\u{1B}[2A\u{1B}[J")
    }
}

@Suite struct ProgressEventsTests {
    @Test("each line is one JSON object, and each file ends once")
    func lines() {
        var state = ProgressState()
        state.keepsEndings = true
        state.begin("a \"b\"\n", total: 10)
        state.begin("c", total: 5)
        state.advance("c", by: 2)
        state.finish("a \"b\"\n", .transferred)
        let text = ProgressEvents.rest(&state, rate: 7, hasProgress: true)
        #expect(
            text == #"{"event":"file","path":"a \"b\"\n","size":10,"outcome":"transferred"}"# + "\n"
                + #"{"event":"progress","files":1,"total_files":2,"failed_files":0,"bytes":12,"total_bytes":15,"#
                + #""network_bytes":0,"bytes_per_second":7}"# + "\n")
        #expect(ProgressEvents.rest(&state).isEmpty)
        state.finish("c", .failed)
        #expect(ProgressEvents.rest(&state, isEnd: true).split(separator: "\n").count == 2)
    }

    @Test("control characters are escaped") func quoting() {
        #expect(JSONText.quoted("\u{1}\t\\é") == #""\u0001\t\\é""#)
    }
}

@Suite struct EventLineTests {
    @Test("what is said to people becomes an event where standard error carries events")
    func lines() {
        #expect(EventLines.event("error: no \"such\" file") == #"{"event":"error","message":"no \"such\" file"}"#)
        #expect(EventLines.event("hint: look") == #"{"event":"hint","message":"look"}"#)
        #expect(EventLines.event("note: so it is") == #"{"event":"note","message":"so it is"}"#)
        #expect(EventLines.event("got 3 files") == #"{"event":"note","message":"got 3 files"}"#)
        #expect(EventLines.event(#"{"event":"end"}"#) == #"{"event":"end"}"#)
    }
}
