public import NIOCore
internal import Transfer

/// The bytes of a file in order, in parts of up to a few MiB. Reading slowly slows the source; cancelling the task that
/// reads, or dropping the iterator, ends the transfer.
public struct FileByteStream: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer

    enum Base: Sendable {
        case local(LocalByteStream)
        case xet(XetByteStream)
        case plain(PlainByteStream)
    }

    /// What the stream proves of its bytes.
    public enum Verification: String, Sendable, Hashable {
        /// Each chunk before it is handed out.
        case everyChunk
        /// All of them when the last has been read: the end of the stream is an error if they are wrong.
        case atEnd
        /// Nothing: a part of a file whose chunks are not known.
        case none
    }

    let base: Base
    let file: RemoteFile

    public var verification: Verification {
        switch base {
        case .local(let stream): stream.isWhole ? .atEnd : .none
        case .plain(let stream): stream.isVerifiedAtEnd ? .atEnd : .none
        case .xet(let stream):
            switch stream.trust {
            case .manifest, .xorb: .everyChunk
            case .provisional: .atEnd
            case nil: .none
            }
        }
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        private enum Base {
            case local(LocalByteStream.AsyncIterator)
            case xet(XetByteStream.AsyncIterator)
            case plain(PlainByteStream.AsyncIterator)
        }

        private var base: Base
        private let file: RemoteFile

        init(_ stream: FileByteStream) {
            file = stream.file
            base =
                switch stream.base {
                case .local(let stream): .local(stream.makeAsyncIterator())
                case .xet(let stream): .xet(stream.makeAsyncIterator())
                case .plain(let stream): .plain(stream.makeAsyncIterator())
                }
        }

        /// - Throws: ``HubError``; `digest_mismatch` when the bytes are not the file's. `CancellationError`.
        public mutating func next() async throws -> ByteBuffer? {
            do {
                switch base {
                case .local(var iterator):
                    let part = try await iterator.next()
                    base = .local(iterator)
                    return part
                case .xet(var iterator):
                    let part = try await iterator.next()
                    base = .xet(iterator)
                    return part
                case .plain(var iterator):
                    let part = try await iterator.next()
                    base = .plain(iterator)
                    return part
                }
            } catch let refusal as PlainReplyError {
                let reply = HubReply(
                    status: refusal.status, headers: refusal.headers, body: refusal.body, url: refusal.url)
                throw HubError(reply, subject: HubErrorSubject(path: file.metadata.path))
            } catch {
                throw HubError.unifying(error, endpoints: file.hub.settings.endpoints)
            }
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }
}
