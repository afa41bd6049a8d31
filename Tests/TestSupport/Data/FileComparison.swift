import Foundation

/// Says how two files differ; nil where they are the same, byte for byte. Reads both as streams.
public func difference(between first: String, and second: String) async throws -> String? {
    try await blocking { try compare(first, second) }
}

/// Says how two folders differ, one line for each file: missing, extra or other content. Links are followed.
/// Top-level entries named in `ignoring` do not count, on both sides.
public func differences(
    betweenFolder first: String, and second: String, ignoring: Set<String> = [".cache"]
) async throws -> [String] {
    try await blocking {
        let left = try relativeFiles(first, ignoring: ignoring)
        let right = try relativeFiles(second, ignoring: ignoring)
        var found: [String] = []
        if left.isEmpty { found.append("\(first) has no files") }
        for name in left.union(right).sorted() {
            if !right.contains(name) {
                found.append("missing: \(name)")
            } else if !left.contains(name) {
                found.append("unexpected: \(name)")
            } else if let difference = try compare(first + "/" + name, second + "/" + name) {
                found.append("\(name): \(difference)")
            }
        }
        return found
    }
}

private func relativeFiles(_ folder: String, ignoring: Set<String>) throws -> Set<String> {
    Set(
        try filesBelow(folder).map { String($0.dropFirst(folder.count + 1)) }
            .filter { !ignoring.contains(String($0.prefix { $0 != "/" })) })
}

private func compare(_ first: String, _ second: String) throws -> String? {
    let sizes = (try fileSize(first), try fileSize(second))
    guard sizes.0 == sizes.1 else { return "\(sizes.0) bytes against \(sizes.1)" }
    let other = open(second, O_RDONLY | O_CLOEXEC)
    guard other >= 0 else { throw TestFailure("cannot open \(second): \(errnoText())") }
    defer { close(other) }
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { block.deallocate() }
    var offset = 0
    var found: String?
    try forEachBlock(of: first) { bytes in
        guard found == nil else { return }
        var filled = 0
        while filled < bytes.count {
            let count = read(other, block.baseAddress.map { $0 + filled }, bytes.count - filled)
            guard count > 0 else { throw TestFailure("\(second) ended early") }
            filled += count
        }
        if let base = bytes.baseAddress, let copy = block.baseAddress, memcmp(base, copy, bytes.count) != 0 {
            let index = bytes.indices.first { bytes[$0] != block[$0] } ?? 0
            found = "byte \(offset + index) differs"
        }
        offset += bytes.count
    }
    return found
}
