import Foundation

/// What git and git-lfs send as `Authorization`: a bearer token, or a token as the password of any user name.
enum GitCredentials {
    /// Makes git ask for a user name and a password.
    static let challenge = "Basic realm=\"Shoal\", charset=\"UTF-8\""

    /// The token in the header; nil when there is none. `allowsBasic` only where no browser's form can be answered:
    /// browsers send Basic credentials on their own.
    static func token(_ header: String, allowsBasic: Bool) -> String? {
        let words = header.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { return nil }
        let value = words[1].trimmingCharacters(in: .whitespaces)
        switch words[0].lowercased() {
        case "bearer": return value
        case "basic" where allowsBasic:
            guard let pair = Data(base64Encoded: value).flatMap({ String(validating: $0, as: UTF8.self) }),
                let colon = pair.firstIndex(of: ":")
            else { return nil }
            let password = pair[pair.index(after: colon)...]
            // `https://hf_…@host/…` names the token as the user.
            return password.isEmpty ? String(pair[..<colon]) : String(password)
        default: return nil
        }
    }
}
