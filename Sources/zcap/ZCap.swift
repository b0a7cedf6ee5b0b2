import ArgumentParser

@main
struct ZCap: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "zcap",
    abstract: "Read what z/OS network traces leave behind.")
}
