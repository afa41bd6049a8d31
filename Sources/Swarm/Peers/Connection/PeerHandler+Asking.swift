internal import NIOCore
internal import SwarmWire
internal import Xet

/// Our half: orders go out as messages, answers become events.
extension PeerHandler {
    func carryOut(_ order: PeerOrder, promise: EventLoopPromise<Void>?, context: ChannelHandlerContext) {
        switch order {
        case .want(let tag, let file): want(tag, file, context: context)
        case .unwant(let tag):
            if asking.files.removeValue(forKey: tag) != nil, facts.dialect == .shoal {
                send(SwarmMessage.unwant(tag: tag).bytes, context: context)
            }
            noteLimits()
        case .request(let id, let question): request(id, question, context: context)
        case .cancel(let id):
            if asking.cancel(id), facts.dialect == .shoal {
                send(SwarmMessage.cancel(id: id).bytes, context: context)
            }
        case .peers(let file, let added, let dropped):
            if let tag = session?.tag(of: file) {
                send(SwarmMessage.peers(tag: tag, added: added, dropped: dropped).bytes, context: context)
            }
        case .answer(let head, let content):
            return send(head, content, promise: promise, context: context)
        case .close:
            close(PeerError(code: .closedByUs, message: "the connection was closed here"), context: context)
        case .drop(let reason):
            close(reason, context: context)
        }
        promise?.succeed()
    }

    private func want(_ tag: UInt32, _ file: FileKey, context: ChannelHandlerContext) {
        guard facts.dialect == .shoal else { return report(.absent(FileTag(number: tag)), context: context) }
        asking.files[tag] = file
        noteLimits()
        let proof = file.proof(by: .asking, on: askingBinding)
        send(SwarmMessage.want(tag: tag, id: file.id, proof: proof).bytes, context: context)
    }

    private func request(_ id: UInt32, _ question: PeerQuestion, context: ChannelHandlerContext) {
        let message: [UInt8]?
        switch (question, facts.dialect) {
        case (.manifest(let tag, let offset, let size), .shoal):
            message = SwarmMessage.getManifest(id: id, tag: tag, offset: offset, size: UInt32(size)).bytes
        case (.chunks(let tag, let chunks), .shoal) where !chunks.isEmpty:
            message = SwarmMessage.request(id: id, tag: tag, chunks: chunks).bytes
        case (.leaves(let tag, let xorb), .shoal):
            message = SwarmMessage.getLeaves(id: id, tag: tag, xorb: xorb).bytes
        case (.xorb(let xorb, let chunks), .zest) where !chunks.isEmpty:
            message = ZestMessage.request(id: id, xorb: xorb, chunks: chunks).bytes
        default:
            // The peer's dialect has no such question.
            message = nil
        }
        guard let message else {
            return report(.rejected(PeerRequestID(number: id), .gone, retryAfter: .zero), context: context)
        }
        guard !asking.isFull else {
            return report(.rejected(PeerRequestID(number: id), .tooMany, retryAfter: .zero), context: context)
        }
        asking.add(id, question, now: context.eventLoop.now)
        noteLimits()
        send(message, context: context)
    }

    /// Keeps what may come in step with what was asked for.
    func noteLimits() {
        decoder.limits.awaitsAnswers = asking.isWaiting
        // What was asked about once may still be on its way when nobody wants it any more.
        if !asking.files.isEmpty { decoder.limits.awaitsAvailability = true }
    }

    func report(_ event: PeerEvent, context: ChannelHandlerContext) {
        guard events.append(event, cost: event.unaskedCost) else {
            let reason = PeerError(code: .protocolViolation, message: "the peer sends more than anybody can read")
            return close(reason, context: context)
        }
    }

    // MARK: Shoal's dialect

    func takeShoal(_ content: ByteBuffer, context: ChannelHandlerContext) throws(SwarmWireError) {
        let message = try content.withUnsafeReadableBytesTyped { (bytes) throws(SwarmWireError) in
            try SwarmMessage(bytes)
        }
        guard let message else { return }
        if case .hello(let hello) = message, phase == .hello { return try takeHello(hello, context: context) }
        guard phase == .open else {
            throw SwarmWireError(.unexpected, "the peer speaks before it has introduced itself")
        }
        switch message {
        case .hello:
            throw SwarmWireError(.unexpected, "the peer introduces itself twice")
        case .available(let availability):
            try takeAvailability(availability, context: context)
        case .absent(let tag):
            guard asking.files[tag] != nil else { return }
            report(.absent(FileTag(number: tag)), context: context)
        case .have(let tag, let chunks):
            guard asking.files[tag] != nil else { return }
            report(.have(FileTag(number: tag), chunks), context: context)
        case .coming(let tag, let isHearsay, let chunks):
            guard asking.files[tag] != nil else { return }
            report(.coming(FileTag(number: tag), chunks, isHearsay: isHearsay), context: context)
        case .peers(let tag, let added, let dropped):
            guard asking.files[tag] != nil else { return }
            report(.peers(FileTag(number: tag), added: added, dropped: dropped), context: context)
        case .run(let head): try takeRun(head, content, context: context)
        case .manifestPart(let head): try takeManifestPart(head, content, context: context)
        case .leaves(let head): try takeLeaves(head, content, context: context)
        case .reject(let id, let milliseconds, let reason):
            _ = try asking.answer(to: id, now: context.eventLoop.now)
            noteLimits()
            report(
                .rejected(PeerRequestID(number: id), reason, retryAfter: .milliseconds(milliseconds)), context: context)
        case .want, .unwant, .getManifest, .getLeaves, .request, .cancel:
            try serve(message, context: context)
        }
    }

