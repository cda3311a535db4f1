/// A payload that is no JSON document.
package struct PayloadError: Error, Equatable {
    /// The byte at which reading stopped, from 0.
    package let offset: Int
}
