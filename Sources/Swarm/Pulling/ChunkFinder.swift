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
    }

    let draft: ManifestDraft
    var hunt: ManifestHunt
    /// The links of peers that should have the list of a xorb.
    private var holders: [Int: [Int]] = [:]
    private var questions: [Int: Question] = [:]

    /// Silence after which another peer is asked.
    private static let patience = 2.0
    /// Questions at once.
    private static let mostQuestions = 16

    init(_ draft: ManifestDraft, hunt: ManifestHunt) {
        self.draft = draft
        self.hunt = hunt
    }

    /// A peer has a piece of a xorb that is not known here.
    mutating func found(_ piece: Int, at link: Int, in layout: PieceLayout) {
        let xorb = draft.place(of: Int(layout.firstChunks[piece])).xorb
        guard !draft.isKnown(xorb: xorb), holders[xorb]?.contains(link) != true else { return }
        holders[xorb, default: []].append(link)
    }

    /// A peer is gone.
    mutating func lost(_ link: Int) {
        for xorb in holders.keys { holders[xorb]?.removeAll { $0 == link } }
        questions = questions.filter { $0.value.link != link }
    }

    /// A peer does not answer a question, if it was one.
    mutating func refused(_ id: PeerRequestID, by link: Int) {
        for (xorb, question) in questions where question.id == id && question.link == link {
            questions[xorb] = nil
            holders[xorb]?.removeAll { $0 == link }
        }
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
    /// - Parameter ask: sends a question on a link; nil when that is gone.
    mutating func ask(_ now: Double, _ ask: (Int, XorbHash) -> PeerRequestID?) {
        for (xorb, question) in questions where now - question.askedAt > Self.patience {
            questions[xorb] = nil
            // The last one to be asked again.
            holders[xorb]?.removeAll { $0 == question.link }
            holders[xorb]?.append(question.link)
        }
        for (xorb, links) in holders where questions[xorb] == nil && questions.count < Self.mostQuestions {
            guard let link = links.first else {
                holders[xorb] = nil
                continue
            }
            guard let id = ask(link, draft.xorbs[xorb].hash) else {
                holders[xorb]?.removeFirst()
                continue
            }
            questions[xorb] = Question(link: link, id: id, askedAt: now)
        }
    }
}
