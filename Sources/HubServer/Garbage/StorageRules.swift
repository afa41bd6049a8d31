/// What is known of a stored xorb where it is decided what becomes of it.
struct StoredXorb<Key: Hashable & Sendable>: Hashable, Sendable {
    enum State: Int, Hashable, Sendable {
        case live = 0
        /// To be dropped unless somebody comes back to it.
        case condemned = 1
    }

    var key: Key
    var state = State.live
    /// The object was found damaged or missing; the next upload replaces it.
    var isBad = false
    /// Unix seconds of the last time somebody was told of the xorb or built on it.
    var touchedAt: Int64
    var condemnedAt: Int64?
}

/// The decisions that the transactions on stored xorbs take, apart from how rows are read and written
/// (scale-out §4.2). The server and the model that tries all interleavings both decide by these.
///
/// Each decision must be taken on rows read in the same transaction that acts on it.
enum StorageRules {
    // MARK: Storing

    /// What a finished upload leads to (U3).
    enum Admission<Key: Hashable & Sendable>: Hashable, Sendable {
        /// The intent was collected: the key goes to the trash, once more, and the upload has to be repeated under
        /// another.
        case refused
        /// The uploaded object becomes the xorb's. The object it replaces, if any, goes to the trash.
        case stored(StoredXorb<Key>, replaced: Key?)
        /// The xorb has a sound object already; the uploaded one goes to the trash.
        case kept(StoredXorb<Key>)
    }

    /// - Parameters:
    ///   - hasIntent: whether the upload's own intent was still there, and has been deleted by this transaction.
    ///   - damaged: the key of an object that was found not to be whole.
    static func admit<Key>(
        _ own: Key, hasIntent: Bool, over row: StoredXorb<Key>?, damaged: Key?, now: Int64,
    ) -> Admission<Key> {
        guard hasIntent else { return .refused }
        guard let row else { return .stored(StoredXorb(key: own, touchedAt: now), replaced: nil) }
        if row.isBad || row.key == damaged {
            return .stored(StoredXorb(key: own, touchedAt: now), replaced: row.key)
        }
        return .kept(revived(row, now: now))
    }

    /// The rows after files have been built on them (U4); nil when one of them does not exist, and then no file may
    /// be recorded.
    static func register<Key>(on rows: [StoredXorb<Key>?], now: Int64) -> [StoredXorb<Key>]? {
        let present = rows.compactMap { $0.map { revived($0, now: now) } }
        return present.count == rows.count ? present : nil
    }

    private static func revived<Key>(_ row: StoredXorb<Key>, now: Int64) -> StoredXorb<Key> {
        var row = row
        row.state = .live
        row.condemnedAt = nil
        row.touchedAt = max(row.touchedAt, now)
        return row
    }

    // MARK: Losing

    /// The condemned row, when a xorb that no file is made of has not been touched since `cutoff` (G2).
    static func condemn<Key>(
        _ row: StoredXorb<Key>, isUsed: Bool, cutoff: Int64, now: Int64,
    ) -> StoredXorb<Key>? {
        guard !isUsed, row.state == .live, row.touchedAt <= cutoff else { return nil }
        var row = row
        row.state = .condemned
        row.condemnedAt = now
        return row
    }

    /// The key that goes to the trash when the row of a condemned xorb may be deleted (G3).
    static func drop<Key>(_ row: StoredXorb<Key>, isUsed: Bool, condemnedBefore: Int64) -> Key? {
        guard !isUsed, row.state == .condemned, let since = row.condemnedAt, since <= condemnedBefore else {
            return nil
        }
        return row.key
    }

    /// Whether an upload's intent may be deleted and its key thrown away (G5).
    static func expires(leaseUntil: Int64, now: Int64) -> Bool { leaseUntil <= now }
}
