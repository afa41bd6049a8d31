internal import NIOCore
internal import SwarmWire

/// Cuts a connection's bytes into frames. The size of each is checked before memory is set aside for it; a large frame
/// is put together in one buffer of its exact size.
struct FrameDecoder {
    var limits: FrameLimits
    /// Bytes of a frame's head that came apart, at most six.
    private var carry: [UInt8] = []
    private var body: ByteBuffer?
    private var missing = 0

    /// Length, message number, extension number, kind of message.
    private static let headSize = 7

    init(limits: FrameLimits) {
        self.limits = limits
    }

    /// Whether bytes of a frame have come, but not all.
    var isInsideFrame: Bool { body != nil || !carry.isEmpty }

    /// How many have.
    var bytesOfFrame: Int { body?.readableBytes ?? 0 }

    /// Takes the next frame from the front of `input`; what it does not return is kept for later.
    /// - Returns: the content of a frame from its message number on, empty for a sign of life; nil if more bytes are
    ///   needed.
    mutating func next(_ input: inout ByteBuffer) throws(SwarmWireError) -> ByteBuffer? {
        if body == nil {
            if carry.isEmpty, let frame = try whole(&input) { return frame }
            guard try begin(&input) else { return nil }
        }
        return fill(&input)
    }

    /// Larger frames are always copied: a piece of the buffer that was read into would keep all of it alive, and TLS
    /// would need a new one for every read.
    private static let largestLent = 16 << 10

    /// The frame if it is small and all of it is in `input`.
    private mutating func whole(_ input: inout ByteBuffer) throws(SwarmWireError) -> ByteBuffer? {
        guard let length = input.getInteger(at: input.readerIndex, as: UInt32.self),
            length <= Self.largestLent, input.readableBytes - PeerMessage.lengthSize >= Int(length)
        else { return nil }
        try check(Int(length), Array(input.readableBytesView.prefix(Self.headSize)))
        input.moveReaderIndex(forwardBy: PeerMessage.lengthSize)
        return input.readSlice(length: Int(length))
    }

    /// Reads the head of a frame and sets memory aside.
    private mutating func begin(_ input: inout ByteBuffer) throws(SwarmWireError) -> Bool {
        while true {
            if carry.count >= PeerMessage.lengthSize {
                let length = carry.prefix(PeerMessage.lengthSize).reduce(0) { $0 << 8 | Int($1) }
                if carry.count >= min(Self.headSize, PeerMessage.lengthSize + length) {
                    try check(length, carry)
                    var body = ByteBufferAllocator().buffer(capacity: length)
                    body.writeBytes(carry.dropFirst(PeerMessage.lengthSize))
                    missing = length - body.readableBytes
                    self.body = body
                    carry.removeAll(keepingCapacity: true)
                    return true
                }
            }
            guard let byte = input.readInteger(as: UInt8.self) else { return false }
            carry.append(byte)
        }
    }

    private mutating func fill(_ input: inout ByteBuffer) -> ByteBuffer? {
        guard var part = input.readSlice(length: min(missing, input.readableBytes)) else { return nil }
        missing -= part.readableBytes
        body?.writeBuffer(&part)
        guard missing == 0 else { return nil }
        defer { body = nil }
        return body
    }

    private func check(_ length: Int, _ head: [UInt8]) throws(SwarmWireError) {
        let field = { (index: Int) in length > index && head.count > 4 + index ? head[4 + index] : nil }
        let maximum = limits.maximum(number: field(0), extensionNumber: field(1), kind: field(2))
        guard length <= maximum else {
            throw SwarmWireError(
                maximum == 0 ? .unexpected : .tooLarge,
                "the peer announces a message of \(length) bytes where \(maximum) are allowed")
        }
    }
}

/// How large frames may be, by what they are: large ones come only as answers to requests.
struct FrameLimits {
    let dialect: PeerDialect
    /// The number that we gave our extension.
    let ownExtension: UInt8
    /// Whether answers to requests are due.
    var awaitsAnswers = false
    /// Whether we have asked what the peer has of a file.
    var awaitsAvailability = false

    /// What a stranger may say at a time.
    private static let smallFrame = 16 << 10

    func maximum(number: UInt8?, extensionNumber: UInt8?, kind: UInt8?) -> Int {
        guard number == PeerMessage.extended, let extensionNumber else { return Self.smallFrame }
        guard extensionNumber == ownExtension, let kind else {
            return extensionNumber == 0 ? ExtensionHandshake.maximumSize + 2 : Self.smallFrame
        }
        switch dialect {
        case .zest:
            guard kind == ZestMessage.responseType else { return Self.smallFrame }
            return awaitsAnswers ? ZestMessage.maximumFrame : 0
        case .shoal:
            switch SwarmMessage.Kind(rawValue: kind) {
            case .run: return awaitsAnswers ? SwarmMessage.maximumFrame : 0
            case .manifestPart: return awaitsAnswers ? SwarmMessage.maximumManifestPart + 64 : 0
            case .leaves: return awaitsAnswers ? SwarmMessage.maximumLeaves + 64 : 0
            case .available, .have, .coming:
                return awaitsAvailability ? SwarmMessage.maximumControlFrame : Self.smallFrame
            default: return Self.smallFrame
            }
        }
    }
}
