internal import TraceBytes

/// Text to be found in a payload, as the bytes it has in UTF-8 and in EBCDIC 1047.
public struct SearchText: Sendable, Equatable {
  private let utf8: [UInt8]
  /// Empty when the text has characters outside the code page.
  private let ebcdic: [UInt8]

  init(_ text: String) throws(FilterMistake) {
    guard !text.isEmpty else { throw FilterMistake("--contains: write the text to look for.") }
    utf8 = Array(text.utf8)
    ebcdic = CodePage.ibm1047.bytes(text) ?? []
  }

  /// Whether the bytes hold the text in either form.
  func isFound(in bytes: RawSpan) -> Bool {
    Self.find(utf8, in: bytes) || Self.find(ebcdic, in: bytes)
  }

  /// Looks at 32 places at a time: only where both the first and the last byte of the text stand is
  /// it compared as a whole.
  private static func find(_ text: [UInt8], in bytes: RawSpan) -> Bool {
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
