/// Records payloads in few commits, so that a refused payload fails alone.
///
/// When a commit of several payloads is refused, each half is tried by itself.
///
/// - Parameters:
///   - payloads: In their order, which is kept.
///   - isRefusal: Whether an error is about one of the payloads. After any other, the rest is not tried.
///   - record: Records payloads in one commit and returns the effect of each.
/// - Returns: The effect of each payload, or why it is not known to be recorded.
package func recordByHalves<Fault>(
    _ payloads: [String], isRefusal: (Fault) -> Bool, _ record: ([String]) async throws(Fault) -> [String]
) async -> [Result<String, Fault>] {
    var results: [Result<String, Fault>] = []
    var pieces = [payloads[...]]
    while let piece = pieces.popLast() {
        do throws(Fault) {
            results += try await record(Array(piece)).map { .success($0) }
        } catch {
            guard isRefusal(error) else {
                return results + repeatElement(.failure(error), count: payloads.count - results.count)
            }
            if piece.count > 1 {
                let middle = piece.startIndex + piece.count / 2
                pieces += [piece[middle...], piece[..<middle]]
            } else {
                results.append(.failure(error))
            }
        }
    }
    return results
}
