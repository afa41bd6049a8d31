import NIOCore
import NIOPosix
import SwarmWire
import Synchronization
import TestSupport
import Xet

/// A peer of zest's kind inside the test, which answers as it is told to.
final class FakeZest: Sendable {
    enum Manner: CaseIterable, Sendable {
        /// All of the xorb, whatever is asked for, as from a cache of whole xorbs.
        case whole
        /// Exactly what is asked for, as from a cache of parts.
        case parts
        /// The first half of the chunks only.
        case half
        /// It has nothing.
        case missing
        /// The right lengths and wrong bytes.
        case lying
        /// Bytes that are no frames.
        case garbage
        /// Frames that end inside a chunk.
        case truncated
        /// Right bytes that are said to begin somewhere far away.
        case elsewhere
        /// Answers to what nobody has asked.
        case unasked
        /// Nothing at all.
        case silent
        /// The right bytes, far too slowly.
        case trickling
        /// It hangs up at the first request.
        case leaving
    }

    private let file: MemoryFile
    private let manner: Manner
    private let listener = Mutex<(any Channel)?>(nil)
    /// The chunks that were asked for, in order.
    let asked = Mutex<[Range<UInt32>]>([])

    init(_ file: MemoryFile, _ manner: Manner) {
        self.file = file
        self.manner = manner
    }

    /// Listens while `body` runs.
    static func with<Result: Sendable>(
        _ file: MemoryFile, _ manners: Manner..., body: ([FakeZest], [PeerAddress]) async throws -> Result
    ) async throws -> Result {
        let peers = manners.map { FakeZest(file, $0) }
        var addresses: [PeerAddress] = []
        for peer in peers { addresses.append(try await peer.listen()) }
        do {
            let result = try await body(peers, addresses)
            for peer in peers { try await peer.close() }
            return result
        } catch {
            for peer in peers { try? await peer.close() }
            throw error
        }
    }

    private func listen() async throws -> PeerAddress {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Talk(self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        listener.withLock { $0 = channel }
        return PeerAddress(host: "127.0.0.1", port: UInt16(channel.localAddress?.port ?? 0))
    }

    private func close() async throws { try await listener.withLock { $0 }?.close() }

    /// What goes out for a request; nil hangs up.
    fileprivate func answer(_ id: UInt32, _ xorb: XorbHash, _ chunks: Range<UInt32>) -> [UInt8]? {
        asked.withLock { $0.append(chunks) }
        let all = 0..<file.chunkCount
        let whole = { Array(self.file.frames(of: all).readableBytesView) }
        switch manner {
        case .whole, .trickling: return response(id, 0, whole())
        case .parts: return response(id, chunks.lowerBound, Array(file.frames(of: chunks).readableBytesView))
        case .half: return response(id, 0, Array(file.frames(of: 0..<file.chunkCount / 2).readableBytesView))
        case .missing: return PeerMessage.extended(1, ZestMessage.notFound(id: id, xorb: xorb).bytes)
        case .lying:
            let other = MemoryFile(count: file.bytes.readableBytes, seed: 777)
            return response(id, 0, Array(other.frames(of: all).readableBytesView))
        case .garbage: return response(id, 0, SampleContent.random.bytes(1_000_000, seed: 9))
        case .truncated: return response(id, 0, whole().dropLast(10))
        case .elsewhere: return response(id, 0xFFFF_FFF0, whole())
        case .unasked: return response(id &+ 1000, 0, Array(file.frames(of: 0..<1).readableBytesView))
        case .silent: return []
        case .leaving: return nil
        }
    }

    private func response(_ id: UInt32, _ first: UInt32, _ frames: [UInt8]) -> [UInt8] {
        PeerMessage.extended(
            1, ZestMessage.response(id: id, firstChunk: first, size: UInt32(frames.count)).bytes + frames)
    }

    /// One connection.
    private final class Talk: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let peer: FakeZest
        private var input = ByteBuffer()
        private var isGreeted = false

        init(_ peer: FakeZest) { self.peer = peer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var part = unwrapInboundIn(data)
            input.writeBuffer(&part)
            if !isGreeted {
                // zest hangs up where TLS begins.
                guard input.readableBytesView.first == BitTorrentHandshake.firstByte else {
                    return context.close(promise: nil)
                }
                guard input.readSlice(length: BitTorrentHandshake.size) != nil else { return }
                isGreeted = true
                send(RawPeer.zestGreeting, context)
            }
            while let length = input.getInteger(at: input.readerIndex, as: UInt32.self),
                input.readableBytes >= 4 + Int(length)
            {
                input.moveReaderIndex(forwardBy: 4)
                let frame = input.readBytes(length: Int(length)) ?? []
                guard frame.count > 2, frame[0] == PeerMessage.extended, frame[1] != 0 else { continue }
                guard let message = try? frame[2...].withUnsafeBytes({ try ZestMessage($0) }),
                    case .request(let id, let xorb, let chunks) = message
                else { continue }
                guard let bytes = peer.answer(id, xorb, chunks) else { return context.close(promise: nil) }
                if peer.manner == .trickling { trickle(bytes, context) } else { send(bytes, context) }
            }
        }

        private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
            guard !bytes.isEmpty else { return }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        }

        private func trickle(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
            let channel = context.channel
            let left = Mutex(bytes[...])
            _ = context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(300)) { task in
                let part = left.withLock { left in
                    defer { left = left.dropFirst(70_000) }
                    return Array(left.prefix(70_000))
                }
                guard channel.isActive, !part.isEmpty else { return task.cancel() }
                channel.writeAndFlush(ByteBuffer(bytes: part), promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
