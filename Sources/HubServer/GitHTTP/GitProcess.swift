import Foundation
import NIOCore
import NIOPosix
import Processes
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
            guard let pipe = ProcessPipe() else { throw SystemCall.failure("pipe", program) }
            defer { close(pipe.writing) }
            var launch = Launch(program, arguments)
            launch.environment = environment
            if let input { launch.input = .descriptor(input) }
            (launch.output, launch.errors) = (.descriptor(pipe.writing), .descriptor(errors))
            // The group lets us end what the program starts, too.
            launch.company = .ownGroup
            do {
                started = (try launch.start(), pipe.reading)
            } catch {
                close(pipe.reading)
                throw ContentError.system(call: "posix_spawn", path: program, code: error.code)
            }
        } catch {
            close(errors)
            throw error
        }
        pid = started.pid
        output = started.output
        self.errors = errors
    }

    /// A file without a name.
    private static func scratchFile() throws -> CInt {
        let path = NSTemporaryDirectory() + "/shoal-git-\(UInt64.random(in: .min ... .max))"
        let file = try OpenFile(creating: path)
        SystemCall.remove(path)
        return try file.duplicate()
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
