import Testing
import Xet

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The level is chosen once per process, so every request is made in a process of its own.
@Suite struct KernelLevelTests {
    @Test("a level that is here is granted")
    func granted() async {
        await #expect(processExitsWith: .success) {
            setenv("SHOAL_KERNELS", "scalar", 1)
            #expect(KernelLevel.active == .scalar)
            #expect(KernelLevel.refusedRequest == nil)
        }
    }

    @Test("without a request the best level runs")
    func best() async {
        await #expect(processExitsWith: .success) {
            unsetenv("SHOAL_KERNELS")
            #expect(KernelLevel.active == KernelLevel.available.last)
            #expect(KernelLevel.refusedRequest == nil)
        }
    }

    @Test("an unknown or missing level is refused in so many words")
    func refused() async {
        await #expect(processExitsWith: .success) {
            setenv("SHOAL_KERNELS", "abacus", 1)
            #expect(KernelLevel.active == KernelLevel.available.last)
            #expect(KernelLevel.refusedRequest == "abacus")
        }
        await #expect(processExitsWith: .success) {
            #if arch(x86_64)
                let foreign = KernelLevel.neon
            #else
                let foreign = KernelLevel.avx2
            #endif
            setenv("SHOAL_KERNELS", foreign.rawValue, 1)
            #expect(!KernelLevel.available.contains(foreign))
            #expect(KernelLevel.active == KernelLevel.available.last)
            #expect(KernelLevel.refusedRequest == foreign.rawValue)
        }
    }
}
