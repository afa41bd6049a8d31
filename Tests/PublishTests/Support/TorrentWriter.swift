import Crypto
import Foundation
import SwarmWire
import Torrents

/// Makes small torrents in memory, from what BEP 3, 47 and 52 say, without any engine.
struct TorrentWriter {
    static let block = 16 << 10

    let plan: TorrentPlan
    let pieceLength: Int
    let contents: [[UInt8]]

    init(_ plan: TorrentPlan) throws {
        var plan = plan
        plan.files.sort { $0.path.lexicographicallyPrecedes($1.path) { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
        self.plan = plan
        pieceLength = plan.pieceLength ?? 64 << 10
        contents = try plan.files.map { Array(try Data(contentsOf: URL(fileURLWithPath: $0.source))) }
    }

    func bytes() -> [UInt8] {
        var info: [BencodeKey: BencodeValue] = [
            "name": .string(plan.name), "piece length": .integer(Int64(pieceLength)),
        ]
        var top: [BencodeKey: BencodeValue] = [:]
        if plan.format != .v1 {
            info["meta version"] = 2
            info["file tree"] = tree(Array(plan.files.indices), depth: 0)
            top["piece layers"] = layers
        }
        if plan.format != .v2 { addLegacy(to: &info) }
        top["info"] = .dictionary(info)
        if let tracker = plan.trackers.first { top["announce"] = .string(tracker) }
        if !plan.trackers.isEmpty {
            top["announce-list"] = .list(plan.trackers.map { .list([.string($0)]) })
        }
        if !plan.webSeeds.isEmpty { top["url-list"] = .list(plan.webSeeds.map { .string($0) }) }
        if let comment = plan.comment { top["comment"] = .string(comment) }
        if let creator = plan.creator { top["created by"] = .string(creator) }
        return Bencode.encode(.dictionary(top))
    }

    // Version 1.

    private func addLegacy(to info: inout [BencodeKey: BencodeValue]) {
        var list: [BencodeValue] = []
        var stream: [UInt8] = []
        for (number, file) in plan.files.enumerated() {
            list.append([
                "length": .integer(Int64(contents[number].count)), "path": .list(file.path.map { .string($0) }),
            ])
            stream += contents[number]
            let gap = (pieceLength - stream.count % pieceLength) % pieceLength
            guard plan.format == .hybrid, gap > 0, number < plan.files.count - 1 else { continue }
            list.append(["attr": "p", "length": .integer(Int64(gap)), "path": .list([".pad", .string("\(gap)")])])
            stream += [UInt8](repeating: 0, count: gap)
        }
        info["files"] = .list(list)
        var pieces: [UInt8] = []
        for start in stride(from: 0, to: stream.count, by: pieceLength) {
            pieces += Insecure.SHA1.hash(data: stream[start..<min(stream.count, start + pieceLength)])
        }
        info["pieces"] = .bytes(pieces)
    }

    // Version 2.

    private func tree(_ files: [Int], depth: Int) -> BencodeValue {
        var folder: [BencodeKey: BencodeValue] = [:]
        for (name, members) in Dictionary(grouping: files, by: { plan.files[$0].path[depth] }) {
            if members.count == 1, plan.files[members[0]].path.count == depth + 1 {
                let content = contents[members[0]]
                var entry: [BencodeKey: BencodeValue] = ["length": .integer(Int64(content.count))]
                if !content.isEmpty { entry["pieces root"] = .bytes(Self.root(content)) }
                folder[BencodeKey(name.utf8)] = .dictionary(["": .dictionary(entry)])
            } else {
                folder[BencodeKey(name.utf8)] = tree(members, depth: depth + 1)
            }
        }
        return .dictionary(folder)
    }

    private var layers: BencodeValue {
        var layers: [BencodeKey: BencodeValue] = [:]
        for content in contents where content.count > pieceLength {
            let hashes = Self.layer(content, width: pieceLength / Self.block)
            layers[BencodeKey(Self.root(content))] = .bytes(hashes.flatMap { $0 })
        }
        return .dictionary(layers)
    }

    static func root(_ content: [UInt8]) -> [UInt8] {
        let leaves = leaves(content)
        return tree(leaves, width: power(leaves.count))
    }

    /// The hashes of the pieces of a file that has more than one.
    static func layer(_ content: [UInt8], width: Int) -> [[UInt8]] {
        let leaves = leaves(content)
        return stride(from: 0, to: leaves.count, by: width).map { start in
            tree(Array(leaves[start..<min(leaves.count, start + width)]), width: width)
        }
    }

    private static func leaves(_ content: [UInt8]) -> [[UInt8]] {
        stride(from: 0, to: content.count, by: block).map { start in
            Array(SHA256.hash(data: content[start..<min(content.count, start + block)]))
        }
    }

    private static func power(_ count: Int) -> Int {
        var width = 1
        while width < count { width *= 2 }
        return width
    }

    private static func tree(_ leaves: [[UInt8]], width: Int) -> [UInt8] {
        var row = leaves + [[UInt8]](repeating: [UInt8](repeating: 0, count: 32), count: width - leaves.count)
        while row.count > 1 {
            row = stride(from: 0, to: row.count, by: 2).map { Array(SHA256.hash(data: row[$0] + row[$0 + 1])) }
        }
        return row[0]
    }
}
