internal import TraceBytes

extension ListingReader {
  /// How far into an input the first record of a listing may stand: behind a job log, say.
  static let probeLength = 256 << 10

  /// Whether the input is a listing of TCPDATA or TCPTRACE.
  public static func probe(_ window: RawSpan, atEnd: Bool) -> FormatProbe {
    guard window.byteCount >= 64 || atEnd else { return .needMore }
    let sample = window.extracting(0..<min(probeLength, window.byteCount))
    for encoding in [TextEncoding.ascii, .ebcdic] where hasRecord(sample, encoding) { return .yes }
    if atEnd || sample.byteCount == probeLength || !looksLikeText(sample) { return .no }
    return .needMore
  }

  /// Whether `trace.` stands somewhere with the words behind it that begin a record.
  private static func hasRecord(_ sample: RawSpan, _ encoding: TextEncoding) -> Bool {
    let anchor = encoding.bytes("trace.")
    let heads = [encoding.bytes("Data "), encoding.bytes("Packet ")]
    let followers = [
      encoding.bytes("Data length "), encoding.bytes("Pthread Sequence "),
      encoding.bytes("!Drop reason "),
    ]
    let blank: UInt8 = encoding == .ascii ? 0x20 : 0x40
    var from = 0
    while let hit = sample.firstIndex(of: anchor, from: from) {
      from = hit + anchor.count
      let at = sample.end(from: from) { $0 == blank }
      if heads.contains(where: { sample.starts(with: $0, at: hit - $0.count) }),
        followers.contains(where: { sample.starts(with: $0, at: at) })
      {
        return true
      }
    }
    return hasUnknownRecord(sample, encoding) || hasRun(sample, encoding)
  }

  /// Whether the tool has printed what it was asked to do: the listing of a run that traced nothing.
  private static func hasRun(_ sample: RawSpan, _ encoding: TextEncoding) -> Bool {
    guard let port = sample.firstIndex(of: encoding.bytes("Using port "), from: 0) else {
      return false
    }
    let rest = sample.extracting(port..<min(sample.byteCount, port + 2048))
    return rest.firstIndex(of: encoding.bytes("payload length:")) != nil
      && rest.firstIndex(of: encoding.bytes("WAITTIME ")) != nil
  }

  /// Whether a record of a kind that the tool does not know stands somewhere: its number, and the
  /// length in the next line.
  private static func hasUnknownRecord(_ sample: RawSpan, _ encoding: TextEncoding) -> Bool {
    let head = encoding.bytes("Unknown CTE trace type ")
    let follower = encoding.bytes("Data length ")
    guard let hit = sample.firstIndex(of: head, from: 0) else { return false }
    let next = sample.firstIndex(of: follower, from: hit + head.count)
    return next.map { $0 - hit <= 160 } ?? false
  }

  /// Whether the first bytes are nearly all printable in one of the two encodings.
  static func looksLikeText(_ sample: RawSpan) -> Bool {
    var ascii = 0
    var ebcdic = 0
    let count = min(512, sample.byteCount)
    for index in 0..<count {
      let byte = sample.u8(index)
      if (0x20...0x7E).contains(byte) || (0x09...0x0D).contains(byte) { ascii += 1 }
      if byte >= 0x40 || byte == 0x15 || byte == 0x25 || byte == 0x0D { ebcdic += 1 }
    }
    return max(ascii, ebcdic) * 10 >= count * 8
  }
}
