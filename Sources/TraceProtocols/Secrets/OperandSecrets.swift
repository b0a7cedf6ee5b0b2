internal import TraceBytes

/// Finds the values of operands that name a secret, as JCL, RACF, JES and TSO commands have them:
/// `PASSWORD=value`, `PASSWORD=(old,new)`, `PASSWORD(value)`, `PHRASE('a value')`.
enum OperandSecrets {
  /// A keyword with how many of its letters are enough.
  private static let keywords: [(word: StaticString, least: Int)] = [
    ("PASSWORD", 4), ("PASSWD", 6), ("PASSPHRASE", 10), ("PHRASE", 6), ("NEWPASSWORD", 8),
    ("NEWPW", 5), ("NEWPHRASE", 9), ("KEYMASKED", 9), ("KEYENCRYPTED", 12), ("PWD", 3), ("PW", 2),
  ]

  /// Calls `mark` with each value in a range. True when a list of values goes on in the next statement,
  /// as JCL has it; `isOpen` says that one did so before.
  @discardableResult
  static func find(
    _ bytes: RawSpan, _ range: Range<Int>, _ coding: TextCoding, isOpen: Bool = false,
    mark: (Range<Int>) -> Void
  ) -> Bool {
    var at = range.lowerBound
    if isOpen {
      // `//` and blanks begin the statement that goes on.
      while at < range.upperBound, coding.fold(bytes.u8(at)) == Byte.slash { at += 1 }
      while at < range.upperBound, coding.isBlank(bytes.u8(at)) { at += 1 }
      let end = list(bytes, at..<range.upperBound, coding, blankEnds: true, mark)
      guard let end else { return true }
      at = end
    }
    var previous: UInt8 = 0
    while at < range.upperBound {
      let letter = coding.fold(bytes.u8(at))
      guard Byte.isLetter(letter), !isWordPart(previous) else {
        previous = letter
        at += 1
        continue
      }
      let end = bytes.end(from: at + 1, to: range.upperBound) { isWordPart(coding.fold($0)) }
      previous = coding.fold(bytes.u8(end - 1))
      let word = at..<end
      at = end
      guard end < range.upperBound, isTelling(bytes, word, coding) else { continue }
      var value = end
      if coding.fold(bytes.u8(value)) == Byte.equals { value += 1 }
      guard value < range.upperBound else { break }
      let rest = value + 1..<range.upperBound
      if coding.fold(bytes.u8(value)) == 0x28 {
        let isJCL = value > end
        guard let next = list(bytes, rest, coding, blankEnds: isJCL, mark) else { return isJCL }
        at = next
      } else if value > end {
        at = one(bytes, value..<range.upperBound, coding, mark)
      }
    }
    return false
  }

  /// A list of values up to its closing parenthesis; where it ends, nil when it does not. A blank ends
  /// the operands of a JCL statement: the list goes on in the next one, and what follows is a comment.
  private static func list(
    _ bytes: RawSpan, _ range: Range<Int>, _ coding: TextCoding, blankEnds: Bool,
    _ mark: (Range<Int>) -> Void
  ) -> Int? {
    var at = range.lowerBound
    while at < range.upperBound {
      let sign = coding.fold(bytes.u8(at))
      if sign == 0x29 { return at + 1 }
      if coding.isBlank(bytes.u8(at)) {
        if blankEnds { return nil }
        at += 1
      } else if sign == Byte.comma {
        at += 1
      } else {
        at = max(at + 1, one(bytes, at..<range.upperBound, coding, mark))
      }
    }
    return nil
  }

  /// One value, in quotes or up to a blank, comma or parenthesis; where it ends.
  private static func one(
    _ bytes: RawSpan, _ range: Range<Int>, _ coding: TextCoding, _ mark: (Range<Int>) -> Void
  ) -> Int {
    guard let first = range.first else { return range.upperBound }
    let quote = coding.fold(bytes.u8(first))
    if quote == 0x27 || quote == Byte.quote {
      var end = first + 1
      while end < range.upperBound {
        if coding.fold(bytes.u8(end)) == quote {
          // A quote in a value is written twice.
          guard end + 1 < range.upperBound, coding.fold(bytes.u8(end + 1)) == quote else { break }
          end += 1
        }
        end += 1
      }
      if end > first + 1 { mark(first + 1..<min(end, range.upperBound)) }
      return min(end + 1, range.upperBound)
    }
    var end = first
    while end < range.upperBound, !coding.isBlank(bytes.u8(end)) {
      let sign = coding.fold(bytes.u8(end))
      if sign == Byte.comma || sign == 0x28 || sign == 0x29 || sign == 0x27 { break }
      end += 1
    }
    if end > first { mark(first..<end) }
    return end
  }

  private static func isWordPart(_ letter: UInt8) -> Bool {
    Byte.isLetter(letter) || Byte.isDigit(letter) || letter == 0x40 || letter == 0x23
      || letter == 0x24 || letter == 0x5F
  }

  private static func isTelling(
    _ bytes: RawSpan, _ word: Range<Int>, _ coding: TextCoding
  ) -> Bool {
    for (keyword, least) in keywords
    where word.count >= least && word.count <= keyword.utf8CodeUnitCount {
      var isSame = true
      for index in 0..<word.count
      where unsafe coding.fold(bytes.u8(word.lowerBound + index)) != keyword.utf8Start[index] {
        isSame = false
        break
      }
      if isSame { return true }
    }
    return false
  }
}
