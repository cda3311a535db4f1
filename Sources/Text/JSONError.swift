/// A text that is no JSON document.
package struct JSONError: Error, Equatable {
    /// The byte at which reading stopped, from 0.
    package let offset: Int

    /// Reading stopped at this byte.
    package init(offset: Int) { self.offset = offset }
}
