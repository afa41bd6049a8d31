internal import SwarmWire
internal import Synchronization
internal import Xet

extension SwarmPeers {
    /// Looks for peers that announce xorbs of a file, and dials those that it hears of.
    /// - Returns: false, at once, when xorbs of too many other files are being looked for.
    func search(_ xorbs: [XorbHash], for file: SwarmFile, seconds: Double) async -> Bool {
        guard let xorbTrackers else { return false }
        let mayBegin = searches.withLock { searches in
            guard searches < settings.mostSearches else { return false }
            searches += 1
            return true
        }
        guard mayBegin else { return false }
        defer { searches.withLock { $0 -= 1 } }
        let announced = AnnounceState(port: nil, reach: .named, isMinor: true)
        // One look at each is enough.
        announced.note(isSupplied: true)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await withDiscardingTaskGroup { looks in
                    for id in xorbs.flatMap({ [SwarmID.zest($0), SwarmID.zestSeed($0)] }) {
                        looks.addTask {
                            for await addresses in xorbTrackers.peers(for: id, announcing: announced) {
                                for address in addresses { self.dial(address, for: file) }
                            }
                        }
                    }
                }
            }
            group.addTask { try? await Task.sleep(for: .seconds(seconds)) }
            await group.next()
            group.cancelAll()
        }
        return true
    }
}
