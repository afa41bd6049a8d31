import Xet

/// Times the parts that a transfer's processor time goes to, on weights in memory.
struct KernelBench {
    struct Figure: Encodable {
        var name: String
        /// 10⁹ bytes of unpacked data per second on one core, the best of some rounds.
        var gigabytesPerSecond: Double

        enum CodingKeys: String, CodingKey {
            case name
            case gigabytesPerSecond = "gigabytes_per_second"
        }
    }

    private static let rounds = 7
    private let bytes: UnsafeRawBufferPointer
    private let chunks: [Range<Int>]

    /// - Parameter bytes: some megabytes, of a kind as they are to be moved.
    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        var ends: [UInt64] = []
        var scanner = BoundaryScanner()
        scanner.scan(bytes, into: &ends)
        scanner.finish(into: &ends)
        var start = 0
        chunks = ends.map { end in
            defer { start = Int(end) }
            return start..<Int(end)
        }
    }

    func run() throws -> [Figure] {
        var figures = [figure("chunk boundaries", scan), figure("BLAKE3 of chunks", hash)]
        if SHA256BoundaryScanner.isAvailable {
            figures.append(figure("chunk boundaries and SHA-256", scanWithSHA256))
        }
        let builder = XorbBuilder()
        figures.append(figure("compression") { pack(into: builder) })
        pack(into: builder)
        figures.append(try figure("decompression") { try unpack(builder) })
        figures.append(
            figure("CRC-64") {
                builder.withBody { body in
                    var sum = CRC64NVME()
                    sum.update(body)
                }
            })
        return figures
    }

    private func figure(_ name: String, _ work: () throws -> Void) rethrows -> Figure {
        var best = Duration.seconds(3600)
        for _ in 0..<Self.rounds { best = min(best, try ContinuousClock().measure(work)) }
        return Figure(name: name, gigabytesPerSecond: Double(bytes.count) / 1e9 / (best / .seconds(1)))
    }

    private func scan() {
        var ends: [UInt64] = []
        var scanner = BoundaryScanner()
        scanner.scan(bytes, into: &ends)
    }

    private func scanWithSHA256() {
        var ends: [UInt64] = []
        var scanner = SHA256BoundaryScanner()
        scanner.scan(bytes, into: &ends)
        _ = scanner.finish(into: &ends)
    }

    private func hash() {
        guard let base = bytes.baseAddress else { return }
        var hashes = [ChunkHash](repeating: .zero, count: chunks.count)
        hashes.withUnsafeMutableBufferPointer { hashes in
            guard let target = hashes.baseAddress else { return }
            chunks.map(\.lowerBound).withUnsafeBufferPointer { offsets in
                chunks.map(\.count).withUnsafeBufferPointer { lengths in
                    ChunkHashing.hash(base: base, offsets: offsets, lengths: lengths, into: target)
                }
            }
        }
    }

    private func pack(into builder: XorbBuilder) {
        builder.reset()
        var schemes = SchemeChooser()
        for range in chunks {
            let chunk = UnsafeRawBufferPointer(rebasing: bytes[range])
            builder.stage(chunk, hash: .zero, scheme: schemes.choose(for: chunk))
        }
        builder.packStaged()
    }

    private func unpack(_ builder: XorbBuilder) throws {
        let decoder = ChunkDecoder()
        let output = UnsafeMutableRawBufferPointer.allocate(byteCount: XetLimits.maximumChunk, alignment: 64)
        defer { output.deallocate() }
        try builder.withBody { body in
            var position = 0
            while position < body.count {
                let rest = UnsafeRawBufferPointer(rebasing: body[position...])
                let header = try ChunkHeader(parsing: rest, at: UInt64(position))
                let end = ChunkHeader.size + header.packedLength
                try decoder.decode(
                    header, payload: UnsafeRawBufferPointer(rebasing: rest[ChunkHeader.size..<end]), into: output,
                    offset: UInt64(position))
                position += end
            }
        }
    }
}
