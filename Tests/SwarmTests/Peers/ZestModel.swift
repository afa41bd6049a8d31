import Foundation
import NIOCore
import TestSupport
import Xet

/// A file as zest knows it: in xorbs of some chunks each.
struct ZestModel: Sendable {
    let xorbs: [MemoryFile]

    init(xorbs: Int, chunksEach: Int) {
        self.xorbs = (0..<xorbs).map {
            MemoryFile(count: chunksEach * 60_000, seed: UInt64($0 + 10), chunkBytes: 60_000)
        }
    }

    var bytes: [UInt8] { xorbs.flatMap { Array($0.bytes.readableBytesView) } }

    var hash: FileHash { FileHash(of: xorbs.flatMap(\.manifest.chunks)) }

    static func name(_ xorb: MemoryFile) -> String { XorbHash(of: xorb.manifest.chunks).description }

    /// The list of the repository's files, and the plan of this one.
    /// - Parameter parts: ranges that the plan cuts each xorb into.
    func write(to folder: String, parts: Int) throws {
        let tree: [[String: Any]] = [
            [
                "type": "file", "path": "model.safetensors", "size": bytes.count, "oid": "y",
                "xetHash": hash.description,
            ]
        ]
        try JSONSerialization.data(withJSONObject: tree).write(to: URL(fileURLWithPath: folder + "/tree.json"))
        var terms: [[String: Any]] = []
        var fetches: [String: [[String: Any]]] = [:]
        for xorb in xorbs {
            let count = xorb.manifest.chunks.count
            for start in stride(from: 0, to: count, by: (count + parts - 1) / parts) {
                let end = min(count, start + (count + parts - 1) / parts)
                let range = ["start": start, "end": end]
                let header = ChunkHeader.size
                terms.append([
                    "hash": Self.name(xorb), "range": range,
                    "unpacked_length": xorb.offsets[end] - xorb.offsets[start],
                ])
                fetches[Self.name(xorb), default: []].append([
                    "range": range, "url": "http://127.0.0.1:8099/xorb/" + Self.name(xorb),
                    "url_range": [
                        "start": xorb.offsets[start] + header * start, "end": xorb.offsets[end] + header * end - 1,
                    ],
                ])
            }
        }
        let plan: [String: Any] = ["offset_into_first_range": 0, "terms": terms, "fetch_info": fetches]
        try JSONSerialization.data(withJSONObject: plan).write(to: URL(fileURLWithPath: folder + "/plan.json"))
    }
}
