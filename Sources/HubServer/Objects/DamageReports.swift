import GRDB
import Logging
import Synchronization
import Xet

/// Notes stored objects that a reader found damaged or missing, so that nobody builds on them and the next upload of
/// the xorb replaces them.
final class DamageReports: Sendable {
    private let database: HubDatabase
    /// Reported by this process already.
    private let known = Mutex<Set<ObjectKey>>([])

    init(database: HubDatabase) { self.database = database }

    /// Runs a step that reads an object, and notes when that shows it to be broken.
    func watching<R>(_ key: ObjectKey, _ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as ContentError {
            switch error {
            case .objectMissing, .damagedObject: report(key)
            default: break
            }
            throw error
        }
    }

    private func report(_ key: ObjectKey) {
        guard known.withLock({ $0.insert(key).inserted }) else { return }
        // Whoever reads must not wait for the database; a note that fails to be written is taken again.
        database.pool.asyncWrite { database in
            try StorageTables.markBad(key, in: database)
        } completion: { [self] _, result in
            if case .failure = result { known.withLock { _ = $0.remove(key) } }
        }
    }
}
