/// Sizes that the protocol fixes (xet-protocol §0); bytes unless the name says otherwise.
public enum XetLimits {
    /// Only the last chunk of a file may be shorter.
    public static let minimumChunk = 8192
    /// What chunks of random data come close to on average.
    public static let targetChunk = 65_536
    public static let maximumChunk = 131_072
    /// Unpacked bytes of one xorb.
    public static let maximumXorbBytes = 67_108_864
    /// Chunks of one xorb.
    public static let maximumXorbChunks = 8192
    /// What an uploader lets one shard grow to.
    public static let maximumShardBytes = 67_108_864
}
