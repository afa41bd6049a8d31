import CCMarkGFM
import Foundation

/// Renders Markdown of strangers for a page: GitHub's dialect without raw HTML, `javascript:` links or images from
/// elsewhere.
///
/// Rendering blocks for up to some milliseconds; call it where blocking is fine.
struct MarkdownRenderer: Sendable {
    /// Where relative links lead.
    let links: PageLinks
    let revision: String
    /// The folder that holds the document, without slashes at its ends.
    let folder: String

    /// Longer documents are shown as they are, in bytes.
    static let maximumLength = 512 << 10
    /// A table's rows are filled up to the width of its head, so a short text can ask for millions of cells.
    private static let maximumCells = 200_000
    /// Searching for addresses in one long word costs the square of its length.
    private static let maximumAddresses = 5_000
    private static let maximumHeadings = 1_000

    /// Nil when the document is too long to be rendered.
    func render(_ text: String) -> HTML? {
        guard text.utf8.count <= Self.maximumLength else { return nil }
        cmark_gfm_core_extensions_ensure_registered()
        let options = CMARK_OPT_DEFAULT | CMARK_OPT_VALIDATE_UTF8
        guard let parser = cmark_parser_new(options) else { return nil }
        defer { cmark_parser_free(parser) }
        for name in Self.extensions(for: text) {
            if let found = cmark_find_syntax_extension(name) { cmark_parser_attach_syntax_extension(parser, found) }
        }
        var copy = text
        copy.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cmark_parser_feed(parser, $0.baseAddress, $0.count) }
        }
        guard let root = cmark_parser_finish(parser) else { return nil }
        defer { cmark_node_free(root) }
        rewrite(root)
        guard let markup = cmark_render_html(root, options, cmark_parser_get_syntax_extensions(parser)) else {
            return nil
        }
        defer { free(markup) }
        // Task boxes come as `<input … disabled="" />`: nothing in them is the author's.
        return HTML(trusted: String(cString: markup))
    }

    private static func extensions(for text: String) -> [String] {
        var widest = 0
        var bars = 0
        var lines = 1
        var addresses = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"):
                lines += 1
                bars = 0
            case UInt8(ascii: "|"):
                bars += 1
                widest = max(widest, bars)
            case UInt8(ascii: "@"), UInt8(ascii: ":"): addresses += 1
            default: break
            }
        }
        var names = ["strikethrough", "tasklist"]
        if widest * lines <= maximumCells { names.append("table") }
        if addresses <= maximumAddresses { names.append("autolink") }
        return names
    }

    // MARK: Links

    private func rewrite(_ root: OpaquePointer) {
        guard let iterator = cmark_iter_new(root) else { return }
        defer { cmark_iter_free(iterator) }
        var foreignImages: [OpaquePointer] = []
        var headings: [OpaquePointer] = []
        while true {
            let event = cmark_iter_next(iterator)
            guard event != CMARK_EVENT_DONE else { break }
            guard event == CMARK_EVENT_ENTER, let node = cmark_iter_get_node(iterator) else { continue }
            switch cmark_node_get_type(node) {
            case CMARK_NODE_LINK:
                cmark_node_set_url(node, target(of: Self.url(node), isImage: false) ?? "")
            case CMARK_NODE_IMAGE:
                if let local = target(of: Self.url(node), isImage: true) {
                    cmark_node_set_url(node, local)
                } else {
                    foreignImages.append(node)
                }
            case CMARK_NODE_HEADING:
                if headings.count < Self.maximumHeadings { headings.append(node) }
            default: break
            }
        }
        // Only now, for the iterator must not meet nodes that have moved.
        for node in foreignImages { Self.replaceByLink(node) }
        Self.addAnchors(headings)
    }

    private static func url(_ node: OpaquePointer) -> String {
        cmark_node_get_url(node).map { String(cString: $0) } ?? ""
    }

    /// Where a link leads on this hub, a full address for other hosts, or nil for what must not be followed (a link) or
    /// loaded (an image).
    func target(of url: String, isImage: Bool) -> String? {
        let url = url.trimmingCharacters(in: .whitespacesAndNewlines)
        let lowered = url.lowercased()
        if url.hasPrefix("#") { return isImage ? nil : "#" + Self.anchorPrefix + url.dropFirst().lowercased() }
        if lowered.hasPrefix("https://") || lowered.hasPrefix("http://") || lowered.hasPrefix("mailto:") {
            return isImage ? nil : url
        }
        let path = url.prefix { $0 != "?" && $0 != "#" }
        // A colon before the first slash is a scheme, and those that may be followed have been dealt with.
        let first = path.prefix { $0 != "/" }
        guard !url.hasPrefix("//"), !url.hasPrefix("\\"), !first.contains(":") else { return nil }
        if url.hasPrefix("/") { return isImage ? nil : url }
        guard let resolved = Self.resolve(path.removingPercentEncoding ?? String(path), in: folder), !resolved.isEmpty
        else { return isImage ? nil : links.tree(revision) }
        return isImage ? links.resolve(revision, resolved) : links.blob(revision, resolved)
    }

    /// A relative path inside the repository; nil when it leads out of it.
    static func resolve(_ path: String, in folder: String) -> String? {
        var names = folder.isEmpty ? [] : folder.split(separator: "/").map(String.init)
        for part in path.split(separator: "/") {
            switch part {
            case ".": continue
            case "..":
                guard names.popLast() != nil else { return nil }
            default: names.append(String(part))
            }
        }
        return names.joined(separator: "/")
    }

    /// An image elsewhere would tell its host who reads this page, so a link stands in its place.
    private static func replaceByLink(_ image: OpaquePointer) {
        let url = url(image)
        let lowered = url.lowercased()
        guard let link = cmark_node_new(CMARK_NODE_LINK) else { return }
        let isWeb = lowered.hasPrefix("https://") || lowered.hasPrefix("http://")
        // Inside a link there can be no other.
        let isInLink = cmark_node_parent(image).map { cmark_node_get_type($0) == CMARK_NODE_LINK } ?? false
        cmark_node_set_url(link, isWeb ? url : "")
        cmark_node_set_title(link, "An image that is not kept on this hub")
        var hasText = false
        while let child = cmark_node_first_child(image) {
            cmark_node_unlink(child)
            if isInLink {
                cmark_node_insert_before(image, child)
            } else {
                cmark_node_append_child(link, child)
            }
            hasText = true
        }
        if !hasText, let text = cmark_node_new(CMARK_NODE_TEXT) {
            cmark_node_set_literal(text, "image")
            if isInLink { cmark_node_insert_before(image, text) } else { cmark_node_append_child(link, text) }
        }
        if isInLink {
            cmark_node_free(link)
        } else {
            cmark_node_insert_before(image, link)
        }
        cmark_node_unlink(image)
        cmark_node_free(image)
    }

    // MARK: Headings

    static let anchorPrefix = "readme-"

    /// Gives each heading the name that GitHub would, behind a prefix that keeps it apart from the page's own.
    private static func addAnchors(_ headings: [OpaquePointer]) {
        var seen: [String: Int] = [:]
        for heading in headings {
            let slug = slug(plainText(of: heading))
            guard !slug.isEmpty, let anchor = cmark_node_new(CMARK_NODE_CUSTOM_INLINE) else { continue }
            let count = seen[slug, default: 0]
            seen[slug] = count + 1
            // A slug has letters, digits, `-` and `_` only.
            cmark_node_set_on_enter(anchor, "<a id=\"\(anchorPrefix)\(slug)\(count > 0 ? "-\(count)" : "")\"></a>")
            cmark_node_prepend_child(heading, anchor)
        }
    }

    private static func plainText(of node: OpaquePointer) -> String {
        var text = ""
        guard let iterator = cmark_iter_new(node) else { return text }
        defer { cmark_iter_free(iterator) }
        while text.utf8.count < 200, cmark_iter_next(iterator) != CMARK_EVENT_DONE {
            guard let inner = cmark_iter_get_node(iterator) else { continue }
            let type = cmark_node_get_type(inner)
            guard type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE, let literal = cmark_node_get_literal(inner) else {
                continue
            }
            text += String(cString: literal)
        }
        return text
    }

    static func slug(_ text: String) -> String {
        var out = ""
        for character in text.lowercased().unicodeScalars {
            switch character {
            case " ", "-": out += "-"
            case "_": out += "_"
            default:
                if character.properties.isAlphabetic || character.properties.numericType != nil {
                    out.unicodeScalars.append(character)
                }
            }
        }
        return out
    }
}