    private func takeAvailability(
        _ availability: SwarmMessage.Availability, context: ChannelHandlerContext
    ) throws(SwarmWireError) {
        guard let file = asking.files[availability.tag] else { return }
        guard file.accepts(availability.proof, by: .answering, on: askingBinding) else {
            throw SwarmWireError(.malformed, "the peer pretends to have a file that it does not know")
        }
        let chunks = availability.chunks ?? ChunkRanges(0..<availability.chunkCount)
        let event = PeerAvailability(
            tag: FileTag(number: availability.tag), size: availability.size, chunkCount: availability.chunkCount,
            chunks: chunks, hasManifest: availability.hasManifest)
        report(.available(event), context: context)
    }

    private func takeRun(
        _ head: SwarmMessage.RunHead, _ content: ByteBuffer, context: ChannelHandlerContext
    ) throws(SwarmWireError) {
        let request = try asking.answer(to: head.id, now: context.eventLoop.now)
        noteLimits()
        guard case .chunks(head.tag, head.chunks) = request.question else {
            throw SwarmWireError(.malformed, "the peer answers with chunks that were not asked for")
        }
        var bytes = content
        bytes.moveReaderIndex(forwardBy: SwarmMessage.runHeadSize)
        let possible = 1...max(1, head.chunks.count * XetLimits.maximumChunk)
        guard possible.contains(bytes.readableBytes), bytes.readableBytes <= SwarmMessage.maximumRun else {
            throw SwarmWireError(
                .malformed, "the peer sends \(bytes.readableBytes) bytes for \(head.chunks.count) chunks")
        }
        report(
            .run(PeerRequestID(number: head.id), FileTag(number: head.tag), chunks: head.chunks, bytes),
            context: context)
    }

    private func takeManifestPart(
        _ head: SwarmMessage.ManifestPartHead, _ content: ByteBuffer, context: ChannelHandlerContext
    ) throws(SwarmWireError) {
        let request = try asking.answer(to: head.id, now: context.eventLoop.now)
        noteLimits()
        var bytes = content
        bytes.moveReaderIndex(forwardBy: SwarmMessage.manifestHeadSize)
        guard case .manifest(head.tag, head.offset, let size) = request.question, bytes.readableBytes <= size,
            bytes.readableBytes > 0
        else {
            throw SwarmWireError(.malformed, "the peer answers with a part of a manifest that was not asked for")
        }
        report(
            .manifestPart(
                PeerRequestID(number: head.id), FileTag(number: head.tag), offset: head.offset, total: head.total,
                bytes),
            context: context)
    }

    private func takeLeaves(
        _ head: SwarmMessage.LeavesHead, _ content: ByteBuffer, context: ChannelHandlerContext
    ) throws(SwarmWireError) {
        let request = try asking.answer(to: head.id, now: context.eventLoop.now)
        noteLimits()
        var records = content
        records.moveReaderIndex(forwardBy: SwarmMessage.leavesHeadSize)
        guard case .leaves(head.tag, let xorb) = request.question,
            records.readableBytes == Int(head.count) * ManifestWire.recordSize
        else {
            throw SwarmWireError(.malformed, "the peer answers with a chunk list that was not asked for")
        }
        report(
            .leaves(PeerRequestID(number: head.id), FileTag(number: head.tag), xorb, records), context: context)
    }

    // MARK: zest's dialect

    /// Bytes of an answer that make it worth to tell of them.
    private static let arrivingStep = 64 << 10

    /// Tells of bytes of a large answer that is not whole yet.
    func noteArriving(context: ChannelHandlerContext) {
        let here = decoder.bytesOfFrame
        if here < arrivedBytes { arrivedBytes = 0 }
        guard here - arrivedBytes >= Self.arrivingStep else { return }
        report(.arriving(bytes: here - arrivedBytes), context: context)
        arrivedBytes = here
    }

    func takeZest(_ content: ByteBuffer, context: ChannelHandlerContext) throws(SwarmWireError) {
        guard phase == .open else {
            throw SwarmWireError(.unexpected, "the peer speaks before it has introduced itself")
        }
        let message = try content.withUnsafeReadableBytesTyped { (bytes) throws(SwarmWireError) in
            try ZestMessage(bytes)
        }
        switch message {
        case nil: return
        case .request(let id, let xorb, let chunks):
            serveXorb(id: id, xorb, chunks, context: context)
        case .response(let id, let firstChunk, _):
            guard case .xorb(let xorb, _) = try asking.answer(to: id, now: context.eventLoop.now).question else {
                throw SwarmWireError(.unexpected, "the peer answers a question that zest's dialect does not have")
            }
            noteLimits()
            var frames = content
            frames.moveReaderIndex(forwardBy: ZestMessage.responseHeadSize)
            report(
                .xorb(PeerRequestID(number: id), xorb, firstChunk: firstChunk, frames: frames), context: context)
        case .notFound(let id, _):
            _ = try asking.answer(to: id, now: context.eventLoop.now)
            noteLimits()
            report(.rejected(PeerRequestID(number: id), .gone, retryAfter: .zero), context: context)
        case .failure(let id, _, _):
            _ = try asking.answer(to: id, now: context.eventLoop.now)
            noteLimits()
            report(.rejected(PeerRequestID(number: id), .failed, retryAfter: .zero), context: context)
        }
    }
}

extension ByteBuffer {
    /// Lends the readable bytes to a parser that throws only what it declares.
    func withUnsafeReadableBytesTyped<Result>(
        _ body: (UnsafeRawBufferPointer) throws(SwarmWireError) -> Result
    ) throws(SwarmWireError) -> Result {
        let result = withUnsafeReadableBytes { bytes in
            Swift.Result { () throws(SwarmWireError) in try body(bytes) }
        }
        return try result.get()
    }
}
