internal import Crypto

/// The root of a file's tree of 16 KiB blocks (BEP 52), from its bytes in order.
package struct PiecesRootHasher: Sendable {
    private static let blockSize = 16 << 10

    private var block = SHA256()
    private var filled = 0
    /// Roots of complete trees, each higher than the next.
    private var stack: [(height: Int, hash: [UInt8])] = []

    package init() {}

    package mutating func take(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.blockSize - filled)
            block.update(bufferPointer: UnsafeRawBufferPointer(rebasing: part))
            filled += part.count
            rest = rest.dropFirst(part.count)
            if filled == Self.blockSize { closeBlock() }
        }
    }

    /// - Parameter width: bytes that the tree spans at least: for the last piece of several, those of a whole one.
    /// - Returns: 32 bytes; nil for an empty file, which has no root.
    package mutating func finish(width: Int = 0) -> [UInt8]? {
        if filled > 0 { closeBlock() }
        guard var top = stack.popLast() else { return nil }
        var empty = [UInt8](repeating: 0, count: 32)
        var height = 0
        while let next = stack.last {
            while height < top.height {
                empty = Self.parent(empty, empty)
                height += 1
            }
            if next.height == top.height {
                stack.removeLast()
                top = (top.height + 1, Self.parent(next.hash, top.hash))
            } else {
                top = (top.height + 1, Self.parent(top.hash, empty))
            }
        }
        while Self.blockSize << top.height < width {
            while height < top.height {
                empty = Self.parent(empty, empty)
                height += 1
            }
            top = (top.height + 1, Self.parent(top.hash, empty))
        }
        return top.hash
    }

    private mutating func closeBlock() {
        var top = (height: 0, hash: Array(block.finalize()))
        while let last = stack.last, last.height == top.height {
            stack.removeLast()
            top = (top.height + 1, Self.parent(last.hash, top.hash))
        }
        stack.append(top)
        block = SHA256()
        filled = 0
    }

    private static func parent(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: left + right)) }
}
