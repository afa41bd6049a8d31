internal import Foundation
internal import HostilePeers
internal import HubClient
internal import Logging
internal import Swarm
internal import SwarmWire
internal import Transport

/// A peer that tells a tracker it has all files of a cache, and lies about them or says nothing, until it is killed.
@main
enum HostilePeer {
    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        guard words.count == 3, let behaviour = Behaviour(rawValue: words[0]) else {
            FileHandle.standardError.write(Data("usage: hostile-peer lying|silent CACHE TRACKER\n".utf8))
            exit(2)
        }
        let library = LocalSeedLibrary(shelf: nil)
        for folder in SeedableRepo.folders(in: words[1]) {
            guard let repo = SeedableRepo(folder: folder) else { continue }
            let files = repo.files.map {
                SeedFile(
                    hash: $0.hash, size: $0.size, path: $0.content, manifestFolder: repo.manifestFolder,
                    access: .everybody)
            }
            library.replace(group: folder, with: files)
        }
        let logger = Logger(label: "hostile-peer") { _ in SwiftLogNoOpLogHandler() }
        let node = try PeerNode(library: behaviour.library(library), logger: logger)
        let listener = try await node.listen(port: 0)
        let state = AnnounceState(port: listener.address.port, isSeeding: true)
        let tracker = try TrackerURL(words[2])
        try await AsyncHTTPTransport.withTransport(logger: logger) { @Sendable transport in
            let discovery = TrackerDiscovery([tracker], identity: NodeIdentity(), transport: transport, logger: logger)
            await withDiscardingTaskGroup { group in
                group.addTask { await node.run() }
                group.addTask { await discovery.run() }
                for file in library.files(atLeast: .everybody) {
                    group.addTask { for await _ in discovery.peers(for: FileKey(file).id, announcing: state) {} }
                }
                // Whoever started this waits for the line.
                FileHandle.standardOutput.write(Data("\(behaviour) on \(listener.address)\n".utf8))
            }
        }
    }
}

private enum Behaviour: String {
    case lying, silent

    func library(_ honest: LocalSeedLibrary) -> any SeedLibrary {
        switch self {
        case .lying: LyingLibrary(honest)
        case .silent: SilentLibrary(honest)
        }
    }
}
