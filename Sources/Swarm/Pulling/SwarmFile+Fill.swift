internal import Logging
internal import SwarmWire
internal import Transfer

extension SwarmFile {
    package func fill(_ pull: SharedPull) async throws {
        let seed = RunningSeed(
            hash: pull.request.hash, manifest: pull.manifest, path: pull.path,
            access: key.secret == nil ? .everybody : .secretHolders)
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
