internal import TraceBytes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A POSIX extended regular expression that is looked for in the bytes of a payload, and in the letters they
/// are in EBCDIC 1047.
///
/// `^` and `$` stand for the beginning and end of a line too, and a full stop for any byte but a line end.
/// The program never leaves the C locale, so an expression sees bytes.
@safe final class SearchExpression: Sendable, Equatable {
  private let pattern: String
  private let ignoresCase: Bool
  /// Compiled once and only read from then on; regexec locks what it changes itself (POSIX: it is
  /// thread-safe).
  private nonisolated(unsafe) let compiled: UnsafeMutablePointer<regex_t>

  init(_ pattern: String, ignoringCase: Bool) throws(FilterMistake) {
    self.pattern = pattern
    ignoresCase = ignoringCase
    // A deinit runs for an object whose init throws late, and must find something to free.
    unsafe compiled = try Self.compile(pattern, ignoringCase)
  }

  private static func compile(
    _ pattern: String, _ ignoringCase: Bool
  ) throws(FilterMistake) -> UnsafeMutablePointer<regex_t> {
    let compiled = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
    let flags = REG_EXTENDED | REG_NEWLINE | (ignoringCase ? REG_ICASE : 0)
    let status = unsafe regcomp(compiled, pattern, flags)
    if status == 0 { return unsafe compiled }
    var text = [CChar](repeating: 0, count: 200)
    _ = unsafe regerror(status, compiled, &text, text.count)
    unsafe compiled.deallocate()
    let letters = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let reason = String(decoding: letters, as: UTF8.self)
    throw FilterMistake("--contains \(pattern): this is no regular expression: \(reason).")
  }

  deinit {
    unsafe regfree(compiled)
    unsafe compiled.deallocate()
  }

  static func == (one: SearchExpression, other: SearchExpression) -> Bool {
    one.pattern == other.pattern && one.ignoresCase == other.ignoresCase
  }

  func isFound(in bytes: RawSpan) -> Bool {
    let count = bytes.byteCount
    if count == 0 { return false }
    // A copy with a zero behind it: whoever does not know of a length stops there.
    return unsafe withUnsafeTemporaryAllocation(byteCount: count + 1, alignment: 1) { room in
      for index in 0..<count { unsafe room[index] = bytes.u8(index) }
      unsafe room[count] = 0
      if unsafe matches(room, count) { return true }
      for index in 0..<count { unsafe room[index] = Self.letters[Int(room[index])] }
      return unsafe matches(room, count)
    }
  }

  private func matches(_ text: UnsafeMutableRawBufferPointer, _ count: Int) -> Bool {
    guard let start = unsafe text.baseAddress?.assumingMemoryBound(to: CChar.self) else {
      return false
    }
    // With REG_STARTEND the text has a length, and may hold zeros.
    var range = regmatch_t(rm_so: 0, rm_eo: regoff_t(clamping: count))
    return unsafe regexec(compiled, start, 1, &range, REG_STARTEND) == 0
  }

  /// Each byte of EBCDIC 1047 as a byte of ASCII; line ends as LF, what ASCII lacks as a byte that it lacks.
  private static let letters: [UInt8] = CodePage.ibm1047.scalars.map { scalar in
    switch UInt32(scalar) {
    case 0x85, 0x0A: 0x0A
    case 0..<0x80: UInt8(truncatingIfNeeded: UInt32(scalar))
    default: 0xFF
    }
  }
}
