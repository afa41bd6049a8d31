/// Reads a file while it is pulled: is told where bytes are as soon as they are written, and tells what it waits for.
package protocol PullFollower: Sendable {
    /// The place in the file from which on bytes are waited for; nil while nobody waits.
    var wantedFrom: UInt64? { get }
    /// These stretches of the file are written. Called from any thread, with no lock held; must return fast.
    /// - Parameter areProven: whether every chunk of them was verified by itself; else the end of the pull proves them.
    func covered(_ stretches: [Range<UInt64>], areProven: Bool)
    /// Bytes that were not proven have turned out to be wrong; those that replace them are not told of.
    func disproved()
}
