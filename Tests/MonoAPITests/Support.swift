import Foundation
import NIOHTTP1
import Reconciliation
import Testing

@testable import MonoAPI

/// The account of the fixtures.
let accountText = "6a10f0c1d2e3f4a5b6c7d801"
/// The job of the fixtures.
let jobText = "6a10f0c1d2e3f4a5b6c7d8f1"
/// A key that must never be seen anywhere.
let keyText = "test_sk_Never-To-Be-Seen"
/// 2026-11-02T01:15:22Z.
let someNow: Int64 = 1_793_582_122

func account(_ text: String = accountText) throws -> AccountID { try #require(AccountID(text)) }

func key() throws -> SecretKey { try #require(SecretKey(keyText)) }

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A recorded body.
func fixture(_ name: String) throws -> [UInt8] {
    let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
    return Array(try Data(contentsOf: url))
}

func inDoubt(_ why: String, isAnswer: Bool = true) -> SyncAnswer { .inDoubt(Doubt(why, isAnswer: isAnswer)) }
