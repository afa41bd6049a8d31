import Crypto
import PublishWire
public import SwarmWire

/// A torrent in the making, right unless a test spoils it.
struct TorrentDraft {
    var name: BencodeValue = "model"
    var pieceLength: Int64 = 16_384
    var info: [BencodeKey: BencodeValue] = [:]
    var around: [BencodeKey: BencodeValue] = [:]

    /// A file of `size` bytes, all zero.
    struct File {
        var path: [String]
        var size: Int64
        var attributes: String?

        init(_ path: String..., size: Int64 = 10, attributes: String? = nil) {
            self.path = path
            self.size = size
            self.attributes = attributes
        }

        var root: [UInt8] { TorrentDraft.zeroRoot(size: size) }
    }

    /// Of version 1, with as many piece hashes as needed.
    static func v1(_ files: [File]) -> TorrentDraft {
        var draft = TorrentDraft()
        draft.info["files"] = .list(
            files.map { file in
                var entry: [BencodeKey: BencodeValue] = [
                    "length": .integer(file.size), "path": .list(file.path.map { .string($0) }),
                ]
                if let attributes = file.attributes { entry["attr"] = .string(attributes) }
                return .dictionary(entry)
            })
        draft.setPieces(for: files.reduce(0) { $0 &+ $1.size })
        return draft
    }

    /// Of version 2, with layers.
    static func v2(_ files: [File]) -> TorrentDraft {
        var draft = TorrentDraft()
        draft.addTree(files)
        return draft
    }

    /// Of both; no file needs a pad unless it is given.
    static func hybrid(_ files: [File]) -> TorrentDraft {
        var draft = v1(files)
        draft.addTree(files.filter { $0.attributes?.contains("p") != true })
        return draft
    }

    mutating func setPieces(for size: Int64) {
        let count = Int(max(0, size - 1) / pieceLength) + 1
        info["pieces"] = .bytes([UInt8](repeating: 7, count: 20 * min(count, 1 << 20)))
    }

    mutating func addTree(_ files: [File]) {
        info["meta version"] = 2
        var tree: BencodeValue = [:]
        var layers: [BencodeKey: BencodeValue] = [:]
        for file in files {
            var leaf: [BencodeKey: BencodeValue] = ["length": .integer(file.size)]
            if file.size > 0 { leaf["pieces root"] = .bytes(file.root) }
            if let attributes = file.attributes { leaf["attr"] = .string(attributes) }
            tree.set(["": .dictionary(leaf)], at: file.path[...])
            if file.size > pieceLength {
                layers[BencodeKey(file.root)] = .bytes(Self.zeroLayer(size: file.size, pieceLength: pieceLength))
            }
        }
        info["file tree"] = tree
        if !layers.isEmpty { around["piece layers"] = .dictionary(layers) }
    }

    var bytes: [UInt8] {
        var info = info
        info["name"] = name
        info["piece length"] = .integer(pieceLength)
        var all = around
        all["info"] = .dictionary(info)
        return Bencode.encode(.dictionary(all))
    }

    // MARK: - Trees of files of zeros, made by the words of BEP 52 and not by the code under test

    /// Leaves of a file's tree.
    private static func blocks(_ size: Int64) -> [[UInt8]] {
        stride(from: Int64(0), to: size, by: 16_384).map { start in
            Array(SHA256.hash(data: [UInt8](repeating: 0, count: Int(min(16_384, size - start)))))
        }
    }

    private static func root(_ leaves: [[UInt8]], width: Int) -> [UInt8] {
        var level = leaves + Array(repeating: [UInt8](repeating: 0, count: 32), count: width - leaves.count)
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: 2).map { Array(SHA256.hash(data: level[$0] + level[$0 + 1])) }
        }
        return level[0]
    }

    static func zeroRoot(size: Int64) -> [UInt8] {
        let leaves = blocks(size)
        var width = 1
        while width < leaves.count { width *= 2 }
        return root(leaves, width: width)
    }

    static func zeroLayer(size: Int64, pieceLength: Int64) -> [UInt8] {
        let leaves = blocks(size)
        let width = Int(pieceLength / 16_384)
        return stride(from: 0, to: leaves.count, by: width).flatMap { start in
            root(Array(leaves[start..<min(start + width, leaves.count)]), width: width)
        }
    }
}

extension BencodeValue {
    /// Puts a value into a tree of dictionaries.
    mutating func set(_ value: BencodeValue, at path: ArraySlice<String>) {
        var entries = dictionary ?? [:]
        guard let first = path.first else {
            for (key, inner) in value.dictionary ?? [:] { entries[key] = inner }
            self = .dictionary(entries)
            return
        }
        var inner = entries[BencodeKey(first.utf8)] ?? [:]
        inner.set(value, at: path.dropFirst())
        entries[BencodeKey(first.utf8)] = inner
        self = .dictionary(entries)
    }
}

extension BencodeValue: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: BencodeValue...) { self = .list(elements) }
}

/// The code of the error that `body` throws; nil when it throws none.
func code(_ body: () throws(PublishError) -> Void) -> PublishError.Code? {
    do {
        try body()
        return nil
    } catch {
        return error.code
    }
}
