import Testing

@testable import Webhooks

/// The secret: what can be one, and that it shows nowhere.
struct WebhookSecretTests {
    @Test(arguments: [
        ("s", true), ("two words", true), ("s\n", true), ("s\r\n", true), (String(repeating: "x", count: 512), true),
        ("", false), ("\n", false), (" s", false), ("s ", false), ("a\nb", false), ("a\tb", false), ("é", false),
        ("s\n\n", false), ("\u{7F}", false), (String(repeating: "x", count: 513), false),
    ])
    func `what a header can carry can be a secret`(text: String, isOne: Bool) {
        #expect((WebhookSecret(text) != nil) == isOne)
    }

    @Test func `only the same text is equal`() throws {
        let secret = try #require(WebhookSecret("canary\n"))
        #expect(secret.isEqual(to: "canary"))
        for other in ["", "canar", "canaryy", "Canary", "canary ", " canary", "canary\n"] {
            #expect(!secret.isEqual(to: other))
        }
    }

    @Test func `it shows nowhere`() throws {
        let secret = try #require(WebhookSecret("canary"))
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, String(describing: [secret])] {
            #expect(!text.contains("canary"))
        }
    }
}
