import CLibPQ

/// The columns of one result by name, looked up once for all of its rows.
@safe
final class ColumnNames {
    private let result: OpaquePointer
    private var numbers: [String: Int]?

    /// The result must outlive its last look-up.
    init(of result: OpaquePointer) {
        unsafe self.result = unsafe result
    }

    /// The number of a column; nil when the result has no such column, or more than one.
    subscript(name: String) -> Int? {
        if let numbers { return numbers[name] }
        let numbers = read()
        self.numbers = numbers
        return numbers[name]
    }

    private func read() -> [String: Int] {
        var numbers: [String: Int] = [:]
        var repeated: Set<String> = []
        for column in 0..<(unsafe PQnfields(result)) {
            guard let name = unsafe PQfname(result, column).map({ unsafe String(cString: $0) }) else { continue }
            if numbers.updateValue(Int(column), forKey: name) != nil { repeated.insert(name) }
        }
        for name in repeated { numbers[name] = nil }
        return numbers
    }
}
