internal import TraceBytes

/// Text to be found in a payload, as the bytes it has in UTF-8 and in EBCDIC 1047.
public struct SearchText: Sendable, Equatable {
  /// The bytes of a text, and beside each the byte of the letter's other case: the same one when case
  /// counts.
  private struct Form: Equatable {
    var bytes: [UInt8]
    var others: [UInt8]

    var foldsCase: Bool { bytes != others }
  }

  private let utf8: Form
  /// Empty when the text has characters outside the code page.
  private let ebcdic: Form
  /// In its place, when it is one.
  private let expression: SearchExpression?

  init(
    _ text: String, ignoringCase: Bool = false, isExpression: Bool = false
  ) throws(FilterMistake) {
    guard !text.isEmpty else { throw FilterMistake("--contains: write the text to look for.") }
    expression = isExpression ? try SearchExpression(text, ignoringCase: ignoringCase) : nil
    let bytes = Array(text.utf8)
    // Of UTF-8 the letters of ASCII alone have one byte in both cases.
    utf8 = Form(
      bytes: bytes,
      others: ignoringCase ? bytes.map { Self.isLetter($0) ? $0 ^ 0x20 : $0 } : bytes)
    let page = CodePage.ibm1047
    let encoded = page.bytes(text) ?? []
    var others = encoded
    if ignoringCase {
      for (index, character) in text.enumerated() where index < encoded.count {
        let other = character.isUppercase ? character.lowercased() : character.uppercased()
        if let bytes = page.bytes(other), bytes.count == 1 { others[index] = bytes[0] }
      }
    }
    ebcdic = Form(bytes: encoded, others: others)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte & 0xDF) && byte < 0x80
  }

  /// Whether the bytes hold the text in either form.
  func isFound(in bytes: RawSpan) -> Bool {
    if let expression { return expression.isFound(in: bytes) }
    return Self.find(utf8, in: bytes) || Self.find(ebcdic, in: bytes)
  }

  /// The same, when a letter may be of either case.
  private static func findFolded(_ form: Form, in bytes: RawSpan) -> Bool {
    let (text, other) = (form.bytes.span, form.others.span)
    let last = text.count - 1
    guard last >= 0 else { return false }
    let places = bytes.byteCount - last
    func isHere(_ at: Int) -> Bool {
      for index in text.indices {
        let byte = bytes.u8(at &+ index)
        if byte != text[index] && byte != other[index] { return false }
      }
      return true
    }
    let firsts = SIMD32<UInt8>(repeating: text[0])
    let otherFirsts = SIMD32<UInt8>(repeating: other[0])
    let lasts = SIMD32<UInt8>(repeating: text[last])
    let otherLasts = SIMD32<UInt8>(repeating: other[last])
    var at = 0
    while at &+ 32 <= places {
      let starts = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at, as: SIMD32<UInt8>.self)
      let ends = unsafe bytes.unsafeLoadUnaligned(
        fromByteOffset: at &+ last, as: SIMD32<UInt8>.self)
      let hits =
        ((starts .== firsts) .| (starts .== otherFirsts))
        .& ((ends .== lasts) .| (ends .== otherLasts))
      if any(hits) {
        for lane in 0..<32 where hits[lane] && isHere(at &+ lane) { return true }
      }
      at &+= 32
    }
    while at < places {
      if isHere(at) { return true }
      at &+= 1
    }
    return false
  }

  /// Looks at 32 places at a time: only where both the first and the last byte of the text stand is
  /// it compared as a whole.
  private static func find(_ form: Form, in bytes: RawSpan) -> Bool {
    if form.foldsCase { return findFolded(form, in: bytes) }
    let text = form.bytes
    guard let first = text.first, let last = text.last else { return false }
    let reach = text.count - 1
    let places = bytes.byteCount - reach
    let firsts = SIMD32<UInt8>(repeating: first)
    let lasts = SIMD32<UInt8>(repeating: last)
    var at = 0
    while at &+ 32 <= places {
      let starts = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at, as: SIMD32<UInt8>.self)
      let ends = unsafe bytes.unsafeLoadUnaligned(
        fromByteOffset: at &+ reach, as: SIMD32<UInt8>.self)
      let hits = (starts .== firsts) .& (ends .== lasts)
      // The mask as words: one test for all places.
      let words = unsafe unsafeBitCast(hits, to: SIMD4<UInt64>.self)
      if words[0] | words[1] | words[2] | words[3] != 0 {
        for lane in 0..<32 where hits[lane] && bytes.starts(with: text, at: at &+ lane) {
          return true
        }
      }
      at &+= 32
    }
    while at < places {
      if bytes.u8(at) == first, bytes.starts(with: text, at: at) { return true }
      at &+= 1
    }
    return false
  }
}
