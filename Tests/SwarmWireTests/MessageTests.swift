import SwarmWire
import Testing
import Xet

/// Messages of both dialects, one of each kind.
enum SampleMessages {
    static let proof = [UInt8](repeating: 7, count: 32)

    static var shoal: [SwarmMessage] {
        [
            .hello(.init(capabilities: 5, nonce: [UInt8](repeating: 9, count: 32))),
            .want(tag: 1, id: .none, proof: proof),
            .available(
                .init(tag: 2, size: 1 << 40, chunkCount: 1000, chunks: nil, hasManifest: true, proof: proof)),
            .available(
                .init(
                    tag: 2, size: 9, chunkCount: 1000, chunks: ChunkRanges([3..<9, 300..<1000]), hasManifest: false,
                    proof: proof)),
            .absent(tag: 3),
            .have(tag: 4, chunks: ChunkRanges([0..<1, 70_000..<90_000])),
            .unwant(tag: 5),
            .getManifest(id: 6, tag: 7, offset: 1 << 33, size: 1 << 20),
            .manifestPart(.init(id: 8, tag: 9, total: 100, offset: 100)),
            .getLeaves(id: 20, tag: 21, xorb: XorbHash(w0: 5, w1: 6, w2: 7, w3: 8)),
            .leaves(.init(id: 22, tag: 23, count: 8192)),
            .request(id: 10, tag: 11, chunks: 12..<28),
            .run(.init(id: 13, tag: 14, chunks: 15..<16)),
            .reject(id: 17, retryAfterMilliseconds: 1500, reason: .busy),
            .cancel(id: 18),
            .peers(
                tag: 19, added: [PeerAddress(host: "1.2.3.4", port: 5), PeerAddress(host: "2001:db8::1", port: 6)],
                dropped: [PeerAddress(host: "9.8.7.6", port: 7)]),
        ]
    }

    static var zest: [ZestMessage] {
        let xorb = XorbHash(w0: 1, w1: 2, w2: 3, w3: 4)
        return [
            .request(id: 0x0102_0304, xorb: xorb, chunks: 0..<40), .response(id: 1, firstChunk: 7, size: 0),
            .notFound(id: 2, xorb: xorb), .failure(id: 3, code: 4, text: "no"),
        ]
    }
}

@Suite struct MessageTests {
    @Test(arguments: SampleMessages.shoal)
    func shoalRoundTrip(message: SwarmMessage) throws {
        let decoded = try message.bytes.withUnsafeBytes { try SwarmMessage($0) }
        #expect(decoded == message)
    }

    @Test(arguments: SampleMessages.zest)
    func zestRoundTrip(message: ZestMessage) throws {
        let decoded = try message.bytes.withUnsafeBytes { try ZestMessage($0) }
        #expect(decoded == message)
    }

    @Test func headSizes() {
        let run = SwarmMessage.run(.init(id: 1, tag: 2, chunks: 3..<4)).bytes
        #expect(run.count == SwarmMessage.runHeadSize)
        let part = SwarmMessage.manifestPart(.init(id: 1, tag: 2, total: 3, offset: 0)).bytes
        #expect(part.count == SwarmMessage.manifestHeadSize)
        let leaves = SwarmMessage.leaves(.init(id: 1, tag: 2, count: 3)).bytes
        #expect(leaves.count == SwarmMessage.leavesHeadSize)
        #expect(ZestMessage.response(id: 1, firstChunk: 2, size: 3).bytes.count == ZestMessage.responseHeadSize)
        #expect(SampleMessages.zest[0].bytes.count == ZestMessage.requestSize)
        #expect(
            PeerMessage.lengthSize + 2 + SwarmMessage.runHeadSize + SwarmMessage.maximumRun
                <= SwarmMessage.maximumFrame)
    }

    @Test(arguments: [0, 8193, .max] as [UInt32])
    func noXorbHasSoManyChunks(count: UInt32) {
        let bytes = SwarmMessage.leaves(.init(id: 1, tag: 2, count: count)).bytes
        #expect(throws: SwarmWireError.self) { try bytes.withUnsafeBytes { try SwarmMessage($0) } }
    }

    @Test func questionsForListsAreBytes() {
        let xorb = XorbHash(w0: 0x0706_0504_0302_0100, w1: 0, w2: 0, w3: 0)
        let bytes = SwarmMessage.getLeaves(id: 0x0102_0304, tag: 5, xorb: xorb).bytes
        #expect(bytes == [15, 1, 2, 3, 4, 0, 0, 0, 5, 0, 1, 2, 3, 4, 5, 6, 7] + [UInt8](repeating: 0, count: 24))
    }

    /// The frame of p2p.md §1.7, but for its hash.
    @Test func zestRequestBytes() {
        let frame = PeerMessage.extended(1, SampleMessages.zest[0].bytes)
        #expect(frame.prefix(11) == [0, 0, 0, 0x2F, 0x14, 1, 1, 1, 2, 3, 4])
        #expect(frame.suffix(8) == [0, 0, 0, 0, 0, 0, 0, 0x28])
    }

    @Test func responseMustBringWhatItPromises() throws {
        let head = ZestMessage.response(id: 1, firstChunk: 0, size: 3).bytes
        let whole = try (head + [1, 2, 3]).withUnsafeBytes { try ZestMessage($0) }
        #expect(whole == .response(id: 1, firstChunk: 0, size: 3))
        #expect(throws: SwarmWireError.self) { try (head + [1, 2]).withUnsafeBytes { try ZestMessage($0) } }
        #expect(throws: SwarmWireError.self) { try (head + [1, 2, 3, 4]).withUnsafeBytes { try ZestMessage($0) } }
    }

    @Test func unknownKindsArePassedOver() throws {
        for kind in [0, 17, 0x40, 0xFF] as [UInt8] {
            #expect(try [kind].withUnsafeBytes { try SwarmMessage($0) } == nil)
        }
        for kind in [0, 5, 0x10, 0x30, 0x40] as [UInt8] {
            #expect(try [kind].withUnsafeBytes { try ZestMessage($0) } == nil)
        }
        // The older request of 37 bytes.
        #expect(try Array(SampleMessages.zest[0].bytes.prefix(37)).withUnsafeBytes { try ZestMessage($0) } == nil)
    }

    @Test func impossibleRunsAreRefused() {
        for (first, count) in [(UInt32(5), UInt32(0)), (.max, 1), (.max - 3, 4)] {
            var bytes: [UInt8] = [9]
            for number in [1, 2, first, count] { bytes.append(bigEndian: number) }
            #expect(throws: SwarmWireError.self) { try bytes.withUnsafeBytes { try SwarmMessage($0) } }
        }
        var packed = SwarmMessage.run(.init(id: 1, tag: 2, chunks: 3..<4)).bytes
        packed[17] = 1
        #expect(throws: SwarmWireError.self) { try packed.withUnsafeBytes { try SwarmMessage($0) } }
        let part = SwarmMessage.manifestPart(.init(id: 1, tag: 2, total: 3, offset: .max)).bytes
        #expect(throws: SwarmWireError.self) { try (part + [1]).withUnsafeBytes { try SwarmMessage($0) } }
    }

    @Test func namesDoNotTravel() throws {
        let message = SwarmMessage.peers(tag: 1, added: [PeerAddress(host: "intranet", port: 1)], dropped: [])
        let decoded = try message.bytes.withUnsafeBytes { try SwarmMessage($0) }
        #expect(decoded == .peers(tag: 1, added: [], dropped: []))
    }
}
