import CKernels

/// The byte order of `CompressionScheme.byteGroupedLZ4`: bytes at index 0, 4, 8, … first, then 1, 5, 9, … and so on
/// (xet-protocol §3.2). In arrays of numbers this puts exponents beside exponents.
enum ByteGrouping {
    /// Groups the bytes of `input`. Both buffers have the same size and do not overlap.
    static func split(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) {
        precondition(input.count == output.count, "grouping keeps the size")
        shoal_bg4_split(input.baseAddress, input.count, output.baseAddress)
    }

    /// The inverse of `split`.
    static func join(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) {
        precondition(input.count == output.count, "grouping keeps the size")
        shoal_bg4_join(input.baseAddress, input.count, output.baseAddress)
    }
}
