/// The keys of keyed BLAKE3 that the protocol fixes (xet-protocol §2.2).
public enum HashKey {
    /// Chunk bytes; also shard bytes and endpoint names.
    public static var chunk: HashingKey {
        HashingKey(
            w0: 0xde50_955b_77f5_9766, w1: 0x1c18_97a5_accb_3531, w2: 0x582b_eb9b_1021_e49d,
            w3: 0x29f2_ad93_4bb0_d0b4)
    }

    /// The text of a tree node.
    public static var node: HashingKey {
        HashingKey(
            w0: 0x9629_47a5_c7c5_7e01, w1: 0xe602_8ab4_6666_94fd, w2: 0xd26d_c737_6f53_dd5d,
            w3: 0x3f71_534a_e652_63f8)
    }

    /// The chunk hashes of a range that a shard verifies.
    public static var range: HashingKey {
        HashingKey(
            w0: 0x66ed_56ce_d657_187f, w1: 0xf3c3_a5e7_13f9_7f12, w2: 0xe649_dbb5_d526_cda4,
            w3: 0xc394_fb28_7f98_2441)
    }

    /// The salt of a file hash: zero, and still a key.
    public static var file: HashingKey { .zero }
}
