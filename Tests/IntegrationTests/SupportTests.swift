import Foundation
import TestSupport
import Testing

/// The instruments themselves: a proxy that flips nothing would let every tampering test pass for the wrong reason.
extension Integration {
    @Suite struct SupportTests {
        @Test("the proxy passes, flips, cuts, redirects, answers and records", .timeLimit(.minutes(1)))
        func proxy() async throws {
            try await withFixture { fixture in
                let content = SampleContent.random.bytes(300_000, seed: 1)
                try await writeBytes(content, to: fixture.path("www/file.bin"))
                let (process, port) = try await fileServer(fixture)
                defer { process.signal(SIGKILL) }
                let proxy = try FaultProxy.start(in: fixture, upstream: port)

                #expect(try await fetch(fixture, proxy.url + "/file.bin").bytes == content)
                #expect(proxy.responseBytes == content.count)
                #expect(proxy.requests.map(\.target) == ["/file.bin"])
                #expect(proxy.requests.first?.header("host") == "127.0.0.1:\(proxy.port)")
                #expect(proxy.requests.first?.isFaulted == false)

                proxy.inject(Fault(prefix: "/file", times: 1, .flipByte(at: 123_456)))
                var flipped = content
                flipped[123_456] ^= 0xff
                #expect(try await fetch(fixture, proxy.url + "/file.bin").bytes == flipped)
                #expect(try await fetch(fixture, proxy.url + "/file.bin").bytes == content)

                proxy.heal()
                proxy.inject(Fault(.truncate(after: 1000)))
                let cut = try await fetch(fixture, proxy.url + "/file.bin")
                #expect(cut.code != 0 && cut.bytes == Array(content.prefix(1000)))

                proxy.heal()
                proxy.inject(Fault(.rewrite { Array($0.reversed()) }))
                #expect(try await fetch(fixture, proxy.url + "/file.bin").bytes == content.reversed())

                proxy.heal()
                let other = try FaultProxy.start(in: fixture, upstream: port)
                proxy.inject(Fault(.redirect(to: other.url)))
                #expect(try await fetch(fixture, proxy.url + "/file.bin?x=1").bytes == content)
                #expect(other.requests.map(\.target) == ["/file.bin?x=1"])
            }
        }

        @Test("content follows from its seed, and comparison finds one byte", .timeLimit(.minutes(1)))
        func content() async throws {
            try await withFixture { fixture in
                for kind in SampleContent.allCases {
                    let bytes = kind.bytes(5_000_001, seed: 7)
                    #expect(bytes == kind.bytes(5_000_001, seed: 7))
                    let path = fixture.path("\(kind)")
                    try await kind.write(1_000_003, seed: 7, to: path)
                    #expect(try readBytes(path) == kind.bytes(1_000_003, seed: 7))
                }
                let (first, second) = (fixture.path("a/x"), fixture.path("b/x"))
                for path in [first, second] { try await SampleContent.random.write(3 << 20, seed: 9, to: path) }
                #expect(try await difference(between: first, and: second) == nil)
                try flipByte(at: (2 << 20) + 5, in: second)
                #expect(try await difference(between: first, and: second) == "byte \((2 << 20) + 5) differs")
                #expect(try await differences(betweenFolder: fixture.path("a"), and: fixture.path("b")).count == 1)
                try await writeText("more", to: fixture.path("b/y"))
                #expect(try await differences(betweenFolder: fixture.path("a"), and: fixture.path("b")).count == 2)
            }
        }

        @Test("exit codes, signals and time-outs of processes are told apart", .timeLimit(.minutes(1)))
        func processes() async throws {
            try await withFixture { fixture in
                let code = try await fixture.run(Command("/bin/sh", ["-c", "echo out; echo err >&2; exit 3"]))
                #expect(code.code == 3 && code.output == "out\n" && code.errors == "err\n")
                let killed = try await fixture.run(Command("/bin/sh", ["-c", "kill -9 $$"]))
                #expect(killed.status == .killed(signal: SIGKILL))
                await #expect(throws: TestFailure.self) {
                    try await fixture.run(Command("/bin/sleep", ["60"]), timeout: .milliseconds(50))
                }
                #expect(throws: TestFailure.self) { try fixture.start(Command(fixture.path("absent"))) }
            }
        }

        private func fileServer(_ fixture: Fixture) async throws -> (RunningProcess, Int) {
            let process = try fixture.start(
                Command(
                    BuiltPrograms.python(),
                    ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", fixture.path("www")]))
            var port: Int?
            try await process.wait(until: "a port") { running in
                port = running.output.split(separator: " ").drop { $0 != "port" }.dropFirst().first.flatMap { Int($0) }
                return port != nil
            }
            return (process, try #require(port))
        }

        private func fetch(_ fixture: Fixture, _ url: String) async throws -> (code: Int32?, bytes: [UInt8]) {
            let path = fixture.path("fetched-\(UInt32.random(in: 0...UInt32.max))")
            let command = Command("/usr/bin/curl", ["-sS", "-L", "-o", path, url], environment: ["PATH": "/usr/bin"])
            let result = try await fixture.run(command, timeout: .seconds(20))
            return (result.code, try readBytes(path))
        }
    }
}
