internal import TraceProtocols
internal import TraceSecrets

internal import TraceBytes

/// The body of a message as people want it: content codings undone, and as text if it is text.
public struct HTTPBodyView: Sendable {
  /// How the bytes are to be read.
  public enum Reading: Sendable, Equatable {
    /// UTF-8, or close to it.
    case utf8
    /// ISO 8859-1.
    case latin1
    /// EBCDIC of this code page.
    case ebcdic(String)
    /// UTF-16 of this byte order.
    case utf16(bigEndian: Bool)
    /// No text.
    case binary
  }

  /// The body, decoded and with credentials masked as asked for.
  public let bytes: [UInt8]
  /// How the bytes are to be read.
  public let reading: Reading
  /// Type and subtype of Content-Type in lower case, empty when there is none.
  public let mediaType: String
  /// What happened to it: gaps, limits, codings.
  public let remarks: [String]
  /// The coding that is still on the bytes, nil when none is.
  let coding: ContentCoding?

  init?(_ message: HTTPMessageCopy, _ store: HTTPStore) {
    guard !message.body.isEmpty || !message.gaps.isEmpty else { return nil }
    var remarks: [String] = []
    for gap in message.gaps {
      let size = gap.count.map { "\($0) bytes are" } ?? "an unknown number of bytes is"
      remarks.append("\(size) missing after byte \(gap.at)")
    }
    if message.isBodyCut { remarks.append("only the first \(message.body.count) bytes were kept") }
    let codings = HTTPBodyCodings(message, limits: store.decoderLimits)
    remarks += codings.remarks
    coding = codings.left
    var bytes = codings.bytes

    let span = unsafe message.bytes.span.bytes
    var name = ""
    var charset = ""
    var isText = false
    if let range = message.head.contentType, range.upperBound <= message.bytes.count {
      let type = MediaType(span, range)
      name = String(decoding: message.bytes[type.name], as: UTF8.self).lowercased()
      charset = type.charset.map { String(decoding: message.bytes[$0], as: UTF8.self) } ?? ""
      isText = type.isText(span)
    }
    mediaType = name
    // What is left coded is text only if it looks like text: a label that nobody knows.
    let reading = Self.reading(
      bytes, charset: charset.lowercased(), isText: isText && codings.left == nil)
    let isPlain = codings.left == nil || reading != .binary
    // What had no coding comes masked; a second look at it changes nothing.
    if store.options.redacts {
      if isPlain {
        bytes = store.masker?.masked(bytes) ?? bytes
      } else {
        store.counts.bodiesWithheld &+= 1
        remarks.append("left out: it cannot be searched for credentials")
        bytes = []
      }
    }
    self.bytes = bytes
    self.reading = reading
    self.remarks = remarks
  }

  private static func reading(_ bytes: [UInt8], charset: String, isText: Bool) -> Reading {
    if let bigEndian = isBigEndianUTF16(bytes, charset: charset, isText: isText) {
      return .utf16(bigEndian: bigEndian)
    }
    let guess = BodyText.guess(unsafe bytes.span.bytes)
    switch charset {
    case "utf-8", "utf8", "us-ascii", "ascii": return guess == .ebcdic ? .ebcdic("1047") : .utf8
    case "iso-8859-1", "latin1", "iso-8859-15", "windows-1252":
      return guess == .ebcdic ? .ebcdic("1047") : .latin1
    case "ibm1047", "ibm-1047", "cp1047": return .ebcdic("1047")
    case "ibm037", "ibm-037", "cp037", "ibm-37": return .ebcdic("037")
    default: break
    }
    switch guess {
    case .empty, .ascii, .utf8: return .utf8
    case .ebcdic: return .ebcdic("1047")
    case .binary: return isText && charset.isEmpty && !bytes.contains(0) ? .latin1 : .binary
    }
  }

  private static func page(_ name: String) -> CodePage {
    name == "037" ? .ibm037 : .ibm1047
  }

  /// The body as UTF-8 bytes; nil when it is binary. NEL of EBCDIC becomes a line feed.
  public var utf8: [UInt8]? {
    switch reading {
    case .binary: return nil
    case .utf8: return bytes
    case .utf16(let bigEndian): return Self.utf8(fromUTF16: bytes, bigEndian: bigEndian)
    case .latin1: return Self.convert(bytes) { UInt16($0) }
    case .ebcdic(let name):
      let scalars = Self.page(name).scalars
      return Self.convert(bytes) { byte in
        let value = scalars[Int(byte)]
        return value == 0x85 ? 0x0A : value
      }
    }
  }

  private static func convert(_ bytes: [UInt8], _ scalar: (UInt8) -> UInt16) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    for byte in bytes {
      let value = scalar(byte)
      if value < 0x80 {
        text.append(UInt8(value))
      } else {
        // All characters of the pages are below U+0800.
        text.append(0xC0 | UInt8(truncatingIfNeeded: value >> 6) & 0x1F)
        text.append(0x80 | UInt8(truncatingIfNeeded: value) & 0x3F)
      }
    }
    return text
  }
}
