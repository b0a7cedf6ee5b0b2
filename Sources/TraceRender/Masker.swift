internal import TraceBytes
internal import TraceProtocols

/// Finds credentials in payloads and replaces them by asterisks, byte for byte.
struct Masker {
  private let asteriskEBCDIC: UInt8
  private var search: CredentialSearch
  private var hiddenFields: HiddenFields

  /// Credentials found, and their bytes.
  private(set) var found: UInt64 = 0
  private(set) var bytes: UInt64 = 0

  init(_ page: CodePage) {
    search = CredentialSearch(ebcdic: page.scalars.map { $0 < 0x100 ? UInt8($0) : 0 })
    asteriskEBCDIC = page.bytes("*")?.first ?? 0x5C
    hiddenFields = HiddenFields(page)
  }

  /// Whether a payload holds a credential; for the warning, not for masking.
  mutating func sees(_ payload: RawSpan, _ flow: PayloadFlow, fromLower: Bool) -> Bool {
    search.sees(payload, speaker(flow, fromLower))
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
    search.search(
      payload, after: &flow[fromLower].trail, lines: &flow.lines, speaker(flow, fromLower))
    guard !search.found.isEmpty else { return false }
    copy.removeAll(keepingCapacity: true)
    copy.append(payload)
    for stretch in search.found {
      let asterisk = stretch.isEBCDIC ? asteriskEBCDIC : 0x2A
      var changed = 0
      for place in stretch.range where copy[place] != asterisk {
        copy[place] = asterisk
        changed += 1
      }
      if changed > 0 { count(changed, isNew: !stretch.continues) }
    }
    return true
  }

  private func speaker(_ flow: PayloadFlow, _ fromLower: Bool) -> CredentialSearch.Speaker {
    var speaker = CredentialSearch.Speaker()
    let application = flow.application
    speaker.hasVerbs = application != .http1
    speaker.isDialogue = application.isDialogue || application == .pop3 || application == .imap
    speaker.isServer = flow[fromLower].isServer
    return speaker
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
        count(changed, isNew: true)
        changed = 0
      }
      previous = place
      copy[place] = asteriskEBCDIC
      changed += 1
    }
    count(changed, isNew: true)
    return true
  }

  /// Counts so many bytes of a credential.
  private mutating func count(_ masked: Int, isNew: Bool) {
    guard masked > 0 else { return }
    if isNew { found += 1 }
    bytes += UInt64(masked)
  }
}
