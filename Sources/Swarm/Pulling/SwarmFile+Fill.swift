internal import Logging
internal import SwarmWire
internal import Transfer

extension SwarmFile {
    package func fill(_ pull: SharedPull) async throws {
        let access: SeedAccess = key.secret == nil ? .everybody : .secretHolders
        let seed =
            switch pull.chunks {
            case .manifest(let manifest):
                RunningSeed(hash: pull.request.hash, manifest: manifest, path: pull.path, access: access)
            case .draft(let draft):
                RunningSeed(draft: draft, path: pull.path, access: access)
            }
        // Now, for the file will have another name when it is complete.
        _ = try seed.open()
        peers.library.register(running: seed)
        do {
            try await FillRun(of: self, pull, seed: seed).run()
            peers.keep(seed)
        } catch {
            peers.library.unregister(running: seed)
            throw error
        }
    }
}
