internal import TraceBytes

/// Maps names and addresses in a message of DNS; lengths and pointers stay. Source: RFC 1035 sections 4.1, 3.3.
struct DNSMapper {
  private let pseudonyms: Pseudonyms

  init(_ pseudonyms: Pseudonyms) { self.pseudonyms = pseudonyms }

  mutating func map(_ bytes: inout [UInt8]) {
    guard bytes.count > 12 else { return }
    let counts = (0..<4).map { Int(bytes[4 + 2 * $0]) << 8 | Int(bytes[5 + 2 * $0]) }
    guard counts[0] <= 32, counts.reduce(0, +) <= 2048 else { return }
    var at = 12
    for _ in 0..<counts[0] {
      guard let end = name(&bytes, at) else { return }
      at = end + 4
    }
    for _ in 0..<counts[1] + counts[2] + counts[3] {
      guard let end = name(&bytes, at), end + 10 <= bytes.count else { return }
      let type = Int(bytes[end]) << 8 | Int(bytes[end + 1])
      let length = Int(bytes[end + 8]) << 8 | Int(bytes[end + 9])
      let data = end + 10
      guard data + length <= bytes.count else { return }
      record(&bytes, type, data..<data + length)
      at = data + length
    }
  }

  private func record(_ bytes: inout [UInt8], _ type: Int, _ data: Range<Int>) {
    switch type {
    case 1 where data.count == 4: pseudonyms.mapIPv4(in: &bytes, at: data.lowerBound)
    case 28 where data.count == 16: pseudonyms.mapIPv6(in: &bytes, at: data.lowerBound)
    case 2, 5, 12: _ = name(&bytes, data.lowerBound)
    case 15: _ = name(&bytes, data.lowerBound + 2)
    case 33: _ = name(&bytes, data.lowerBound + 6)
    case 6:
      if let next = name(&bytes, data.lowerBound) { _ = name(&bytes, next) }
    case 16:
      // Texts, each with its length.
      var at = data.lowerBound
      while at < data.upperBound {
        let text = at + 1..<min(data.upperBound, at + 1 + Int(bytes[at]))
        var finder = NameFinder(Array(bytes[text]), pseudonyms)
        finder.search()
        for (range, new) in finder.found {
          let place = text.lowerBound + range.lowerBound
          bytes.replaceSubrange(place..<place + range.count, with: new)
        }
        at = max(at + 1, text.upperBound)
      }
    default: break
    }
  }

  /// Maps the labels of a name up to its end or a pointer; where it ends, nil when it is none.
  private func name(_ bytes: inout [UInt8], _ start: Int) -> Int? {
    var at = start
    var labels: [Range<Int>] = []
    var isWhole = false
    while at < bytes.count {
      let length = Int(bytes[at])
      if length == 0 {
        isWhole = true
        at += 1
        break
      }
      if length & 0xC0 == 0xC0 {
        at += 2
        break
      }
      guard length < 64, at + 1 + length <= bytes.count else { return nil }
      labels.append(at + 1..<at + 1 + length)
      at += 1 + length
    }
    guard at <= bytes.count else { return nil }
    // Labels that a pointer continues are not the end of the name: a made-up last label stands for it.
    let text = Array(labels.map { Array(bytes[$0]) }.joined(separator: [0x2E]))
    let mapped = pseudonyms.map(host: isWhole ? text : text + [0x2E, 0x78])
    if isWhole, labels.count > 1 { pseudonyms.learn(host: text) }
    var place = 0
    for label in labels {
      for index in label {
        bytes[index] = mapped[place]
        place += 1
      }
      place += 1
    }
    return at
  }
}
