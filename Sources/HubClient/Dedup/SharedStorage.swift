#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Makes two equal files use the same blocks of a file system that can share them (Btrfs, XFS, …).
///
/// The kernel compares the bytes itself and holds both files still while it does, so that a file that changes
/// meanwhile is never given wrong content. Both keep their owner, mode and times.
enum SharedStorage {
    enum Outcome: Equatable {
        /// Bytes whose blocks are shared now; all of the file.
        case shared
        case different
        /// The file system cannot do it, or not for these two files.
        case unsupported
    }

    #if canImport(Glibc)
        /// `FIDEDUPERANGE` and `FS_IOC_FIEMAP` of `linux/fs.h`.
        private static let dedupeRequest: UInt = 0xC018_9436
        private static let extentsRequest: UInt = 0xC020_660B
        private static let stepBytes: UInt64 = 16 << 20

        /// Shares the blocks of the first `length` bytes. Blocks the thread.
        static func share(_ source: Int32, with target: Int32, length: UInt64) -> Outcome {
            var offset: UInt64 = 0
            while offset < length {
                let wanted = min(stepBytes, length - offset)
                // struct file_dedupe_range with one file_dedupe_range_info.
                var request = [UInt64](repeating: 0, count: 7)
                request[0] = offset
                request[1] = wanted
                request[2] = UInt64(littleEndian: 1)
                request[3] = UInt64(bitPattern: Int64(target))
                request[4] = offset
                let code = request.withUnsafeMutableBytes { bytes in
                    bytes.baseAddress.map { ioctl(source, dedupeRequest, $0) } ?? -1
                }
                guard code == 0 else { return .unsupported }
                let status = Int32(truncatingIfNeeded: Int64(bitPattern: request[6]))
                if status == 1 { return .different }
                guard status == 0, request[5] > 0 else { return .unsupported }
                offset += min(request[5], wanted)
            }
            return .shared
        }

        /// Whether two files use the very same blocks already; false when the file system does not tell.
        static func isShared(_ first: Int32, _ second: Int32) -> Bool {
            guard let one = extents(first), let other = extents(second), !one.isEmpty else { return false }
            return one == other
        }

        private struct Extent: Equatable {
            var logical: UInt64
            var physical: UInt64
            var length: UInt64
        }

        /// Where a file's blocks are; nil when that is not known for all of them.
        private static func extents(_ file: Int32) -> [Extent]? {
            let most = 256
            var found: [Extent] = []
            var start: UInt64 = 0
            while found.count < 1 << 20 {
                // struct fiemap (32 bytes), then struct fiemap_extent (56 bytes each).
                var request = [UInt64](repeating: 0, count: 4 + 7 * most)
                request[0] = start
                request[1] = UInt64.max - start
                // FIEMAP_FLAG_SYNC: blocks that are not written yet have no place.
                request[2] = 1
                request[3] = UInt64(most)
                let code = request.withUnsafeMutableBytes { bytes in
                    bytes.baseAddress.map { ioctl(file, extentsRequest, $0) } ?? -1
                }
                guard code == 0 else { return nil }
                let count = Int(request[2] >> 32)
                guard count <= most else { return nil }
                for index in 0..<count {
                    let place = 4 + 7 * index
                    let flags = UInt32(truncatingIfNeeded: request[place + 5])
                    // Unknown, delayed, encrypted, unaligned, inline or packed: the number is no place on the disk.
                    guard flags & 0x786 == 0 else { return nil }
                    let next = Extent(
                        logical: request[place], physical: request[place + 1], length: request[place + 2])
                    if let last = found.last, last.logical + last.length == next.logical,
                        last.physical + last.length == next.physical
                    {
                        found[found.count - 1].length += next.length
                    } else {
                        found.append(next)
                    }
                    if flags & 1 != 0 { return found }
                    start = next.logical + next.length
                }
                if count == 0 { return found }
            }
            return nil
        }
    #else
        static func share(_ source: Int32, with target: Int32, length: UInt64) -> Outcome { .unsupported }

        static func isShared(_ first: Int32, _ second: Int32) -> Bool { false }
    #endif
}
