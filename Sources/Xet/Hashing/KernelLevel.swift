package import CKernels

/// The instruction set that the hash, byte-grouping and checksum kernels run on.
///
/// The best one that the processor has, unless the environment variable `SHOAL_KERNELS` names another by raw value.
public enum KernelLevel: String, CaseIterable, Sendable {
    case scalar, sse, neon, avx2, avx512

    /// The level in use, chosen once.
    public static var active: KernelLevel { KernelLevel(shoal_level_active()) }

    /// What `SHOAL_KERNELS` asked for in vain, if it did: an unknown word or a level this processor or build lacks.
    /// The best level is active then; a program should tell its user.
    public static var refusedRequest: String? {
        shoal_level_refused_request().map { String(cString: $0) }
    }

    /// The levels that can run here, `scalar` first.
    public static var available: [KernelLevel] {
        allCases.filter { shoal_level_is_available($0.code) }
    }

    /// The number that the C kernels know this level by.
    package var code: shoal_level {
        switch self {
        case .scalar: shoal_level_scalar
        case .sse: shoal_level_sse
        case .neon: shoal_level_neon
        case .avx2: shoal_level_avx2
        case .avx512: shoal_level_avx512
        }
    }

    private init(_ code: shoal_level) {
        self = Self.allCases.first { $0.code == code } ?? .scalar
    }
}
