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
    if let most, most.bytes < 1000 {
      throw ValidationError("--max-memory \(most.bytes): at least 1K.")
    }
  }

  var limits: StreamAssembler.Limits {
    var limits = StreamAssembler.Limits()
    if let most { limits.total = Int(clamping: most.bytes) }
    return limits
  }

  /// Says on standard error which holes were given up before their time, and what came for them.
  static func report(_ counts: StreamAssembler.Counts) {
    var parts: [String] = []
    if counts.byMemory > 0 {
      parts.append("\(counts.byMemory.counted("hole")) became gaps to bound memory (--max-memory)")
    }
    if counts.byStreamLimit > 0 {
      let count = counts.byStreamLimit.counted("hole")
      parts.append("\(count) became gaps because too much of one stream waited")
    }
    if counts.late > 0 {
      parts.append("\(counts.late.counted("packet")) came too late for a hole given up before")
    }
    if counts.beforeStart > 0 {
      let count = counts.beforeStart.counted("packet")
      parts.append("\(count) not read: from before the first byte of a stream that began earlier")
    }
    if counts.strays > 0 {
      let count = counts.strays.counted("packet")
      parts.append("\(count) not read: sequence numbers that do not belong to the connection")
    }
    if counts.afterEnd > 0 {
      parts.append(
        "\(counts.afterEnd.counted("packet")) not read: data after the end of the stream")
    }
    if !parts.isEmpty { Diagnostics.line("zcap: " + parts.joined(separator: ", ")) }
  }
}
