internal import TraceBytes
internal import TraceFormats
internal import TraceModel

/// One reader over bytes in memory, fed as a file, a pipe or a slow pipe would feed it.
enum ReaderRun {
  static func run(_ target: FuzzTarget, _ bytes: [UInt8], _ rendering: Rendering) throws {
    var reader: any TraceReader =
      switch target {
      case .pcap: PcapReader()
      case .pcapng: PcapngReader()
      case .listing: ListingReader(day: 20_000)
      case .ipcs: IPCSReader(day: 20_000)
      case .sniffer: SnifferReader()
      default: CTEReader(framing: framing(bytes))
      }
    let pipeline = try rendering.pipeline(choosing: bytes)
    try feed(bytes, to: &reader, steps: bytes.count, into: pipeline)
    try pipeline.finish()
    let total = reader.account.total
    // A capture file's records may claim more than the file has; nothing else may be left over.
    try Finding.unless(
      total == UInt64(bytes.count), "\(total) bytes accounted for of \(bytes.count)")
    try pipeline.check()
  }

  /// The form of transfer that is recognised, else one by chance.
  private static func framing(_ bytes: [UInt8]) -> Framing {
    let found = unsafe bytes.withUnsafeBytes { unsafe CTEReader.recognise($0.bytes, atEnd: true) }
    if case .yes = found.answer { return found.framing }
    return Framing.allCases[bytes.count % Framing.allCases.count]
  }

  /// Gives a reader all bytes at once, or a few more at a time.
  static func feed(
    _ bytes: [UInt8], to reader: inout any TraceReader, steps: Int, into sink: any TraceSink
  ) throws {
    let step = [Int.max, 7, 977][steps % 3]
    var start = 0
    var end = min(bytes.count, step)
    while true {
      let atEnd = end == bytes.count
      let from = min(start, end)
      let consumed = try unsafe bytes.withUnsafeBytes { buffer in
        try unsafe reader.read(
          UnsafeRawBufferPointer(rebasing: buffer[from..<end]).bytes, at: UInt64(start),
          atEnd: atEnd, into: sink)
      }
      try Finding.unless(consumed >= 0, "consumed \(consumed) bytes")
      start += consumed
      if atEnd { break }
      end = min(bytes.count, max(end, start) &+ min(step, bytes.count))
    }
  }
}
