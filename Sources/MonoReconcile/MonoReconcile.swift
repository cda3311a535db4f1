import ArgumentParser

@main
struct MonoReconcile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "mono-reconcile")
}
