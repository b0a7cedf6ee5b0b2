import ArgumentParser
import TraceStreams
import ZCapKit

/// What the commands that put streams into order may keep, the same for all of them.
struct MemoryOptions: ParsableArguments {
  @Option(
    name: .customLong("max-memory"),
    help: ArgumentHelp(
      "Memory for data that waits for a packet before it; beyond it the oldest hole becomes a gap. "
        + "Default: 256M.",
      valueName: "n[K|M|G]"))
  var most: ByteSize?

  mutating func validate() throws {
    if let most { try refuse(most.bytes < 1000, "--max-memory \(most.bytes): at least 1K.") }
  }

  var limits: StreamAssembler.Limits {
    var limits = StreamAssembler.Limits()
    if let most { limits.total = Int(clamping: most.bytes) }
    return limits
  }
}
