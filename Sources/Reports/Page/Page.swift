/// The frame that both pages share.
enum Page {
    /// A whole document that loads nothing, from nowhere.
    ///
    /// The policy lets the browser use this style and this script, known by their digests, and nothing else: not even
    /// a hole in the escaping could run anything.
    static func document(title: String, header: Markup, main: Markup, footer: Markup, hasScript: Bool) -> Markup {
        let script: Markup = hasScript ? "<script>\(script: PageScript.page)</script>\n" : .nothing
        let scriptSource: Markup = hasScript ? " script-src 'sha256-\(PageScript.page.digest)';" : .nothing
        let policy: Markup = """
            default-src 'none'; style-src 'sha256-\(StyleSheet.page.digest)';\(scriptSource) base-uri 'none'; \
            form-action 'none'
            """
        return """
            <!doctype html>
            <html lang=en>
            <head>
            <meta charset=utf-8>
            <meta http-equiv=Content-Security-Policy content="\(policy)">
            <meta name=viewport content="width=device-width,initial-scale=1">
            <meta name=referrer content=no-referrer>
            <meta name=color-scheme content="light dark">
            <title>\(title)</title>
            <style>\(sheet: StyleSheet.page)</style>
            </head>
            <body>
            <header>
            \(header)</header>
            <main>
            \(main)</main>
            <footer>
            \(footer)</footer>
            \(script)</body>
            </html>

            """
    }

    /// A headline with its first part, up to the first semicolon or full stop, as what one reads first.
    static func headline(_ text: String) -> Markup {
        if let end = text.firstIndex(of: ";") {
            let rest = text[text.index(after: end)...].drop { $0 == " " }
            return "<h1><b>\(String(text[..<end]))<span class=hid>;</span></b> \(String(rest))</h1>\n"
        }
        guard let end = text.firstRange(of: ". ")?.lowerBound else { return "<h1><b>\(text)</b></h1>\n" }
        return "<h1><b>\(String(text[...end]))</b>\(String(text[text.index(after: end)...]))</h1>\n"
    }
}
