internal import TraceBytes

/// The line printer daemon (RFC 1179), known by name.
enum LPD {
  static let room = ProtocolRoom(
    .lpd, dissector: Dissector("lpd", decodeAs: "lpd", ports: [515]), recognise: recognise)

  /// A command of 1 to 5, a queue, and the end of the line; then, of a job, a control or a data file.
  static func recognise(_ bytes: RawSpan) -> Recognition? {
    guard bytes.byteCount >= 3, bytes.u8(0) >= 1, bytes.u8(0) <= 5,
      let end = bytes.firstIndex(of: Byte.lf, from: 1, to: bytes.byteCount), end > 1
    else { return nil }
    for at in 1..<end {
      let byte = bytes.u8(at)
      // Only commands that ask for the state of a queue or remove jobs have more than its name.
      guard byte > 0x20 && byte < 0x7F || byte == Byte.space && bytes.u8(0) >= 3 else {
        return nil
      }
    }
    guard end + 1 < bytes.byteCount else { return Recognition(.likely, fromClient: true) }
    guard bytes.u8(0) == 2, isFile(bytes, end + 1) else { return nil }
    return Recognition(.certain, fromClient: true)
  }

  /// Subcommand 2 or 3: a count, a blank, and the name of a control or data file.
  private static func isFile(_ bytes: RawSpan, _ start: Int) -> Bool {
    guard bytes.u8(start) == 2 || bytes.u8(start) == 3 else { return false }
    var at = start + 1
    while at < bytes.byteCount, Byte.isDigit(bytes.u8(at)) { at += 1 }
    guard at > start + 1, at < bytes.byteCount else { return at == bytes.byteCount }
    return bytes.u8(at) == Byte.space
  }
}
