#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Received bytes that wait on disk: one file, or the parts of one in order.
struct SpooledContent: Sendable {
    var files: [OpenFile]

    /// Reads it from its start to its end, in pieces of whatever size the reader wants.
    struct Reader {
        private let files: [OpenFile]
        private var current = 0
        private(set) var offset = 0
        /// Where to stop in the current file, when more of it is still to come.
        var limit = Int.max

        init(_ content: SpooledContent) { files = content.files }

        /// Fills as much of the buffer as one file gives; blocks.
        /// - Returns: how many bytes were read, 0 at the end.
        mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
            while current < files.count {
                guard offset < limit else { return 0 }
                let room = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(limit - offset))
                let count = try files[current].readSome(into: room, at: offset)
                if count > 0 {
                    offset += count
                    return count
                }
                current += 1
                offset = 0
            }
            return 0
        }
    }
}

extension OpenFile {
    /// Reads what one system call gives.
    /// - Returns: how many bytes were read, 0 at the end of the file.
    func readSome(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count >= 0 { return count }
            guard errno == EINTR else { throw SystemCall.failure("pread", path) }
        }
    }
}
