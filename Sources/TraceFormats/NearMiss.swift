internal import TraceBytes

/// Inputs that people hand over and that are no trace: each gets one line that says what it is and
/// what to do.
///
/// Sources: `Formats/near-misses.md` lists the signature of each.
enum NearMiss {
  /// What the input seems to be, in a sentence; nil when nothing is known about it.
  static func hint(_ bytes: RawSpan) -> String {
    if bytes.byteCount == 0 { return "the file is empty" }
    for rule in rules where rule.matches(bytes) { return rule.hint }
    if let damaged = asciiDamage(bytes) { return damaged }
    return isText(bytes)
      ? "this is text, and none of the listings or logs that zcap knows"
      : "this is none of the formats that zcap knows; `zcap info --help` lists them"
  }

  private struct Rule: Sendable {
    let matches: @Sendable (RawSpan) -> Bool
    let hint: String
  }

  private static let rules: [Rule] = [
    Rule(
      matches: { $0.has(8, at: 0) && $0.starts(with: inmr01, at: 2) },
      hint: "this is a TSO XMIT file; RECEIVE it on z/OS and download the data set itself in binary"
    ),
    Rule(
      matches: isTerse,
      hint: "this is an AMATERSE file; unpack it (AMATERSE PARM=UNPACK, or tersedecompress -b) and "
        + "give zcap the result"),
    Rule(
      matches: isGTF,
      hint: "this is a GTF data set; zcap reads component traces: CTRACE of SYSTCPDA or SYSTCPOT"),
    Rule(
      matches: isDump,
      hint:
        "this looks like a dump (SVC dump, SYSMDUMP or stand-alone); print the trace in it with IPCS, "
        + "CTRACE COMP(SYSTCPDA) FULL, or write traces with an external writer"),
    Rule(
      matches: isSMF,
      hint: "this is an SMF dump; zcap reads component traces: CTRACE of SYSTCPDA or SYSTCPOT"),
    Rule(
      matches: { $0.starts(with: Array("TRSNIFF data".utf8)) },
      hint: "this is an NG Sniffer export in a form that zcap does not read (compressed?)"),
    Rule(
      matches: isHTML,
      hint: "this is an HTML page, perhaps a login or error page that was saved instead of the file"
    ),
    Rule(
      matches: { $0.starts(with: [0x50, 0x4B, 0x03, 0x04]) },
      hint: "this is a ZIP archive; unpack it and give zcap the trace in it"),
    Rule(
      matches: { $0.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) },
      hint: "this is compressed with zstd; unpack it first (zstd -d), zcap reads gzip only"),
    Rule(
      matches: { $0.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) },
      hint: "this is compressed with xz; unpack it first (xz -d), zcap reads gzip only"),
    Rule(
      matches: { $0.starts(with: Array("BZh".utf8)) && $0.has(10, at: 0) && $0.u8(4) == 0x31 },
      hint: "this is compressed with bzip2; unpack it first (bzip2 -d), zcap reads gzip only"),
    Rule(
      matches: { $0.starts(with: [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]) },
      hint: "this is a 7-Zip archive; unpack it and give zcap the trace in it"),
    Rule(
      matches: { $0.has(262, at: 0) && $0.extracting(257..<262).starts(with: Array("ustar".utf8)) },
      hint: "this is a tar archive; unpack it and give zcap the trace in it"),
    Rule(
      matches: { $0.firstIndex(after: 0, otherThan: 0) == $0.byteCount },
      hint: "the file holds nothing but zeros"),
  ]

  /// `INMR01` in EBCDIC.
  private static let inmr01: [UInt8] = [0xC9, 0xD5, 0xD4, 0xD9, 0xF0, 0xF1]

  private static func isTerse(_ bytes: RawSpan) -> Bool {
    guard bytes.has(12, at: 0) else { return false }
    let first = bytes.u8(0)
    if first == 1 || first == 7 { return bytes.u8(1) == 0x89 && bytes.be16(2) == 0x69A5 }
    guard first == 2 || first == 5, bytes.u8(1) <= 1 else { return false }
    let short = UInt32(bytes.be16(2))
    let long = bytes.be32(8)
    return (short == long || short == 0 || long == 0) && short | long != 0 && bytes.be16(6) != 0
  }

  /// GTF: an RDW, then application id 0 and format id 1, the control record; or, behind a cut, a user record: FF
  /// whole, F0 to F3 in parts.
  private static func isGTF(_ bytes: RawSpan) -> Bool {
    guard bytes.has(18, at: 0), bytes.be16(0) >= 18, bytes.be16(2) == 0 else { return false }
    switch bytes.u8(4) {
    case 0: return bytes.u8(5) == 1 && TOD.plausible.contains(bytes.be64(10))
    case 0xF0...0xF3, 0xFF: return TOD.plausible.contains(bytes.be64(6))
    default: return false
    }
  }

  /// A dump: its records begin with `DR1 ` or `DR2 ` in EBCDIC, also behind an RDW.
  private static func isDump(_ bytes: RawSpan) -> Bool {
    [0, 4].contains { at in
      bytes.starts(with: [0xC4, 0xD9, 0xF1, 0x40], at: at)
        || bytes.starts(with: [0xC4, 0xD9, 0xF2, 0x40], at: at)
    }
  }

  /// SMF: an RDW, a flag byte, record type 2 (dump header) or any with a packed date in this century.
  private static func isSMF(_ bytes: RawSpan) -> Bool {
    guard bytes.has(18, at: 0), bytes.be16(0) >= 18, bytes.be16(2) == 0 else { return false }
    let time = bytes.be32(6)
    return time < 8_640_000 && bytes.u8(10) == 1 && bytes.u8(11) & 0xF0 <= 0x90
      && bytes.u8(13) & 0x0F == 0x0F
  }

  private static func isHTML(_ bytes: RawSpan) -> Bool {
    let at = bytes.end(from: 0, to: min(bytes.byteCount, 256)) { $0 <= 0x20 || $0 >= 0x80 }
    guard bytes.has(14, at: at), bytes.u8(at) == 0x3C else { return false }
    let word = String(
      decoding: bytes.extracting(at..<(at + 14)).copied(), as: UTF8.self
    ).lowercased()
    return word.hasPrefix("<!doctype html") || word.hasPrefix("<html") || word.hasPrefix("<head")
  }

  /// A binary trace that went through an ASCII transfer: EBCDIC turned to ASCII and line ends put in.
  ///
  /// Sign of it: many zeros, line feeds where bytes happened to be line ends, and near the beginning the
  /// header of an entry as the translation leaves it: 00 10, a format id, and a clock of this century.
  private static func asciiDamage(_ bytes: RawSpan) -> String? {
    let count = min(bytes.byteCount, 64 << 10)
    guard count >= 64 else { return nil }
    var zeros = 0
    var lines = 0
    for at in 0..<count {
      let byte = bytes.u8(at)
      if byte == 0 { zeros += 1 }
      if byte == 0x0A { lines += 1 }
    }
    guard zeros > count / 50, lines > 0 else { return nil }
    let head = min(count - 8, longestHead)
    guard (2..<head).contains(where: { isTranslatedHeader(bytes, $0) }) else { return nil }
    return
      "this looks like a trace damaged by an ASCII transfer; transfer it again in binary, with "
      + "`quote site rdw` in FTP or record mode in Zowe"
  }

  /// A record length and a prefix stand before the first entry at most.
  private static let longestHead = 300

  private static func isTranslatedHeader(_ bytes: RawSpan, _ at: Int) -> Bool {
    bytes.be32(at) == 0x0010_0000 && bytes.u8(at + 4) == 0
      && translatedIDs.contains(bytes.u8(at + 5)) && bytes.u8(at + 6) >= 0x20
  }

  /// The format ids 1 to 8 as code page 1047 turns them into Latin-1.
  private static let translatedIDs: [UInt8] = [1, 2, 3, 0x9C, 9, 0x86, 0x7F, 0x97]

  private static func isText(_ bytes: RawSpan) -> Bool {
    let count = min(bytes.byteCount, 4096)
    var strange = 0
    for at in 0..<count {
      let byte = bytes.u8(at)
      if byte < 0x20, byte != 0x09, byte != 0x0A, byte != 0x0D, byte != 0x0C { strange += 1 }
    }
    return strange * 50 < count
  }
}
