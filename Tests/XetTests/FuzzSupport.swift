import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Runs mutated inputs against a parser for a bounded time.
///
/// `SHOAL_FUZZ_SECONDS` sets the time per target (default 2), `SHOAL_FUZZ_SEED` the first seed, which is printed.
/// Round n of a run uses seed + n, so the seed in a failure's message alone reproduces it as round 0.
struct Fuzzer {
    let target: String
    let samples: [[UInt8]]

    static var seconds: Double {
        ProcessInfo.processInfo.environment["SHOAL_FUZZ_SECONDS"].flatMap(Double.init) ?? 2
    }

    static var firstSeed: UInt64 {
        ProcessInfo.processInfo.environment["SHOAL_FUZZ_SEED"].flatMap { UInt64($0) } ?? 0x5EED
    }

    /// Calls `body` with a mutated sample that ends at an unreadable page, so that reading past it crashes at once.
    /// Returns how many rounds ran.
    @discardableResult
    func run(_ body: (UnsafeRawBufferPointer, UInt64) throws -> Void) rethrows -> Int {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(Self.seconds)
        let guarded = GuardedMemory(capacity: 1 << 20)
        var round = 0
        print("fuzzing \(target) for \(Self.seconds) s from SHOAL_FUZZ_SEED=\(Self.firstSeed)")
        while round < 64 || clock.now < end {
            let seed = Self.firstSeed &+ UInt64(round)
            var mutator = Mutator(seed: seed)
            let sample = samples[Int(mutator.random(UInt64(samples.count)))]
            let input = mutator.mutate(sample, others: samples)
            try body(guarded.place(input), seed)
            round += 1
        }
        print("fuzzed \(target): \(round) rounds")
        return round
    }
}

/// Memory whose end borders an unreadable page.
final class GuardedMemory {
    private let start: UnsafeMutableRawPointer
    private let capacity: Int
    private let pageSize = Int(getpagesize())

    init(capacity: Int) {
        let pages = (capacity + pageSize - 1) / pageSize
        self.capacity = pages * pageSize
        let mapped = mmap(nil, self.capacity + pageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED else { fatalError("mmap failed") }
        start = mapped
        guard mprotect(start + self.capacity, pageSize, PROT_NONE) == 0 else { fatalError("mprotect failed") }
    }

    deinit {
        munmap(start, capacity + pageSize)
    }

    /// Copies bytes so that they end at the unreadable page.
    func place(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
        let space = end(count: bytes.count)
        space.copyBytes(from: bytes)
        return UnsafeRawBufferPointer(space)
    }

    /// The last `count` bytes before the unreadable page.
    func end(count: Int) -> UnsafeMutableRawBufferPointer {
        precondition(count <= capacity)
        return UnsafeMutableRawBufferPointer(start: start + capacity - count, count: count)
    }
}

/// Makes damaged variants of valid bytes.
struct Mutator {
    private static let interesting: [UInt64] = [
        0, 1, 2, 3, 7, 8, 47, 48, 127, 128, 200, 255, 256, 8191, 8192, 8193, 65_535, 65_536, 131_072, 131_073,
        0xFF_FFFF, 0x3FF_FFFF, 0x400_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, .max,
    ]

    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    mutating func random(_ bound: UInt64) -> UInt64 {
        bound == 0 ? 0 : generator.next() % bound
    }

    private mutating func index(_ bytes: [UInt8]) -> Int {
        Int(random(UInt64(bytes.count)))
    }

    mutating func mutate(_ sample: [UInt8], others: [[UInt8]]) -> [UInt8] {
        var bytes = sample
        for _ in 0...random(4) {
            guard !bytes.isEmpty else {
                bytes = generator.bytes(Int(random(64)))
                continue
            }
            switch random(9) {
            case 0: bytes[index(bytes)] ^= 1 << UInt8(random(8))
            case 1: bytes[index(bytes)] = UInt8(truncatingIfNeeded: generator.next())
            case 2, 3: overwrite(&bytes)
            case 4: bytes.removeLast(Int(random(UInt64(bytes.count))))
            case 5: bytes += generator.bytes(Int(random(80)))
            case 6:
                let start = index(bytes)
                bytes.removeSubrange(start..<min(bytes.count, start + 1 + Int(random(64))))
            case 7:
                let start = index(bytes)
                let piece = Array(bytes[start..<min(bytes.count, start + 1 + Int(random(128)))])
                bytes.insert(contentsOf: piece, at: index(bytes))
            default:
                let other = others[Int(random(UInt64(others.count)))]
                bytes = bytes.prefix(index(bytes)) + other.suffix(Int(random(UInt64(other.count + 1))))
            }
        }
        return bytes
    }

    /// Puts a number of 1, 2, 3, 4 or 8 bytes somewhere, often where a field may be.
    private mutating func overwrite(_ bytes: inout [UInt8]) {
        let width = [1, 2, 3, 4, 4, 8][Int(random(6))]
        guard bytes.count >= width else { return }
        var start = Int(random(UInt64(bytes.count - width + 1)))
        if random(2) == 0 { start &= ~3 }
        let value = Self.interesting[Int(random(UInt64(Self.interesting.count)))]
        for position in 0..<width {
            bytes[start + position] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(position)))
        }
    }
}
