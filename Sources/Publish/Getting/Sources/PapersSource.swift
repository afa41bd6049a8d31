internal import NIOCore
internal import PublishWire

/// The manifest and its signature, where they stand in the `.torrent` itself or the registry.
struct PapersSource: RangeSource {
    let name = "this machine"
    let kind = SourceKind.local
    let knowsRanges = true
    /// By the file's place in the metainfo.
    private let contents: [Int: [UInt8]]

    /// - Returns: nil when they are others than the torrent's files are.
    init?(_ papers: TorrentPapers, in metainfo: Metainfo) {
        var contents: [Int: [UInt8]] = [:]
        for place in metainfo.payload {
            let file = metainfo.files[place]
            let content: [UInt8]? =
                switch file.path.components {
                case [ModelManifest.fileName]: papers.manifest
                case [ManifestSignature.fileName]: papers.signature
                default: nil
                }
            if let content, Int64(content.count) == file.size { contents[place] = content }
        }
        guard !contents.isEmpty else { return nil }
        self.contents = contents
    }

    func mayHave(_ file: SourceFile) -> Bool { contents[file.index] != nil }

    func read(
        _ file: SourceFile, _ range: Range<Int64>, _ take: @Sendable (ByteBuffer) async throws -> Bool
    ) async throws {
        guard let content = contents[file.index], range.upperBound <= content.count else {
            throw SourceFault(.lacksFile, "\(file.path) is not in \(name)")
        }
        _ = try await take(ByteBuffer(bytes: content[Int(range.lowerBound)..<Int(range.upperBound)]))
    }
}
