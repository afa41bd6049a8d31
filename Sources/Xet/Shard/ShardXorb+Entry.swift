extension ShardXorb {
    /// The xorb's records as a shard's xorb section has them (xet-protocol §4.3).
    public var entry: [UInt8] {
        ByteWriter.array(count: recordCount * ShardLayout.recordSize) { write(to: &$0) }
    }

    /// Reads entries that stand one after the other, in any order, up to the first that is torn or whose chunks do not
    /// make up its hash. Only for entries without a key.
    public static func entries(in bytes: UnsafeRawBufferPointer) -> [ShardXorb] {
        var cursor = ByteCursor(bytes)
        var xorbs: [ShardXorb] = []
        while !cursor.isAtEnd, let xorb = try? ShardXorb(parsing: &cursor), (try? xorb.verify()) != nil {
            xorbs.append(xorb)
        }
        return xorbs
    }
}
