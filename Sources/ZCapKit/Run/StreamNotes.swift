package import TraceStreams

extension StreamAssembler.Counts {
  /// Which holes were given up before their time, and what came for them; none when all is well.
  package var notes: [String] {
    let parts = [
      (byMemory, "hole", "became gaps to bound memory (--max-memory)"),
      (byStreamLimit, "hole", "became gaps because too much of one stream waited"),
      (late, "packet", "came too late for a hole given up before"),
      (
        beforeStart, "packet",
        "not read: from before the first byte of a stream that began earlier"
      ),
      (
        strays, "packet",
        "not read: sequence numbers that do not belong to the connection"
      ),
      (afterEnd, "packet", "not read: data after the end of the stream"),
    ].filter { $0.0 > 0 }.map { "\($0.0.counted($0.1)) \($0.2)" }
    return parts.isEmpty ? [] : [parts.joined(separator: ", ")]
  }
}

extension FlowTracker {
  /// What is in no flow; nothing when all is.
  package var notesOfOthers: [String] {
    let parts = [
      (counts.otherProtocols, "of other protocols"), (counts.cut, "cut before the ports"),
      (counts.malformed, "malformed"),
      (counts.unknownLinks, "of link types that are not decoded"),
      (fragments.incomplete, "in fragments that never came together"),
    ].filter { $0.0 > 0 }.map { "\($0.0.grouped) \($0.1)" }
    return parts.isEmpty ? [] : ["in no flow: \(parts.joined(separator: ", "))"]
  }
}
