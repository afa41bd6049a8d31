import NIOPosix

/// The threads on which bulk file work and hashing happen, so that neither event loops nor the cooperative pool wait.
enum ContentThreads {
    /// Short work: reading pieces, opening files, parsing footers.
    static let reading: NIOThreadPool = started(threads: 4)
    /// Long work: validating whole xorbs and shards. Its width bounds how many of them are in memory at once.
    static let validating: NIOThreadPool = started(threads: 2)

    // Both live as long as the process, as NIO's own singleton pools do.
    private static func started(threads: Int) -> NIOThreadPool {
        let pool = NIOThreadPool(numberOfThreads: threads)
        pool.start()
        return pool
    }
}
