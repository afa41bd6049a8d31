package import PublishWire

extension Catalogue.Listing {
    /// What speaks against it, one clause each.
    package func warnings(_ standing: Discovery.Standing) -> [String] {
        var warnings: [String] = []
        if case .conflict(let pinned) = verdict, !standing.contains(.own) {
            warnings.append("\(entry.id.namespace)/* belongs to \(pinned.shortForm)")
        }
        if let lookAlike { warnings.append("easily taken for \(lookAlike.known) of \(lookAlike.owner.shortForm)") }
        if entry.isBare {
            warnings.append("only its name and torrent are known, from its publisher's root; the list could not be had")
        }
        if standing.contains(.stale) { warnings.append("nobody has heard of the publisher for long") }
        if standing.contains(.outdated), !entry.isBare {
            warnings.append("there is a newer list, which could not be had")
        }
        return warnings
    }
}

extension TrustBook.Verdict {
    /// As in JSON.
    package var word: String {
        switch self {
        case .trusted: "trusted"
        case .new: "new"
        case .unknown: "unknown"
        case .conflict: "conflict"
        case .revoked: "revoked"
        }
    }
}
