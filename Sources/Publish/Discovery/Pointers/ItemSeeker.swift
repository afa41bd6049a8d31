internal import PublishWire
internal import SwarmWire
internal import Torrents

/// Asks the DHT for one mutable item: the newest that is right counts, and it is remembered.
struct ItemSeeker: Sendable {
    let engine: any TorrentEngine
    let book: ItemBook

    /// What the DHT has in a place.
    enum Answer: Sendable {
        /// The newest item of its author; from an earlier run where nobody has it now.
        case newest(SignedItem)
        /// Only items that must not be taken; with the reason.
        case refused(PublishError)
        case nothing
    }

    /// - Parameters:
    ///   - check: throws for an item that is none of those that are looked for, or whose time is not now. Such a one is
    ///     not remembered: nothing could take its place.
    func newest(
        key: [UInt8], salt: [UInt8], patience: Duration, check: @Sendable (SignedItem) throws(PublishError) -> Void
    ) async -> Answer {
        var newest: SignedItem?
        var refusal: PublishError?
        for await item in engine.items(key: key, salt: salt, timeout: patience) {
            guard item.key == key, item.salt == salt, item.sequence > newest?.sequence ?? -1 else { continue }
            do throws(PublishError) {
                try item.verify()
                try check(item)
                newest = item
            } catch {
                refusal = error
            }
        }
        if let newest {
            do throws(PublishError) {
                try await book.take(newest)
            } catch {
                return .refused(error)
            }
            try? await book.save()
            return .newest(newest)
        }
        if let refusal { return .refused(refusal) }
        guard let known = await book.item(key: key, salt: salt) else { return .nothing }
        do throws(PublishError) { try check(known) } catch { return .refused(error) }
        return .newest(known)
    }

    /// Waits for the DHT's first node.
    /// - Returns: what is left of the patience.
    func waitForNodes(_ patience: Duration) async -> Duration {
        let began = ContinuousClock.now
        while await engine.nodeCount == 0, began.duration(to: .now) < patience {
            guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { break }
        }
        return max(patience - began.duration(to: .now), .zero)
    }
}
