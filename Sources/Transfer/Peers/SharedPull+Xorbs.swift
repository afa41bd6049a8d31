package import NIOCore
internal import NIOPosix
internal import Synchronization
package import Xet
internal import XetClient

/// Where chunks of a xorb lie in a file, and with which others of the xorb the CAS hands them out.
package struct XorbPlace: Sendable {
    /// The fetch that the CAS offers for them.
    let fetch: Reconstruction.Fetch
    let target: FetchJob.Target

    package var xorb: XorbHash { fetch.xorb }
    /// The chunks of the xorb that are handed out together.
    package var offered: Range<UInt32> { fetch.chunks }
    /// Bytes in which those travel.
    package var offeredBytes: Int { fetch.bytes.count }
    /// The stretch of the file.
    package var bytes: Range<UInt64> { target.fileOffset..<target.fileOffset + target.length }
}

/// Peers that know xorbs and no files.
extension SharedPull {
    /// Asks the CAS of which xorbs the file is made. No bytes of the file come from there.
    /// - Parameter start: where in the file to begin, at a chunk.
    /// - Returns: the places from there on, in the order of the file, and where they end.
    /// - Throws: as ``fetchFromOrigin(_:)``.
    package func xorbPlaces(from start: UInt64) async throws -> (places: [XorbPlace], end: UInt64) {
        let plan = try await pull.cas.reconstruction(of: request.hash, range: start..<request.size)
        let (jobs, end) = try FetchJob.jobs(for: plan, startingAt: start, size: request.size)
        let places = jobs.flatMap { job in job.targets.map { XorbPlace(fetch: job.fetch, target: $0) } }
        return (places.sorted { $0.bytes.lowerBound < $1.bytes.lowerBound }, end)
    }

    /// Unpacks what a peer has sent of a xorb, verifies each chunk that has a place in the file, and writes those that
    /// are missing; on a pool thread.
    /// - Parameters:
    ///   - frames: of chunks, one after the other, the first of which is chunk `first` of the xorb.
    ///   - places: of this xorb in the file.
    /// - Returns: whether all was as it should be; else the peer is to blame, and what came before the damage is kept.
    /// - Throws: `StorageError`, `CancellationError`.
    package func store(_ frames: ByteBuffer, first: UInt32, at places: [XorbPlace]) async throws -> Bool {
        peerBytes.add(UInt64(frames.readableBytes), ordering: .relaxed)
        let (isRight, written) = try await pull.engine.pool.runIfActive { [self] in
            try storeFrames(frames, first, places)
        }
        if written > 0 { pull.observer.advanced(request.name, bytes: written) }
        return isRight
    }

    private func storeFrames(
        _ frames: ByteBuffer, _ first: UInt32, _ places: [XorbPlace]
    ) throws -> (isRight: Bool, written: UInt64) {
        // As long as not all chunks are known, whole xorbs of strangers could not be checked before they are written.
        guard case .manifest(let manifest) = chunks, var fetch = places.first?.fetch,
            let extent = try? frames.withUnsafeReadableBytes({ try Self.extent(of: $0) }), extent.chunks > 0,
            let content = frames.getSlice(at: frames.readerIndex, length: extent.bytes),
            Int(first) + extent.chunks <= XetLimits.maximumXorbChunks
        else { return (false, 0) }
        fetch.chunks = first..<first + UInt32(extent.chunks)
        fetch.bytes = 0...UInt64(extent.bytes) - 1
        // Places of which the first chunk is not there are not looked at: their others have no known position.
        let targets = places.map(\.target).filter { fetch.chunks.contains($0.chunks.lowerBound) }
        let receiver = FetchReceiver(
            job: FetchJob(fetch: fetch, targets: targets, wanted: 0..<request.size), file: pull.file,
            ledger: pull.ledger, manifest: manifest, spaces: pull.engine.spaces)
        do {
            try receiver.process([content])
            return (true, receiver.takeWritten())
        } catch is XetFormatError {
            return (false, receiver.takeWritten())
        } catch is TransferError {
            return (false, receiver.takeWritten())
        }
    }

    /// How many chunks there are, and in how many bytes; a footer behind them does not count.
    private static func extent(of frames: UnsafeRawBufferPointer) throws -> (chunks: Int, bytes: Int) {
        var (chunks, position) = (0, 0)
        while position < frames.count {
            let rest = UnsafeRawBufferPointer(rebasing: frames[position...])
            if ChunkHeader.isFooterMark(rest) { break }
            let length = ChunkHeader.size + (try ChunkHeader(parsing: rest, at: UInt64(position))).packedLength
            guard length <= rest.count else {
                throw TransferError(code: .badReply, message: "a peer's bytes of a xorb end inside a chunk")
            }
            position += length
            chunks += 1
        }
        return (chunks, position)
    }
}
