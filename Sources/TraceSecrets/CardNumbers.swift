/// Numbers of cards: 13 to 19 digits whose check digit is right (ISO/IEC 7812-1), written together or in groups.
enum CardNumbers {
  static func find(_ text: [UInt8]) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var at = 0
    while at < text.count {
      guard isDigit(text[at]), at == 0 || !isDigit(text[at - 1]) else {
        at += 1
        continue
      }
      var digits: [UInt8] = []
      var end = at
      var last = at
      while end < text.count, digits.count < 20 {
        if isDigit(text[end]) {
          digits.append(text[end] & 0x0F)
          last = end + 1
        } else if text[end] != 0x20 && text[end] != 0x2D || !isDigit(text[end - 1]) {
          break
        }
        end += 1
      }
      if (13...19).contains(digits.count), (2...6).contains(digits[0]), isRight(digits) {
        found.append(at..<last)
      }
      at = max(last, at + 1)
    }
    return found
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  private static func isRight(_ digits: [UInt8]) -> Bool {
    var sum = 0
    for (index, digit) in digits.reversed().enumerated() {
      let value = index % 2 == 1 ? Int(digit) * 2 : Int(digit)
      sum += value > 9 ? value - 9 : value
    }
    return sum % 10 == 0
  }
}
