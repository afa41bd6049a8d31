internal import Xet
internal import XetClient

/// One ranged GET and all the places in the file where its chunks go.
struct FetchJob: Sendable {
    /// Consecutive chunks of the fetched range that lie one after the other in the file.
    struct Target: Sendable {
        var chunks: Range<UInt32>
        var fileOffset: UInt64
        /// What the chunks add up to, as the plan says.
        var length: UInt64
    }

    var fetch: Reconstruction.Fetch
    var targets: [Target]
    /// Chunks outside of this part of the file are not kept, although the plan may deliver them.
    var wanted: Range<UInt64>

    /// Sorts a plan into jobs, in the order in which the file needs them.
    /// - Parameters:
    ///   - start: the file position that was asked for.
    ///   - size: the file's size; a plan that passes it is refused.
    ///   - wanted: the part of the file to keep; nil means all of it.
    /// - Returns: the jobs, and the file position where the plan ends.
    static func jobs(
        for plan: Reconstruction, startingAt start: UInt64, size: UInt64, wanted: Range<UInt64>? = nil
    ) throws(TransferError) -> (jobs: [FetchJob], end: UInt64) {
        guard plan.offsetIntoFirstTerm <= start else {
            throw TransferError(code: .badReply, message: "the reconstruction starts before the file does")
        }
        var position = start - plan.offsetIntoFirstTerm
        var jobs: [FetchJob] = []
        var places: [Reconstruction.Fetch: Int] = [:]
        for term in plan.terms {
            guard let fetch = plan.fetch(for: term) else {
                throw TransferError(code: .badReply, message: "the reconstruction has a term that no range covers")
            }
            let target = Target(chunks: term.chunks, fileOffset: position, length: term.unpackedLength)
            if let place = places[fetch] {
                jobs[place].targets.append(target)
            } else {
                places[fetch] = jobs.count
                jobs.append(FetchJob(fetch: fetch, targets: [target], wanted: wanted ?? 0..<size))
            }
            position += term.unpackedLength
        }
        guard position > start, position <= size else {
            throw TransferError(
                code: .badReply,
                message: "the reconstruction ends at byte \(position) of a file of \(size) bytes, asked from \(start)")
        }
        return (jobs, position)
    }
}
