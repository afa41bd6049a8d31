internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The agent's page for people. It holds nothing of what it shows: that comes from the control API, with the token that
/// stands behind `#` in the page's address.
enum Dashboard {
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// - Returns: nil for a path at which there is no part of the page.
    static func page(at path: Substring) -> Response? {
        switch path {
        case "/": response(html, "text/html; charset=utf-8")
        case "/dashboard.css": response(style, "text/css; charset=utf-8")
        case "/dashboard.js": response(script, "text/javascript; charset=utf-8")
        default: nil
        }
    }

    private static func response(_ text: String, _ type: String) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: type, .cacheControl: "no-cache", .own("Content-Security-Policy"): policy,
                .own("X-Content-Type-Options"): "nosniff", .own("Referrer-Policy"): "no-referrer",
                .own("X-Frame-Options"): "DENY",
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    static let html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Shoal agent</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="/dashboard.css">
        <script src="/dashboard.js" defer></script>
        </head>
        <body>
        <header>
        <h1>Shoal</h1>
        <p id="line">connecting…</p>
        </header>
        <noscript><p class="note">This page needs scripts; <code>shoal status</code> tells the same.</p></noscript>
        <form id="entry" hidden>
        <label for="token">The agent's token (<code>shoal status</code> prints an address that has it)</label>
        <input id="token" type="password" autocomplete="off" required>
        <button>Show</button>
        </form>
        <main id="content" hidden>
        <section aria-labelledby="h-bytes">
        <h2 id="h-bytes">Where bytes came from</h2>
        <div id="sources"></div>
        <dl id="totals"></dl>
        </section>
        <section aria-labelledby="h-peers">
        <h2 id="h-peers">Peers</h2>
        <div id="peers"></div>
        </section>
        <section class="wide" aria-labelledby="h-transfers">
        <h2 id="h-transfers">Transfers</h2>
        <div id="transfers"></div>
        </section>
        <section class="wide" aria-labelledby="h-torrents">
        <h2 id="h-torrents">Torrents</h2>
        <p id="torrent-line" class="empty"></p>
        <div id="torrents"></div>
        </section>
        <section class="wide" aria-labelledby="h-models">
        <h2 id="h-models">Models</h2>
        <div id="models"></div>
        </section>
        </main>
        </body>
        </html>

        """
}
