internal import NIOCore
internal import SwarmWire
internal import Transfer
internal import Xet

/// Who is asked what the chunks of a file are that has no manifest: for the lists of xorbs of which peers have something,
/// and for the whole manifest once somebody has it.
struct ChunkFinder {
    private struct Question {
        var link: Int
        var id: PeerRequestID
        var askedAt: Double
        /// What the peer had sent when it was last looked at, and when that was.
        var seen: (bytes: UInt64, at: Double)
    }

    let draft: ManifestDraft
    var hunt: ManifestHunt
    /// The links of peers that should have the list of a xorb.
    private var holders: [Int: [Int]] = [:]
    private var questions: [Int: Question] = [:]
    /// Links of peers that did not answer.
    private var useless: Set<Int> = []

    /// Silence after which another peer is asked; and how long one that sends other things may take.
    private static let patience = 2.5
    private static let lastPatience = 10.0
    /// Questions at once.
    private static let mostQuestions = 16

    init(_ draft: ManifestDraft, hunt: ManifestHunt) {
        self.draft = draft
        self.hunt = hunt
    }

    /// A peer has a piece of a xorb that is not known here.
    /// - Returns: whether the peer may tell what is in it.
    mutating func found(_ piece: Int, at link: Int, in layout: PieceLayout) -> Bool {
        let xorb = draft.place(of: Int(layout.firstChunks[piece])).xorb
        guard !useless.contains(link) else { return false }
        if holders[xorb]?.contains(link) != true { holders[xorb, default: []].append(link) }
        return true
    }

    /// A peer is gone.
    mutating func lost(_ link: Int) {
        for xorb in holders.keys { holders[xorb]?.removeAll { $0 == link } }
        questions = questions.filter { $0.value.link != link }
    }

    /// A peer will not answer a request.
    /// - Returns: whether that was a question for a list.
    mutating func refused(_ id: PeerRequestID, by link: Int) -> Bool {
        guard let found = questions.first(where: { $0.value.id == id && $0.value.link == link }) else { return false }
        questions[found.key] = nil
        holders[found.key]?.removeAll { $0 == link }
        return true
    }

    /// Takes a question that is answered out of the books.
    /// - Returns: whether it was asked.
    mutating func answered(_ id: PeerRequestID, _ xorb: XorbHash, by link: Int) -> Bool {
        let found = questions.first { $0.value.id == id && $0.value.link == link && draft.xorbs[$0.key].hash == xorb }
        guard let found else { return false }
        questions[found.key] = nil
        return true
    }

    /// Xorbs whose lists somebody should have, with the link of one who does.
    var awaited: [(xorb: Int, link: Int)] {
        holders.compactMap { xorb, links in links.first.map { (xorb, $0) } }
    }

    /// A xorb is known.
    mutating func settle(_ xorb: Int) {
        holders[xorb] = nil
        questions[xorb] = nil
    }

    /// Asks what is to be asked now.
    /// - Parameters:
    ///   - received: bytes that have come on a link.
    ///   - ask: sends a question on a link; nil when whoever is there has no lists.
    /// - Returns: links of peers of which nothing is to be hoped for any more.
    mutating func ask(
        _ now: Double, received: (Int) -> UInt64, _ ask: (Int, XorbHash) -> PeerRequestID?
    ) -> Set<Int> {
        var hopeless: Set<Int> = []
        for (xorb, question) in questions where now - question.seen.at > Self.patience {
            let bytes = received(question.link)
            if bytes > question.seen.bytes, now - question.askedAt < Self.lastPatience {
                questions[xorb]?.seen = (bytes, now)
            } else {
                hopeless.insert(question.link)
            }
        }
        for (xorb, links) in holders where questions[xorb] == nil && questions.count < Self.mostQuestions {
            guard let link = links.first(where: { !hopeless.contains($0) }) else { continue }
            if let id = ask(link, draft.xorbs[xorb].hash) {
                questions[xorb] = Question(link: link, id: id, askedAt: now, seen: (received(link), now))
            } else {
                hopeless.insert(link)
            }
        }
        useless.formUnion(hopeless)
        for link in hopeless { lost(link) }
        return hopeless
    }
}
