import Foundation

func errnoText() -> String { String(cString: strerror(errno)) }

func environmentSeed() -> UInt64? {
    ProcessInfo.processInfo.environment["SHOAL_TEST_SEED"].flatMap { UInt64($0) }
}

func createParent(of path: String) throws {
    let parent = path.split(separator: "/").dropLast().joined(separator: "/")
    try FileManager.default.createDirectory(atPath: "/" + parent, withIntermediateDirectories: true)
}

func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while !rest.isEmpty {
        let count = write(descriptor, rest.baseAddress, rest.count)
        guard count > 0 || errno == EINTR else { throw TestFailure("write failed: \(errnoText())") }
        rest = UnsafeRawBufferPointer(rebasing: rest[max(count, 0)...])
    }
}

func forEachBlock(of path: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TestFailure("cannot open \(path): \(errnoText())") }
    defer { close(descriptor) }
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { block.deallocate() }
    while true {
        let count = read(descriptor, block.baseAddress, block.count)
        if count == 0 { return }
        guard count > 0 || errno == EINTR else { throw TestFailure("cannot read \(path): \(errnoText())") }
        try body(UnsafeRawBufferPointer(rebasing: block[..<max(count, 0)]))
    }
}

/// Writes a small text file, creating the folders above it.
public func writeText(_ text: String, to path: String) async throws {
    try await writeBytes(Array(text.utf8), to: path)
}

/// Writes a small file, creating the folders above it.
public func writeBytes(_ bytes: [UInt8], to path: String) async throws {
    try await blocking {
        try createParent(of: path)
        guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else {
            throw TestFailure("cannot write \(path)")
        }
    }
}

/// The whole of a small file.
public func readBytes(_ path: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else { throw TestFailure("cannot read \(path)") }
    return Array(data)
}

/// The size of a file in bytes, links followed.
public func fileSize(_ path: String) throws -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else { throw TestFailure("cannot stat \(path): \(errnoText())") }
    return Int(status.st_size)
}

/// Whether something, even a dangling link, stands at the path.
public func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
}

/// The path with all links on the way followed; the path itself where it leads nowhere.
public func resolvingLinks(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
}

/// Turns all bits of one byte of a file.
public func flipByte(at offset: Int, in path: String) throws {
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw TestFailure("cannot open \(path): \(errnoText())") }
    defer { close(descriptor) }
    var byte: UInt8 = 0
    guard pread(descriptor, &byte, 1, off_t(offset)) == 1 else { throw TestFailure("\(path) has no byte \(offset)") }
    byte = ~byte
    guard pwrite(descriptor, &byte, 1, off_t(offset)) == 1 else {
        throw TestFailure("cannot change \(path): \(errnoText())")
    }
}

/// Absolute paths of everything below a folder that is not itself a folder, sorted; empty where there is no folder.
public func filesBelow(_ folder: String) throws -> [String] {
    guard exists(folder) else { return [] }
    guard let names = FileManager.default.enumerator(atPath: folder) else { throw TestFailure("cannot list \(folder)") }
    var found: [String] = []
    while let name = names.nextObject() as? String {
        if names.fileAttributes?[.type] as? FileAttributeType != .typeDirectory { found.append(folder + "/" + name) }
    }
    return found.sorted()
}

/// Removes a file or a folder with all it holds.
public func removeTree(_ path: String) throws {
    try FileManager.default.removeItem(atPath: path)
}
