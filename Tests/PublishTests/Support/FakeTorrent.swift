import Crypto
import Foundation
import PublishWire
import SwarmWire
import Torrents

/// A torrent of a fake engine: real files, real hashes, no network.
struct FakeTorrent {
    var order: TorrentOrder
    var hashes: InfoHashes
    var metainfo: Metainfo?
    var pieces: [Bool] = []
    var wanted: [Bool] = []
    var isPaused: Bool
    var peers: Set<PeerAddress>
    /// Peers that gave a wrong piece.
    var banned: Set<PeerAddress> = []
    var received: Int64 = 0
    var given: Int64 = 0
    var wasted: Int64 = 0
    var failure: TorrentError?
    var hasFinished = false

    init(_ order: TorrentOrder, hashes: InfoHashes) {
        self.order = order
        self.hashes = hashes
        isPaused = order.startsPaused
        peers = Set(order.peers)
    }

    /// Takes a metainfo, and looks at what is on disk.
    mutating func open(_ metainfo: Metainfo) {
        self.metainfo = metainfo
        hashes = metainfo.hashes
        // Of what a link leads to nothing is wanted before somebody has looked at it.
        let isLink = if case .magnet = order.subject { true } else { false }
        wanted = order.wanted ?? metainfo.files.map { _ in !isLink }
        if order.isSeed {
            pieces = [Bool](repeating: true, count: metainfo.pieceCount)
        } else if let resume = order.resumeData, resume.count == metainfo.pieceCount {
            pieces = resume.map { $0 == 1 }
        } else {
            check()
        }
    }

    mutating func check() {
        guard let metainfo else { return }
        pieces = (0..<metainfo.pieceCount).map { piece in
            guard let bytes = read(piece) else { return false }
            return FakeTorrent.isRight(bytes, piece, metainfo)
        }
    }

    func path(of file: Int) -> String {
        guard let metainfo else { return "" }
        if let place = order.places[file] { return place }
        let path = (try? metainfo.storedPath(of: file).description) ?? metainfo.files[file].path.description
        return order.folder + "/" + path
    }

    /// The bytes of a piece as they are on disk; nil when some are missing.
    func read(_ piece: Int) -> [UInt8]? {
        guard let metainfo else { return nil }
        var bytes: [UInt8] = []
        for span in metainfo.spans(ofPiece: piece) {
            let count = Int(span.range.upperBound - span.range.lowerBound)
            if metainfo.files[span.file].isPad {
                bytes += [UInt8](repeating: 0, count: count)
                continue
            }
            guard let handle = FileHandle(forReadingAtPath: path(of: span.file)) else { return nil }
            defer { try? handle.close() }
            guard (try? handle.seek(toOffset: UInt64(span.range.lowerBound))) != nil,
                let part = try? handle.read(upToCount: count), part.count == count
            else { return nil }
            bytes += part
        }
        return bytes
    }

    /// Writes a piece where its files lie.
    func write(_ bytes: [UInt8], _ piece: Int) throws {
        guard let metainfo else { return }
        var used = 0
        for span in metainfo.spans(ofPiece: piece) {
            let count = Int(span.range.upperBound - span.range.lowerBound)
            defer { used += count }
            if metainfo.files[span.file].isPad { continue }
            let path = path(of: span.file)
            let folder = (path as NSString).deletingLastPathComponent
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            if !FileManager.default.fileExists(atPath: path) {
                _ = FileManager.default.createFile(atPath: path, contents: nil)
            }
            guard let handle = FileHandle(forWritingAtPath: path) else {
                throw TorrentError(.storage, "cannot open \(path)")
            }
            defer { try? handle.close() }
            try handle.seek(toOffset: UInt64(span.range.lowerBound))
            try handle.write(contentsOf: bytes[used..<used + count])
        }
    }

    /// Whether a piece has bytes of a wanted file.
    func wants(_ piece: Int) -> Bool {
        guard let metainfo else { return false }
        return metainfo.spans(ofPiece: piece).contains { !metainfo.files[$0.file].isPad && wanted[$0.file] }
    }

    var missing: [Int] {
        let missing = pieces.indices.filter { !pieces[$0] && wants($0) }
        return missing.filter(isUrgent) + missing.filter { !isUrgent($0) }
    }

    private func isUrgent(_ piece: Int) -> Bool {
        metainfo?.spans(ofPiece: piece).contains { order.urgent.contains($0.file) } ?? false
    }

    static func isRight(_ bytes: [UInt8], _ piece: Int, _ metainfo: Metainfo) -> Bool {
        guard bytes.count == metainfo.size(ofPiece: piece) else { return false }
        if let hash = metainfo.v1Hash(ofPiece: piece) { return Array(Insecure.SHA1.hash(data: bytes)) == hash }
        guard let span = metainfo.spans(ofPiece: piece).first(where: { !metainfo.files[$0.file].isPad }),
            let root = metainfo.files[span.file].piecesRoot
        else { return false }
        let content = Array(bytes.prefix(Int(span.range.upperBound - span.range.lowerBound)))
        guard let layer = metainfo.layer(of: span.file) else { return TorrentWriter.root(content) == root }
        let number = Int(span.range.lowerBound) / metainfo.pieceLength
        let width = metainfo.pieceLength / TorrentWriter.block
        let start = layer.startIndex + 32 * number
        return TorrentWriter.layer(content, width: width).first == Array(layer[start..<start + 32])
    }

    var status: TorrentStatus {
        let phase: TorrentStatus.Phase =
            failure != nil
            ? .failed
            : isPaused
                ? .paused
                : metainfo == nil
                    ? .metadata : !missing.isEmpty ? .downloading : pieces.allSatisfy { $0 } ? .seeding : .finished
        var status = TorrentStatus(hashes: hashes, phase: phase)
        status.name = metainfo?.name
        (status.received, status.given, status.wasted) = (received, given, wasted)
        status.peers = peers.subtracting(banned).count
        status.failure = failure?.message
        guard let metainfo else { return status }
        for (file, bytes) in progress.enumerated() where wanted[file] && !metainfo.files[file].isPad {
            status.wanted += metainfo.files[file].size
            status.done += bytes
        }
        return status
    }

    var progress: [Int64] {
        guard let metainfo else { return [] }
        var progress = [Int64](repeating: 0, count: metainfo.files.count)
        for piece in pieces.indices where pieces[piece] {
            for span in metainfo.spans(ofPiece: piece) {
                progress[span.file] += span.range.upperBound - span.range.lowerBound
            }
        }
        return progress
    }
}
