import ArgumentParser
import TraceStreams
import ZCapKit

/// What the commands that place records in conversations may keep, the same for all of them.
final class MemoryOptions: ParsableArguments {
  @Option(
    name: .customLong("max-memory"),
    help: ArgumentHelp(
      "Memory for open conversations (half of it), data that waits for a packet before it and messages under "
        + "way (a quarter each). Beyond it the conversation idle longest is put aside, the oldest hole becomes "
        + "a gap, the longest message is cut; what was given up is said. Default: 384M, 8M and 16M.",
      valueName: "n[K|M|G]"))
  var most: ByteSize?

  func validate() throws {
    if let most { try refuse(most.bytes < 1000, "--max-memory \(most.bytes): at least 1K.") }
  }

  var limits: StreamAssembler.Limits {
    most.map { StreamAssembler.Limits(memory: Int(clamping: $0.bytes)) } ?? StreamAssembler.Limits()
  }
}
