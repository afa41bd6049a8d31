internal import HubClient
internal import Terminal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Standard input kept in a temporary file, so that it can be hashed before it is sent and sent again after a failure.
enum StandardInputFile {
    /// Takes standard input to its end and removes the file when `body` is done.
    static func with<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let folder = Environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array((folder + "/shoal-stdin-XXXXXX").utf8CString)
        let file = mkstemp(&template)
        let path = template.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { String(cString: $0) } ?? ""
        }
        guard file >= 0 else { throw failure("create a file in", folder) }
        defer {
            close(file)
            unlink(path)
        }
        try await FileParts.forEach(of: "/dev/stdin") { part in
            var rest = part
            while let base = rest.baseAddress, !rest.isEmpty {
                let count = write(file, base, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw failure("write to", path) }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
        return try await body(path)
    }

    private static func failure(_ action: String, _ path: String) -> CommandFailure {
        CommandFailure(
            code: "local_file", message: "cannot \(action) \(path): \(String(cString: strerror(errno)))",
            hint: "set TMPDIR to a folder with enough space")
    }
}
