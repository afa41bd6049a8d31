import Foundation

/// Writes a safetensors file: 8 bytes header length, a JSON header, the tensors one after the other.
struct SafetensorsFile {
    var tensors: [Tensor]

    /// The header with its length in front, padded so that the data is aligned to 8 bytes.
    func header() -> [UInt8] {
        var entries = [#""__metadata__":{"format":"pt"}"#]
        var offset = 0
        for tensor in tensors {
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            entries.append(
                #""\#(tensor.name)":{"dtype":"BF16","shape":[\#(shape)],"#
                    + #""data_offsets":[\#(offset),\#(offset + tensor.byteCount)]}"#)
            offset += tensor.byteCount
        }
        var json = Array("{\(entries.joined(separator: ","))}".utf8)
        while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
        return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
    }

    /// Writes the file. The values depend on `seed` and on each tensor's name and generation alone.
    func write(to url: URL, seed: UInt64) throws {
        guard FileManager.default.createFile(atPath: url.path, contents: nil) else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: url.path])
        }
        let file = try FileHandle(forWritingTo: url)
        defer { try? file.close() }
        try file.write(contentsOf: header())
        var tables: [Double: GaussianWeights] = [:]
        let buffer = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: 1 << 20)
        defer { buffer.deallocate() }
        for tensor in tensors {
            var random = RandomWords(seed: seed &+ UInt64(tensor.generation), name: tensor.name)
            var left = tensor.elementCount
            while left > 0 {
                let part = UnsafeMutableBufferPointer(rebasing: buffer[..<min(left, buffer.count)])
                switch tensor.content {
                case .ones:
                    part.update(repeating: GaussianWeights.bfloat16(1).littleEndian)
                case .gaussian(let deviation):
                    let table = tables[deviation] ?? GaussianWeights(deviation: deviation)
                    tables[deviation] = table
                    table.fill(part, from: &random)
                }
                // The buffer outlives the write, so the data may point into it.
                let bytes = UnsafeMutableRawBufferPointer(part)
                guard let base = bytes.baseAddress else { break }
                try file.write(contentsOf: Data(bytesNoCopy: base, count: bytes.count, deallocator: .none))
                left -= part.count
            }
        }
    }
}
