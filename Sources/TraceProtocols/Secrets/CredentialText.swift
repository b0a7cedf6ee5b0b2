internal import TraceBytes

/// Bytes seen as ASCII through a translate table, so that EBCDIC is searched in place.
package struct CredentialText {
  private let table: [UInt8]

  /// `translate` has 256 entries; with any other number the bytes are taken as ASCII.
  package init(translate: [UInt8]?) {
    table = translate?.count == 256 ? translate ?? [] : []
  }

  @inline(__always) func byte(_ span: RawSpan, _ index: Int) -> UInt8 {
    table.isEmpty ? span.u8(index) : table[Int(span.u8(index))]
  }

  /// Whether the character ends a line: CR, LF or the EBCDIC NL as tables render it.
  func isLineEnd(_ byte: UInt8) -> Bool { byte == Byte.cr || byte == Byte.lf || byte == 0x85 }

  func isBlank(_ byte: UInt8) -> Bool { byte == Byte.space || byte == Byte.tab }

  /// Whether `text` (lower case) is at `index`, whatever its case.
  package func has(_ text: StaticString, _ span: RawSpan, at index: Int, before end: Int) -> Bool {
    let count = text.utf8CodeUnitCount
    guard end - index >= count else { return false }
    for offset in 0..<count
    where unsafe Byte.lower(byte(span, index + offset)) != text.utf8Start[offset] {
      return false
    }
    return true
  }

  /// Whether the whole of `range` is `text` (lower case).
  package func equals(_ text: StaticString, _ span: RawSpan, _ range: Range<Int>) -> Bool {
    range.count == text.utf8CodeUnitCount
      && has(text, span, at: range.lowerBound, before: range.upperBound)
  }

  func trimmed(_ span: RawSpan, _ range: Range<Int>) -> Range<Int> {
    var low = range.lowerBound
    var high = range.upperBound
    while low < high, isBlank(byte(span, low)) || isLineEnd(byte(span, low)) { low += 1 }
    while high > low, isBlank(byte(span, high - 1)) || isLineEnd(byte(span, high - 1)) {
      high -= 1
    }
    return low..<high
  }
}

/// Names whose values are secrets.
package enum SecretName {
  private static let exact: [StaticString] = [
    "pin", "pwd", "pass", "psw", "otp", "sid", "auth", "jwt", "code_verifier", "assertion",
    "client_assertion", "saml_response", "samlresponse", "sessionid", "session_id",
    "jsessionid", "authenticity_token", "j_password", "sig", "signature", "pw", "phrase", "passe",
  ]
  /// A name that has one of these in it; a dash says where `-`, `_` and `.` may stand.
  private static let parts: [StaticString] = [
    "pass-word", "pass-wd", "pass-phrase", "pass-code", "pass-ticket", "pass-wrd", "pass-wort",
    "secret", "token", "api-key", "access-key", "private-key", "credential", "authorization",
    "ltpa", "pwd", "pswd", "session-id", "subscription-key", "jwt-assertion", "kenn-wort",
    "auth-key", "shared-key", "signing-key", "encryption-key", "account-key", "amz-signature",
    "mot-de-passe", "contrasena", "client-key", "license-key", "functions-key",
  ]
  /// The first two letters of the parts: by the first one, the second ones as bits. Most places in a name begin none.
  private static let beginnings = parts.reduce(into: [UInt32](repeating: 0, count: 32)) {
    unsafe $0[Int($1.utf8Start[0] & 31)] |= 1 << UInt32($1.utf8Start[1] & 31)
  }
  /// Words that the last part of a name may be, behind a joint: `X-Pin`, `login_pw`.
  private static let lastParts: [StaticString] = ["pin", "otp", "jwt", "sid"]
  /// What names end in, joined or not: `newpw`, `userPass`; and words that only seem to.
  private static let endings: [StaticString] = ["pw", "pass"]
  private static let otherWords: [StaticString] = ["bypass", "compass", "trespass", "surpass"]

  /// Whether a parameter or member of this name holds a secret.
  package static func matches(
    _ text: CredentialText, _ span: RawSpan, _ name: Range<Int>
  ) -> Bool {
    guard !name.isEmpty, name.count <= 128 else { return false }
    var first = text.byte(span, name.lowerBound)
    for next in name.dropFirst() {
      let second = text.byte(span, next)
      if beginnings[Int(first & 31)] & 1 << UInt32(second & 31) != 0 {
        for part in parts where has(part, text, span, next - 1, name.upperBound) { return true }
      }
      first = second
    }
    if ends(text, span, name) { return true }
    guard name.count <= 18 else { return false }
    for word in exact where text.equals(word, span, name) { return true }
    return false
  }

  private static func ends(_ text: CredentialText, _ span: RawSpan, _ name: Range<Int>) -> Bool {
    switch text.byte(span, name.upperBound - 1) | 0x20 {
    case 0x64, 0x6E, 0x70, 0x73, 0x74, 0x77: break
    default: return false
    }
    for word in lastParts {
      let start = name.upperBound - word.utf8CodeUnitCount
      guard start > name.lowerBound, isJoint(text.byte(span, start - 1)) else { continue }
      if text.equals(word, span, start..<name.upperBound) { return true }
    }
    for ending in endings {
      let start = name.upperBound - ending.utf8CodeUnitCount
      guard start > name.lowerBound, text.equals(ending, span, start..<name.upperBound) else {
        continue
      }
      return !otherWords.contains { text.equals($0, span, name) }
    }
    return false
  }

  private static func has(
    _ part: StaticString, _ text: CredentialText, _ span: RawSpan, _ start: Int, _ end: Int
  ) -> Bool {
    var at = start
    for offset in 0..<part.utf8CodeUnitCount {
      let wanted = unsafe part.utf8Start[offset]
      if wanted == Byte.dash {
        while at < end, isJoint(text.byte(span, at)) { at += 1 }
        continue
      }
      guard at < end, Byte.lower(text.byte(span, at)) == wanted else { return false }
      at += 1
    }
    return true
  }

  private static func isJoint(_ byte: UInt8) -> Bool {
    byte == Byte.dash || byte == 0x5F || byte == Byte.dot
  }
}
