internal import TraceBytes
internal import TraceHTTP

/// Finds credentials in payloads and replaces them by asterisks, byte for byte.
///
/// Which protocol it is need not be known: a record can begin in the middle of a head, a form or a
/// JSON body. Bytes are searched as ASCII and as EBCDIC.
struct Masker {
  /// Most bytes of an unfinished line that are kept for the next record.
  private static let carryLimit = 4096

  /// Bytes to ASCII, in each of the two codes.
  private let tables: [[UInt8]?]
  private let asteriskEBCDIC: UInt8
  private var ranges: [(range: Range<Int>, isEBCDIC: Bool)] = []
  private var located: [Range<Int>] = []
  private var joined: [UInt8] = []
  private var hiddenFields: HiddenFields

  /// Credentials found, and their bytes.
  private(set) var found: UInt64 = 0
  private(set) var bytes: UInt64 = 0

  init(_ page: CodePage) {
    tables = [nil, page.scalars.map { $0 < 0x100 ? UInt8($0) : 0 }]
    asteriskEBCDIC = page.bytes("*")?.first ?? 0x5C
    hiddenFields = HiddenFields(page)
  }

  /// Whether a payload holds a credential; for the warning, not for masking.
  mutating func sees(_ payload: RawSpan, _ flow: PayloadFlow, fromLower: Bool) -> Bool {
    ranges.removeAll(keepingCapacity: true)
    locate(payload, flow, fromLower)
    return !ranges.isEmpty
  }

  /// Puts a copy with asterisks into `copy`. False when nothing had to be masked.
  mutating func mask(
    _ payload: RawSpan, _ flow: PayloadFlow, fromLower: Bool, isOutbound: Bool?,
    into copy: inout [UInt8]
  ) throws(TraceError) -> Bool {
    let hidden = try hiddenFields.locate(
      payload, flow, fromLower: fromLower, isOutbound: isOutbound)
    // On a screen, what stands behind a telling word is another field.
    if flow.maskTerminal?.isRecordMode == true { return mask(hidden, payload, &copy) }
    let carried = flow[fromLower].carry.count
    var whole: [UInt8] = []
    swap(&whole, &joined)
    defer { swap(&whole, &joined) }
    whole.removeAll(keepingCapacity: true)
    whole += flow[fromLower].carry
    whole.append(payload)
    ranges.removeAll(keepingCapacity: true)
    unsafe locate(whole.span.bytes, flow, fromLower)
    flow[fromLower].carry = Self.lastLine(whole)
    var isMasked = false
    for (range, isEBCDIC) in ranges where range.upperBound > carried {
      if !isMasked {
        copy.removeAll(keepingCapacity: true)
        copy.append(payload)
        isMasked = true
      }
      let asterisk = isEBCDIC ? asteriskEBCDIC : 0x2A
      var changed = 0
      for place in max(0, range.lowerBound - carried)..<range.upperBound - carried
      where copy[place] != asterisk {
        copy[place] = asterisk
        changed += 1
      }
      count(changed)
    }
    return isMasked
  }

  /// Masks single bytes of an EBCDIC payload.
  private mutating func mask(
    _ places: [Int], _ payload: RawSpan, _ copy: inout [UInt8]
  ) -> Bool {
    guard !places.isEmpty else { return false }
    copy.removeAll(keepingCapacity: true)
    copy.append(payload)
    var changed = 0
    var previous = -2
    for place in places where place < copy.count {
      if place != previous + 1 {
        count(changed)
        changed = 0
      }
      previous = place
      copy[place] = asteriskEBCDIC
      changed += 1
    }
    count(changed)
    return true
  }

  /// Counts one credential of so many bytes.
  mutating func count(_ masked: Int) {
    guard masked > 0 else { return }
    found += 1
    bytes += UInt64(masked)
  }

  /// The unfinished line at the end, which the next record goes on with.
  private static func lastLine(_ bytes: [UInt8]) -> [UInt8] {
    let isEBCDIC = unsafe FormGuess.text(bytes.span.bytes).form == .ebcdic
    var start = bytes.count
    while start > 0, bytes.count - start < carryLimit {
      let byte = bytes[start - 1]
      if isEBCDIC ? byte == 0x15 || byte == 0x25 : byte == 0x0A { break }
      start -= 1
    }
    return Array(bytes[start...])
  }

  private mutating func locate(_ bytes: RawSpan, _ flow: PayloadFlow, _ fromLower: Bool) {
    let bodyStart = FormGuess.headEnd(bytes) ?? 0
    let body = bytes.extracting(bodyStart..<bytes.byteCount)
    for (index, table) in tables.enumerated() {
      CredentialLocator.head(bytes, translate: table, into: &located)
      take(0, isEBCDIC: index == 1)
      CredentialLocator.json(body, translate: table, into: &located)
      CredentialLocator.form(body, translate: table, into: &located)
      take(bodyStart, isEBCDIC: index == 1)
      if flow.application != .http1 { dialogue(bytes, index, flow, fromLower) }
    }
  }

  private mutating func take(_ base: Int, isEBCDIC: Bool) {
    for range in located where !range.isEmpty {
      ranges.append((range.lowerBound + base..<range.upperBound + base, isEBCDIC))
    }
    located.removeAll(keepingCapacity: true)
  }

  /// Lines of SMTP, FTP, POP and IMAP, and lines that look like theirs.
  private mutating func dialogue(
    _ bytes: RawSpan, _ tableIndex: Int, _ flow: PayloadFlow, _ fromLower: Bool
  ) {
    let table = tables[tableIndex]
    let application = flow.application
    let isDialogue = application.isDialogue || application == .pop3 || application == .imap
    let isServer = flow[fromLower].isServer
    var state = isDialogue ? flow.lines : CredentialLocator.LineState()
    var at = 0
    while at < bytes.byteCount {
      var end = at
      while end < bytes.byteCount, !Self.endsLine(bytes.u8(end), table) { end += 1 }
      let line = bytes.extracting(at..<end)
      if isDialogue, isServer {
        CredentialLocator.serverLine(line, state: &state, translate: table, into: &located)
      } else {
        CredentialLocator.clientLine(line, state: &state, translate: table, into: &located)
      }
      take(at, isEBCDIC: tableIndex == 1)
      at = end + 1
      // Outside a known dialogue a line stands for itself.
      if !isDialogue { state = CredentialLocator.LineState() }
    }
    if isDialogue, tableIndex == 0 { flow.lines = state }
  }

  private static func endsLine(_ byte: UInt8, _ table: [UInt8]?) -> Bool {
    guard let table else { return byte == 0x0A }
    return table[Int(byte)] == 0x0A || table[Int(byte)] == 0x85
  }
}
