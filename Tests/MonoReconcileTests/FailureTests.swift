import Testing

@testable import MonoReconcile
