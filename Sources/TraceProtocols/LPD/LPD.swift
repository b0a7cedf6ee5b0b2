internal import TraceBytes

/// The line printer daemon.
///
/// Source: Formats/lpd.md.
enum LPD {
  static let room = ProtocolRoom(
    .lpd, dissector: Dissector("lpd", decodeAs: "lpd", ports: [515]), recognise: recognise,
    makeReader: { LPDReader() })

  /// What a client asks for, by the first byte of a line (RFC 1179 section 5).
  enum Command: UInt8 {
    case start = 1
    case receive = 2
    case shortState = 3
    case longState = 4
    case remove = 5

    var name: String {
      switch self {
      case .start: "START"
      case .receive: "PRINT"
      case .shortState: "STATE"
      case .longState: "STATE LONG"
      case .remove: "REMOVE"
      }
    }

    /// Whether the server answers with text, and not with a byte.
    var isAnsweredInText: Bool { self == .shortState || self == .longState }
  }

  /// What stands in front of a line of a control file (RFC 1179 section 7), as far as it says something
  /// about the job.
  static func controlName(_ letter: UInt8) -> String? {
    switch letter {
    case 0x48: "host"
    case 0x50: "user"
    case 0x4A: "job"
    case 0x43: "class"
    case 0x4C: "banner"
    case 0x4D: "mail to"
    case 0x4E: "file"
    case 0x54: "title"
    default: nil
    }
  }

  /// A command of 1 to 5, a queue, and the end of the line; then, of a job, a control or a data file.
  static func recognise(_ bytes: RawSpan) -> Recognition? {
    guard bytes.byteCount >= 1, bytes.u8(0) >= 1, bytes.u8(0) <= 5 else { return nil }
    let feed = bytes.firstIndex(of: Byte.lf, from: 1, to: bytes.byteCount)
    let end = feed ?? bytes.byteCount
    guard feed != 1 else { return nil }
    for at in 1..<end {
      let byte = bytes.u8(at)
      // Only commands that ask for the state of a queue or remove jobs have more than its name.
      guard byte > 0x20 && byte < 0x7F || byte == Byte.space && bytes.u8(0) >= 3 else {
        return nil
      }
    }
    // The beginning of a line may become anything.
    guard feed != nil else { return Recognition(.possible) }
    guard end + 1 < bytes.byteCount else { return Recognition(.likely, fromClient: true) }
    guard bytes.u8(0) == 2, isFile(bytes, end + 1) else { return nil }
    return Recognition(.certain, fromClient: true)
  }

  /// Subcommand 2 or 3: a count, a blank, and the name of a control or data file.
  private static func isFile(_ bytes: RawSpan, _ start: Int) -> Bool {
    guard bytes.u8(start) == 2 || bytes.u8(start) == 3 else { return false }
    let at = bytes.end(from: start + 1) { Byte.isDigit($0) }
    guard at > start + 1, at < bytes.byteCount else { return at == bytes.byteCount }
    return bytes.u8(at) == Byte.space
  }
}
