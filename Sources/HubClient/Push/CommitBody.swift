internal import ChunkStore
internal import HubWire
internal import NIOCore
internal import NIOPosix
internal import Transport

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The NDJSON body of a commit, produced while it is sent: inline files are read and encoded in parts, so that memory
/// does not grow with them.
struct CommitBody: Sendable {
    private enum Segment: Sendable {
        case bytes([UInt8])
        case base64(PushSource.File)
    }

    private var segments: [Segment] = []
    /// Bytes of the whole body.
    private(set) var length: Int64 = 0

    /// - Parameters:
    ///   - parent: the commit that must still be the head of the branch; nil for whatever is.
    ///   - inline: files whose content travels in the commit.
    ///   - stored: files that the hub knows by their SHA-256.
    ///   - deletions: paths of files to delete.
    init(
        summary: String, description: String = "", parent: String? = nil, inline: [PushSource.File] = [],
        stored: [(name: String, sha256: String, size: UInt64)] = [], deletions: [String] = []
    ) throws {
        try append(.header(summary: summary, description: description, parentCommit: parent))
        for path in deletions { try append(.deletedFile(path: path)) }
        for file in inline {
            append(
                Array(
                    "{\"key\":\"file\",\"value\":{\"path\":\(PythonJSON.quoted(file.name)),\"encoding\":\"base64\","
                        .utf8)
                    + Array("\"content\":\"".utf8))
            segments.append(.base64(file))
            length += Int64((file.size + 2) / 3 * 4)
            append(Array("\"}}\n".utf8))
        }
        for file in stored {
            try append(.lfsFile(path: file.name, oid: file.sha256, size: Int64(clamping: file.size)))
        }
    }

    private mutating func append(_ line: CommitLine) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        append(Array(try encoder.encode(line)) + [UInt8(ascii: "\n")])
    }

    private mutating func append(_ bytes: [UInt8]) {
        length += Int64(bytes.count)
        if case .bytes(let last) = segments.last {
            segments[segments.count - 1] = .bytes(last + bytes)
        } else {
            segments.append(.bytes(bytes))
        }
    }

    /// The body for a request; each try starts from the beginning.
    var requestBody: HTTPRequest.Body {
        .stream(length: length) {
            let producer = Producer(segments: segments)
            return AsyncThrowingStream { try await producer.next() }
        }
    }

    private actor Producer {
        private let segments: [Segment]
        private var index = 0
        private var position: UInt64 = 0
        /// What the file under way was when its first part was read.
        private var identity: FileIdentity?
        /// A multiple of 3, so that the parts' encodings can stand behind each other.
        private static let partBytes: UInt64 = 3 << 16

        init(segments: [Segment]) { self.segments = segments }

        func next() async throws -> ByteBuffer? {
            while index < segments.count {
                switch segments[index] {
                case .bytes(let bytes):
                    index += 1
                    return ByteBuffer(bytes: bytes)
                case .base64(let file):
                    guard position < file.size else {
                        index += 1
                        position = 0
                        identity = nil
                        continue
                    }
                    let (start, count) = (position, min(Producer.partBytes, file.size - position))
                    position += count
                    let first = identity
                    let part = try await NIOThreadPool.singleton.runIfActive {
                        try Producer.encode(file, from: start, count: Int(count), of: first)
                    }
                    identity = part.identity
                    return part.text
                }
            }
            return nil
        }

        /// - Parameter first: what the file was when its first part was read; nil for that part.
        private static func encode(
            _ source: PushSource.File, from start: UInt64, count: Int, of first: FileIdentity?
        ) throws -> (text: ByteBuffer, identity: FileIdentity) {
            let file = open(source.localPath, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { throw Disk.failure("open", source.localPath, errno) }
            defer { close(file) }
            var raw = stat()
            guard fstat(file, &raw) == 0, lseek(file, off_t(start), SEEK_SET) >= 0 else {
                throw Disk.failure("read", source.localPath, errno)
            }
            var bytes = [UInt8](repeating: 0, count: count)
            guard let got = bytes.withUnsafeMutableBytes({ Disk.readFully(file, into: $0) }) else {
                throw Disk.failure("read", source.localPath, errno)
            }
            let identity = FileIdentity(raw)
            // Looked at again: it may have been written to while it was read.
            guard got == count, identity.size == source.size, (first ?? identity).hasSameContent(as: identity),
                fstat(file, &raw) == 0, FileIdentity(raw).hasSameContent(as: identity)
            else {
                throw HubError(
                    .fileChanged, "\(source.localPath) changed while it was sent.", hint: "Run the command again.")
            }
            return (ByteBuffer(bytes: Data(bytes).base64EncodedData()), identity)
        }
    }
}
