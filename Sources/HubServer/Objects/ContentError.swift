package import Xet

/// What can go wrong between the hub and its stored contents.
package enum ContentError: Error, Sendable, CustomStringConvertible {
    case fileNotFound(FileHash)
    /// The store has no object for a xorb that the tables know.
    case objectMissing(XorbHash)
    /// Stored bytes do not match their hash; nothing of them has been served as verified.
    case damagedObject(XorbHash, reason: String)
    case damagedMetadata(String)
    case rangeOutOfBounds
    /// A system call on a stored file failed.
    case system(call: String, path: String, code: CInt)

    package var description: String {
        switch self {
        case .fileNotFound(let file):
            "no file with hash \(file) is stored here"
        case .objectMissing(let xorb):
            "the object of xorb \(xorb) is missing from the store; restore it from a backup or upload its files again"
        case .damagedObject(let xorb, let reason):
            "the stored xorb \(xorb) is damaged (\(reason)); restore it from a backup or upload its files again"
        case .damagedMetadata(let reason):
            "the content tables are damaged: \(reason)"
        case .rangeOutOfBounds:
            "the range lies outside the file"
        case .system(let call, let path, let code):
            "\(call) failed on \(path): \(SystemCall.message(code))"
        }
    }
}

/// How much the hub holds.
package struct StorageStatistics: Sendable, Hashable {
    package var xorbCount = 0
    package var fileCount = 0
    /// Packed bytes of all xorb bodies on disk.
    package var storedBytes: Int64 = 0
    /// The same chunks unpacked.
    package var unpackedBytes: Int64 = 0
    /// The sum of all file sizes, before deduplication.
    package var logicalBytes: Int64 = 0
}
