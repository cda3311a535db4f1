/// The colours of the pages, in both themes.
///
/// A test holds every pair that meets on a page against WCAG AA: 4.5 to 1 for text, 3 to 1 for shapes.
struct Palette {
    let paper, surface, raised, text, muted, line, link, notice, noticeEdge: String
    /// Of the five owners, and of what is back; each stands for a shape and a word as well.
    let back, customer, engineer, mono, bank, nobody: String

    static let light = Palette(
        paper: "#f7f6f3", surface: "#ffffff", raised: "#f0eee9", text: "#1c2024", muted: "#596069", line: "#dedbd4",
        link: "#0a5a9c", notice: "#fdf1dc", noticeEdge: "#a35200", back: "#2a7a4b", customer: "#a9520a",
        engineer: "#b3261e", mono: "#6a48bd", bank: "#1d69a8", nobody: "#656d77")

    static let dark = Palette(
        paper: "#131619", surface: "#1a1e22", raised: "#23282d", text: "#e7e9eb", muted: "#a4acb5", line: "#31373d",
        link: "#8bbbf2", notice: "#32260f", noticeEdge: "#e2a04c", back: "#63c28c", customer: "#e39d4e",
        engineer: "#f18d84", mono: "#b8a3f4", bank: "#79b6ec", nobody: "#9ca5af")

    /// As custom properties of a style sheet.
    var properties: String {
        """
        --paper:\(paper);--surface:\(surface);--raised:\(raised);--text:\(text);--muted:\(muted);--line:\(line);\
        --link:\(link);--notice:\(notice);--edge:\(noticeEdge);--back:\(back);--customer:\(customer);\
        --engineer:\(engineer);--mono:\(mono);--bank:\(bank);--nobody:\(nobody)
        """
    }
}
