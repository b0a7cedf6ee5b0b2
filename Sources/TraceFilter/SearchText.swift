internal import TraceBytes

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Text to be found in a payload, as the bytes it has in UTF-8 and in EBCDIC 1047.
public struct SearchText: Sendable, Equatable {
  /// The bytes of a text, and beside each the byte of the letter's other case: the same one when case
  /// counts.
  private struct Form: Equatable {
    let bytes: [UInt8]
    let others: [UInt8]
    /// The two places whose characters are the rarest, the rarest first.
    let rare: Int
    let second: Int

    var foldsCase: Bool { bytes != others }

    /// - Parameter characters: the text in ASCII, a byte for each of `bytes`.
    init(bytes: [UInt8], others: [UInt8], characters: [UInt8]) {
      self.bytes = bytes
      self.others = others
      // A letter of either case is as frequent as both.
      let ranks = zip(zip(bytes, others), characters).map { pair, character in
        Frequency.of(character) + (pair.0 == pair.1 ? 0 : 100)
      }
      let order = ranks.indices.sorted { (ranks[$0], $1) < (ranks[$1], $0) }
      rare = order.first ?? 0
      second = order.count > 1 ? order[1] : rare
    }
  }

  /// How frequent characters are in what is traced: captures of the web and of z/OS.
  private enum Frequency {
    /// The most frequent first.
    private static let order: StaticString =
      " \"eu=aicmt0nr1.2sl5dp@/b<yv>~o-8T96734EPgLKf%:x+BwhSjOA'(HWC,MR\\D)[NIz_Gk;}!F?J&$qUQV]{*`^Y#Z|X"

    /// From 0 for the rarest on; bytes that no ASCII character has are as rare as capitals.
    static func of(_ character: UInt8) -> Int {
      order.withUTF8Buffer { letters in
        unsafe letters.firstIndex(of: character).map { letters.count - $0 } ?? 20
      }
    }
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
      others: ignoringCase ? bytes.map { Self.isLetter($0) ? $0 ^ 0x20 : $0 } : bytes,
      characters: bytes)
    let page = CodePage.ibm1047
    let encoded = page.bytes(text) ?? []
    var others = encoded
    if ignoringCase {
      for (index, character) in text.enumerated() where index < encoded.count {
        let other = character.isUppercase ? character.lowercased() : character.uppercased()
        if let bytes = page.bytes(other), bytes.count == 1 { others[index] = bytes[0] }
      }
    }
    // Each character of the code page has a byte; those beyond ASCII are rare.
    ebcdic = Form(
      bytes: encoded, others: others,
      characters: encoded.isEmpty ? [] : text.unicodeScalars.map { UInt8(exactly: $0.value) ?? 0 })
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte & 0xDF) && byte < 0x80
  }

  /// Whether the bytes hold the text in either form.
  func isFound(in bytes: RawSpan) -> Bool {
    if let expression { return expression.isFound(in: bytes) }
    return Self.find(utf8, in: bytes) || Self.find(ebcdic, in: bytes)
  }

  /// Looks for the rarest byte with what the system has for it, which is several times as fast as anything
  /// here; where that byte is frequent, places are looked at 32 at a time.
  private static func find(_ form: Form, in bytes: RawSpan) -> Bool {
    guard !form.bytes.isEmpty else { return false }
    let places = bytes.byteCount - form.bytes.count + 1
    guard places > 0 else { return false }
    if form.foldsCase { return scan(form, in: bytes, from: 0, places) }
    let wanted = form.bytes[form.rare]
    let second = form.bytes[form.second]
    // A hit costs as much as 64 bytes do.
    var hitsLeft = 16 &+ places / 64
    var at = 0
    while at < places {
      guard let hit = firstIndex(of: wanted, in: bytes, from: at &+ form.rare, places &- at)
      else { return false }
      at = hit &- form.rare
      if bytes.u8(at &+ form.second) == second, bytes.starts(with: form.bytes, at: at) {
        return true
      }
      at &+= 1
      hitsLeft &-= 1
      if hitsLeft == 0 { return scan(form, in: bytes, from: at, places) }
    }
    return false
  }

  @inline(__always)
  private static func firstIndex(
    of byte: UInt8, in bytes: RawSpan, from start: Int, _ count: Int
  ) -> Int? {
    unsafe bytes.extracting(start..<start &+ count).withUnsafeBytes { run in
      guard let base = run.baseAddress, let hit = unsafe memchr(base, Int32(byte), run.count)
      else { return nil }
      return unsafe start &+ (UnsafeRawPointer(hit) - base)
    }
  }

  /// Looks at 32 places at a time: only where both of the rarest bytes stand the text is compared.
  private static func scan(
    _ form: Form, in bytes: RawSpan, from start: Int, _ places: Int
  ) -> Bool {
    let (text, other) = (form.bytes.span, form.others.span)
    let (rare, second) = (form.rare, form.second)
    func isHere(_ at: Int) -> Bool {
      for index in text.indices {
        let byte = bytes.u8(at &+ index)
        if byte != text[index] && byte != other[index] { return false }
      }
      return true
    }
    let rares = SIMD32<UInt8>(repeating: text[rare])
    let otherRares = SIMD32<UInt8>(repeating: other[rare])
    let seconds = SIMD32<UInt8>(repeating: text[second])
    let otherSeconds = SIMD32<UInt8>(repeating: other[second])
    var at = start
    while at &+ 32 <= places {
      let one = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at &+ rare, as: SIMD32<UInt8>.self)
      let two = unsafe bytes.unsafeLoadUnaligned(
        fromByteOffset: at &+ second, as: SIMD32<UInt8>.self)
      let hits =
        ((one .== rares) .| (one .== otherRares))
        .& ((two .== seconds) .| (two .== otherSeconds))
      // The mask as words: one test for all places.
      let words = unsafe unsafeBitCast(hits, to: SIMD4<UInt64>.self)
      if words[0] | words[1] | words[2] | words[3] != 0 {
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
}
