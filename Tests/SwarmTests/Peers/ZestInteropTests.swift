import Foundation
import Logging
import NIOCore
import Swarm
import SwarmWire
import TestSupport
import Testing
import Xet

/// Both ways between our nodes and the real zest 0.4.2.
@Suite(.timeLimit(.minutes(2)), .serialized) struct ZestInteropTests {
    private let model = ZestModel(xorbs: 3, chunksEach: 40)

    @Test(.enabled(if: Zest.isInstalled, Comment(rawValue: Zest.absent)))
    func weFetchXorbsFromZest() async throws {
        try await withFixture { fixture in
            let cache = fixture.path("zest/xorbs")
            for (index, xorb) in model.xorbs.enumerated() {
                let name = ZestModel.name(xorb)
                let folder = try fixture.directory("zest/xorbs/\(name.prefix(2))")
                // The last one is there in part, as after a pull of a split plan (p2p.md §1.4).
                let isPart = index == 2
                let frames = isPart ? xorb.frames(of: 10..<20) : xorb.frames(of: 0..<xorb.chunkCount)
                try Data(frames.readableBytesView)
                    .write(to: URL(fileURLWithPath: "\(folder)/\(name)\(isPart ? ".10" : "")"))
            }
            #expect(FileManager.default.fileExists(atPath: cache))
            let zest = try await RunningZest.start(in: fixture, cache: fixture.path("zest"))

            let node = try PeerNode(logger: Logger(label: "test"))
            let peer = try await node.connect(to: PeerAddress(host: "127.0.0.1", port: UInt16(zest.port)))
            // Not known before: TLS was tried first, and has done zest no harm.
            #expect(peer.dialect == .zest)
            let names = model.xorbs.map { XorbHash(of: $0.manifest.chunks) }
            let whole = peer.request(0..<40, of: names[0])
            let inner = peer.request(5..<7, of: names[1])
            let part = peer.request(10..<20, of: names[2])
            let missing = peer.request(3..<4, of: names[2])
            var left: Set = [whole, inner, part, missing]
            for await event in peer.events {
                switch event {
                case .xorb(let id, let xorb, let first, let frames):
                    left.remove(id)
                    switch id {
                    case whole: #expect(frames == model.xorbs[0].frames(of: 0..<40) && first == 0 && xorb == names[0])
                    // zest answers with all of what it has.
                    case inner: #expect(frames == model.xorbs[1].frames(of: 0..<40) && first == 0)
                    case part: #expect(frames == model.xorbs[2].frames(of: 10..<20) && first == 10)
                    default: Issue.record("an answer to \(id)")
                    }
                case .rejected(missing, .gone, _): left.remove(missing)
                case .arriving: continue
                default: Issue.record("\(event)")
                }
                if left.isEmpty { break }
            }
            #expect(left.isEmpty)
            peer.close()
        }
    }

    /// zest pulls a model, with its hub saying how each xorb is cut; every byte comes from our node.
    @Test(.enabled(if: Zest.canPull, Comment(rawValue: Zest.noNamespace)), arguments: [1, 3])
    func zestPullsFromUs(parts: Int) async throws {
        try await withFixture { fixture in
            let folder = try fixture.directory("world")
            try model.write(to: folder, parts: parts)
            try await ZestWorld.makeCertificates(in: folder, fixture)
            let library = MemoryLibrary()
            for xorb in model.xorbs { library.add(xorb) }
            try await PeerPair.with(library) { pair in
                let socket = fixture.path("peer.sock")
                try await ZestWorld.relay([socket: pair.address.port], in: fixture)
                let result = try await ZestWorld.pull(
                    in: folder, [socket: 7200], ["--peer", "127.0.0.1:7200"], fixture)
                try result.expecting(0)
                let found = try await fixture.run(
                    Command("/usr/bin/find", [folder + "/pull", "-name", "model.safetensors"], label: "find"))
                let path = found.output.split(separator: "\n").first.map(String.init) ?? ""
                #expect(FileManager.default.contents(atPath: path).map(Array.init) == model.bytes, "\(result.output)")
                let asked = FileManager.default.contents(atPath: folder + "/asked").map {
                    String(decoding: $0, as: UTF8.self)
                }
                #expect(asked?.contains("/xorb/") != true, "zest went to the hub's storage: \(result.output)")
                #expect(pair.seeder.sentBytes > model.bytes.count)
            }
        }
    }
}
