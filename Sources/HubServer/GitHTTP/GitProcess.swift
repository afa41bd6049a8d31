import Foundation
import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A program of git at work: reads a file, writes to us. It and all that it has started end with this object.
final class GitProcess: Sendable {
    /// How many run at a time. Each holds a thread while it is waited for.
    static let turnstile = Turnstile(width: 8)
    // Lives as long as the process, as NIO's own singleton pool does.
    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 8)
        pool.start()
        return pool
    }()
    private static let pieceSize = 256 << 10

    private let pid: pid_t
    private let output: CInt
    private let errors: CInt
    private let place: Turnstile.Place
    private let status = Mutex<CInt?>(nil)

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - input: an open file to read from its current position, nil for nothing.
    ///   - environment: all that the program sees.
    static func start(
        _ program: String, _ arguments: [String], input: CInt?, environment: [String: String]
    ) async throws -> GitProcess {
        let place = await turnstile.enter()
        return try await threads.runIfActive {
            try GitProcess(program, arguments, input: input, environment: environment, place: place)
        }
    }

    private init(
        _ program: String, _ arguments: [String], input: CInt?, environment: [String: String], place: Turnstile.Place
    ) throws {
        self.place = place
        let errors = try Self.scratchFile()
        let started: (pid: pid_t, output: CInt)
        do {
            started = try Self.starting.withLock { _ in
                let null = try OpenFile(reading: "/dev/null")
                defer { withExtendedLifetime(null) {} }
                var pipe: [CInt] = [-1, -1]
                guard Self.open(&pipe) == 0 else { throw SystemCall.failure("pipe", program) }
                defer { close(pipe[1]) }
                for descriptor in pipe { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
                do {
                    let pid = try Self.spawn(
                        program, arguments, environment.map { "\($0)=\($1)" },
                        descriptors: [input ?? null.descriptor, pipe[1], errors])
                    return (pid, pipe[0])
                } catch {
                    close(pipe[0])
                    throw error
                }
            }
        } catch {
            close(errors)
            throw error
        }
        pid = started.pid
        output = started.output
        self.errors = errors
    }

    /// Only one program starts at a time, so that none inherits a pipe of another between the calls that make it.
    private static let starting = Mutex(())

    private static func open(_ pipe: inout [CInt]) -> CInt {
        #if canImport(Glibc)
            Glibc.pipe(&pipe)
        #else
            Darwin.pipe(&pipe)
        #endif
    }

    /// A file without a name.
    private static func scratchFile() throws -> CInt {
        let path = NSTemporaryDirectory() + "/shoal-git-\(UInt64.random(in: .min ... .max))"
        let file = try OpenFile(creating: path)
        SystemCall.remove(path)
        return try file.duplicate()
    }

    private static func spawn(
        _ program: String, _ arguments: [String], _ variables: [String], descriptors: [CInt]
    ) throws -> pid_t {
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        for (target, source) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&files, source, CInt(target))
        }
        // Everything else that is open closes itself. The group lets us end what the program starts, too.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGCHLD] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var pid: pid_t = 0
        let code = withCStrings([program] + arguments) { words in
            withCStrings(variables) { posix_spawn(&pid, program, &files, &attributes, words, $0) }
        }
        guard code == 0 else { throw ContentError.system(call: "posix_spawn", path: program, code: code) }
        return pid
    }

    private static func withCStrings<Value>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
    ) -> Value {
        let pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers + [nil])
    }

    deinit {
        reap(killing: true)
        close(output)
        close(errors)
    }

    /// What it writes next; nil at its end.
    func read() async throws -> ByteBuffer? {
        try await Self.threads.runIfActive { [self] in
            var piece = ByteBufferAllocator().buffer(capacity: Self.pieceSize)
            let count = try piece.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.pieceSize) { target in
                while true {
                    #if canImport(Glibc)
                        let count = Glibc.read(output, target.baseAddress, target.count)
                    #else
                        let count = Darwin.read(output, target.baseAddress, target.count)
                    #endif
                    if count >= 0 { return count }
                    guard errno == EINTR else { throw SystemCall.failure("read", "git") }
                }
            }
            return count == 0 ? nil : piece
        }
    }

    /// Waits for its end, once all its output has been read.
    /// - Throws: ``GitFailure`` when it did not succeed.
    func finish() async throws {
        try await Self.threads.runIfActive { [self] in
            let status = reap(killing: false)
            place.leave()
            guard status == 0 else { throw GitFailure(status: status, text: complaint()) }
        }
    }

    @discardableResult
    private func reap(killing: Bool) -> CInt {
        status.withLock { status in
            if let status { return status }
            if killing { kill(-pid, SIGKILL) }
            var raw: CInt = 0
            while waitpid(pid, &raw, 0) < 0, errno == EINTR {}
            status = raw
            return raw
        }
    }

    /// The start of what it wrote to its standard error.
    private func complaint() -> String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = pread(errors, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// A program of git ended badly.
struct GitFailure: Error, CustomStringConvertible {
    /// As `wait` gives it.
    var status: CInt
    /// What it said.
    var text: String

    var description: String { "git failed (\(status)): \(text)" }
}
