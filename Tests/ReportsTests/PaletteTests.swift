import Foundation
import Testing

@testable import Reports

/// WCAG 2.2: text needs 4.5 to 1 (1.4.3), shapes that carry meaning 3 to 1 (1.4.11).
@Suite struct PaletteTests {
    static let palettes = [("light", Palette.light), ("dark", Palette.dark)]

    @Test(arguments: palettes)
    func `every text can be read where it stands`(theme: String, palette: Palette) throws {
        let grounds = [palette.paper, palette.surface, palette.raised]
        for ground in grounds + [palette.notice] {
            for ink in [palette.text, palette.link, palette.muted] { try expect(ink, on: ground, atLeast: 4.5, theme) }
        }
        // The mark before a notice.
        try expect(palette.notice, on: palette.noticeEdge, atLeast: 4.5, theme)
    }

    @Test(arguments: palettes)
    func `every shape stands out from its ground`(theme: String, palette: Palette) throws {
        let shapes = [
            palette.back, palette.customer, palette.engineer, palette.mono, palette.bank, palette.nobody, palette.muted,
        ]
        for shape in shapes {
            for ground in [palette.paper, palette.surface, palette.raised] {
                try expect(shape, on: ground, atLeast: 3, theme)
            }
        }
        try expect(palette.noticeEdge, on: palette.paper, atLeast: 3, theme)
        try expect(palette.nobody, on: palette.surface, atLeast: 3, theme)
    }

    @Test func `the ratio is the standard's`() throws {
        #expect(try ratio("#000000", "#ffffff") == 21)
        #expect(try abs(ratio("#777777", "#ffffff") - 4.478) < 0.001)
    }

    private func expect(_ ink: String, on ground: String, atLeast least: Double, _ theme: String) throws {
        let ratio = try ratio(ink, ground)
        #expect(ratio >= least, "\(theme): \(ink) on \(ground) is \(ratio)")
    }

    private func ratio(_ one: String, _ other: String) throws -> Double {
        let light = try [luminance(one), luminance(other)].sorted()
        return (light[1] + 0.05) / (light[0] + 0.05)
    }

    private func luminance(_ colour: String) throws -> Double {
        let value = try #require(Int(colour.dropFirst(), radix: 16))
        let parts = [16, 8, 0].map { shift -> Double in
            let part = Double(value >> shift & 255) / 255
            return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }
}
