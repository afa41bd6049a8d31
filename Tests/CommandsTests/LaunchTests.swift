import Foundation
import Processes
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite("Programs that are begun", .timeLimit(.minutes(1))) struct LaunchTests {
    private let folder = NSTemporaryDirectory() + "/shoal-launch-\(UInt64.random(in: .min ... .max))"

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    /// Runs a script to its end.
    private func run(_ script: String, _ edit: (inout Launch) -> Void = { _ in }) throws -> (ProcessStatus, String) {
        let output = "\(folder)/output"
        var launch = Launch("sh", ["-c", script])
        launch.output = .replaced(output)
        edit(&launch)
        let child = try launch.start()
        var raw: Int32 = 0
        while waitpid(child, &raw, 0) < 0, errno == EINTR {}
        return (ProcessStatus(raw: raw), (try? String(contentsOfFile: output, encoding: .utf8)) ?? "")
    }

    private func clean() { try? FileManager.default.removeItem(atPath: folder) }

    @Test("have the environment that is named, no input, and end as a shell tells it")
    func basics() throws {
        defer { clean() }
        let (status, text) = try run("cat; echo \"$NAME,$HOME\"; exit 7") { $0.environment = ["NAME": "a b"] }
        #expect(status.code == 7 && status.signal == nil)
        #expect(text == "a b,\n")
        let (killed, _) = try run("kill -TERM $$")
        #expect(killed.code == 128 + SIGTERM && killed.signal == SIGTERM)
    }

    @Test("write where they are told to, after what is there or in its place")
    func streams() throws {
        defer { clean() }
        let both = "\(folder)/both"
        for _ in 0..<2 {
            _ = try run("echo out; echo err >&2") { ($0.output, $0.errors) = (.appended(both), .appended(both)) }
        }
        #expect(try String(contentsOfFile: both, encoding: .utf8) == "out\nerr\nout\nerr\n")
        #expect(try FileManager.default.attributesOfItem(atPath: both)[.posixPermissions] as? Int == 0o600)
        #expect(try run("echo long line").1 == "long line\n")
        #expect(try run("echo a").1 == "a\n")
    }

    @Test("inherit no pipe, and no signal that is ignored here")
    func inheritance() throws {
        defer { clean() }
        let pipe = try #require(ProcessPipe())
        defer {
            close(pipe.reading)
            close(pipe.writing)
        }
        let before = signal(SIGPIPE, SIG_IGN)
        defer { signal(SIGPIPE, before) }
        let script = """
            for end in \(pipe.reading) \(pipe.writing); do (: <&$end) 2>/dev/null && echo open; done
            kill -PIPE $$
            """
        let (status, text) = try run(script)
        #expect(text.isEmpty && status.signal == SIGPIPE)
        let (_, said) = try run("echo heard >&2") { $0.errors = .descriptor(pipe.writing) }
        #expect(said.isEmpty)
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = read(pipe.reading, &bytes, bytes.count)
        #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == "heard\n")
    }

    @Test("belong to a group or a session of their own when that is wanted")
    func company() throws {
        defer { clean() }
        let fields = "set -- $(ps -o pid=,pgid=,sid= -p $$); echo \"$1 $2 $3\""
        func ids(_ company: Launch.Company) throws -> [Int32] {
            try run(fields) { $0.company = company }.1.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
        }
        let (ours, group, session) = (try ids(.ours), try ids(.ownGroup), try ids(.ownSession))
        try #require(ours.count == 3 && group.count == 3 && session.count == 3)
        #expect(ours[1] == getpgrp() && ours[2] == getsid(0))
        #expect(group[1] == group[0] && group[2] == getsid(0))
        #expect(session[1] == session[0] && session[2] == session[0])
    }

    @Test("that are not there are named")
    func missing() {
        defer { clean() }
        let error = #expect(throws: LaunchFailure.self) { try Launch("no-such-program-here", []).start() }
        #expect(error?.code == ENOENT && error?.description.hasPrefix("cannot run no-such-program-here: ") == true)
    }
}
