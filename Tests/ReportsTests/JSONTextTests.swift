import Foundation
import Testing
import Text

/// JSON that may be shown on a terminal.
struct JSONTextTests {
    @Test(arguments: [0x07, 0x1B, 0x7F, 0x9B, 0x061C, 0x200E, 0x200F, 0x202A, 0x202E, 0x2028, 0x2066, 0x2069])
    func `what a terminal would act on is escaped and still the same text`(code: UInt32) throws {
        let scalar = try #require(Unicode.Scalar(code))
        let text = "a\(Character(scalar))é"
        let quoted = JSONText.quoted(text)
        #expect(!quoted.unicodeScalars.contains(scalar))
        #expect(quoted.hasSuffix("é\""))
        #expect(try JSONDecoder().decode(String.self, from: Data(quoted.utf8)) == text)
        // In names as well.
        #expect(!JSONText.object([(text, .null)]).description.unicodeScalars.contains(scalar))
    }
}
