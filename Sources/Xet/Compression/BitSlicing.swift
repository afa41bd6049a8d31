/// The bit order of `CompressionScheme.bitSlicedLZ4`: first the lowest bit of every byte, then the next, and so on,
/// packed low bit first (xet-protocol §3.2).
enum BitSlicing {
    /// Puts the bits of `sliced` back into bytes. Both buffers have the same size.
    static func join(_ sliced: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) {
        let count = sliced.count
        guard count > 0, let source = sliced.baseAddress, let target = output.baseAddress else { return }
        var index = 0
        while index < count {
            var byte: UInt8 = 0
            var position = index
            var bit: UInt8 = 0
            while bit < 8 {
                let value = (source + position >> 3).load(as: UInt8.self) &>> UInt8(truncatingIfNeeded: position & 7)
                byte |= (value & 1) &<< bit
                position &+= count
                bit &+= 1
            }
            target.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
            index &+= 1
        }
    }
}
