#if Server
internal import HTTPTypes
internal import Hummingbird

/// The page at "/": shows the activity of the models and classifies a picture that is dropped on it. It loads nothing
/// from other origins and declares so in its policy.
enum StatusPage {
    enum File { case html, script, style }

    static func response(_ file: File) -> Response {
        var response =
            switch file {
            case .html: Response.text(html, type: "text/html; charset=utf-8")
            case .script: Response.text(script, type: "text/javascript; charset=utf-8")
            case .style: Response.text(style, type: "text/css; charset=utf-8")
            }
        response.headers[.contentSecurityPolicy] =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src blob:; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        response.headers[.xContentTypeOptions] = "nosniff"
        return response
    }

    private static let html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>deeper</title>
        <link rel="stylesheet" href="status.css">
        <script src="status.js" defer></script>
        </head>
        <body>
        <header><h1>deeper</h1><p id="state" role="status">connecting</p></header>
        <p id="locked" hidden><label>Bearer token <input id="token" type="password" autocomplete="off"></label></p>
        <main>
        <table>
        <caption>Models</caption>
        <thead><tr><th scope="col">Model</th><th scope="col">Version</th><th scope="col">State</th>
        <th scope="col">Requests/s</th><th scope="col">Rows per batch</th><th scope="col">Latency, ms</th>
        <th scope="col">In queue, ms</th><th scope="col">Requests</th><th scope="col">Failed</th>
        <th scope="col">Requests/s, last minute</th></tr></thead>
        <tbody id="models"></tbody>
        </table>
        <section id="drop" tabindex="0" aria-label="Try a model">
        <p><label>Drop a picture here to try <select id="model"></select></label>
        <label class="button">or choose one<input id="file" type="file" accept="image/*,.heic,.heif,.avif"></label></p>
        <figure><img id="picture" alt="" hidden><figcaption id="answer" role="status"></figcaption></figure>
        </section>
        </main>
        <footer><a href="metrics">metrics</a> <a href="v2">server</a> <a href="v2/models">models</a>
        <a href="v2/models/stats">statistics</a> <a href="openapi.json">OpenAPI</a></footer>
        </body>
        </html>

        """
}
#endif
