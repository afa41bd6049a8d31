/// A small generator whose whole sequence follows from its seed.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// The seed of a randomised test: `SHOAL_TEST_SEED` where it is set, a fresh one else. It is printed either way.
public func announcedSeed(_ test: String = #function) -> UInt64 {
    let seed = environmentSeed() ?? UInt64.random(in: 0...UInt64.max)
    print("\(test): SHOAL_TEST_SEED=\(seed) repeats this run")
    return seed
}
