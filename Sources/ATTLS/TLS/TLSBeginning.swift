import TraceBytes

/// Finds where TLS begins in one direction of a stream, whatever the pieces it comes in.
///
/// A record may stand where the stream or a piece of it begins. A hello is also found behind a line of
/// clear text (PROXY, CONNECT, STARTTLS), and anywhere in the first bytes (the binary PROXY header, MySQL).
public struct TLSBeginning: Sendable {
  /// What a piece was.
  public enum Answer: Sendable, Equatable {
    /// No TLS so far. These bytes, which may have been held, are no TLS; there may be none.
    case clear(held: [UInt8], count: Int)
    /// TLS begins: with bytes held from earlier pieces, and then at `from` in this one.
    case tls(held: [UInt8], from: Int)
  }

  private enum Fit { case no, perhaps, yes }

  /// How far into a stream a hello is looked for at every byte.
  private static let anywhere: UInt64 = 2048
  /// Bytes that tell a hello.
  private static let helloHead = 10

  /// Bytes at the end of what was read that may begin a record, and which of them began a piece.
  private var held: [UInt8] = []
  private var heldStarts: [Bool] = []
  /// Bytes of the stream before those that are held.
  private var passed: UInt64 = 0
  private var last: UInt8 = 0
  private var isFromStart = true

  /// Begins at the first byte of a stream.
  public init() {}

  /// Says that bytes are missing here.
  public mutating func gap() {
    held.removeAll()
    heldStarts.removeAll()
    isFromStart = false
    last = 0
  }

  /// Looks at the next piece.
  public mutating func read(_ piece: RawSpan) -> Answer {
    let before = held.count
    let total = before + piece.byteCount
    var pending: Int?
    var at = 0
    while at < total {
      switch fit(piece, at, total) {
      case .yes:
        let answer = Answer.tls(
          held: Array(held[min(at, before)...]), from: max(0, at - before))
        held.removeAll()
        heldStarts.removeAll()
        return answer
      case .perhaps:
        if pending == nil { pending = at }
      case .no: break
      }
      at = next(piece, behind: at, total)
    }
    return hold(piece, from: pending ?? total, total)
  }

  /// The next place that is worth a look: what is held, or a handshake or alert record.
  private func next(_ piece: RawSpan, behind at: Int, _ total: Int) -> Int {
    var next = at + 1
    guard next > held.count else { return next }
    while next < total {
      let byte = piece.u8(next - held.count)
      if byte == 0x16 || byte == 0x15 { break }
      next += 1
    }
    return next
  }

  /// Keeps the bytes from `start` on for the next piece.
  private mutating func hold(_ piece: RawSpan, from start: Int, _ total: Int) -> Answer {
    let before = held.count
    let given = Array(held[..<min(start, before)])
    let count = max(0, start - before)
    if start > 0 { last = byte(piece, start - 1) }
    passed &+= UInt64(start)
    var kept: [UInt8] = []
    var starts: [Bool] = []
    for index in start..<total {
      kept.append(byte(piece, index))
      starts.append(index < before ? heldStarts[index] : index == before)
    }
    held = kept
    heldStarts = starts
    return .clear(held: given, count: count)
  }

  private func byte(_ piece: RawSpan, _ at: Int) -> UInt8 {
    at < held.count ? held[at] : piece.u8(at - held.count)
  }

  private func fit(_ piece: RawSpan, _ at: Int, _ total: Int) -> Fit {
    let startsPiece = at < held.count ? heldStarts[at] : at == held.count
    var best = Fit.no
    if startsPiece {
      best = record(piece, at, total)
      if best == .no, at == 0, passed == 0, isFromStart { best = version2(piece, total) }
      if best == .yes { return .yes }
    }
    let behindLine = (at > 0 ? byte(piece, at - 1) : last) == 0x0A
    if best == .no, behindLine { best = alert(piece, at, total) }
    if best != .yes, startsPiece || behindLine || passed &+ UInt64(at) < Self.anywhere {
      let found = hello(piece, at, total)
      if found != .no { return found }
    }
    return best
  }

  /// Five bytes: a type, version 3.x, and a length that a record can have (RFC 8446, 5.1).
  private func record(_ piece: RawSpan, _ at: Int, _ total: Int) -> Fit {
    guard (0x14...0x17).contains(byte(piece, at)) else { return .no }
    guard at + 1 < total else { return .perhaps }
    guard byte(piece, at + 1) == 3 else { return .no }
    guard at + 2 < total else { return .perhaps }
    guard byte(piece, at + 2) <= 4 else { return .no }
    guard at + 4 < total else { return .perhaps }
    let length = Int(byte(piece, at + 3)) << 8 | Int(byte(piece, at + 4))
    return length > 0 && length <= TLSRecordHeader.maximumLength ? .yes : .no
  }

  /// A record with an alert in clear.
  private func alert(_ piece: RawSpan, _ at: Int, _ total: Int) -> Fit {
    for (index, allowed) in Self.alertHead.enumerated() {
      guard at + index < total else { return .perhaps }
      if !allowed.contains(byte(piece, at + index)) { return .no }
    }
    return .yes
  }

  private static let alertHead: [ClosedRange<UInt8>] = [
    0x15...0x15, 3...3, 0...4, 0...0, 2...2, 1...2,
  ]

  /// A record with the head of a hello: its type, a length below 65,536, and its version.
  private func hello(_ piece: RawSpan, _ at: Int, _ total: Int) -> Fit {
    for index in 0..<Self.helloHead {
      guard at + index < total else { return .perhaps }
      let byte = byte(piece, at + index)
      let fits =
        switch index {
        case 0: byte == 0x16
        case 1: byte == 3
        case 2: byte <= 4
        case 3: Int(byte) << 8 <= TLSRecordHeader.maximumLength
        case 5: byte == 1 || byte == 2
        case 6: byte == 0
        // A ServerHello of a draft of TLS 1.3 has 7F here.
        case 9: byte == 3 || byte == 0x7F
        default: true
        }
      if !fits { return .no }
    }
    return .yes
  }

  /// The SSL 2.0 hello of an old client or server: a length of two bytes, a type and a version.
  private func version2(_ piece: RawSpan, _ total: Int) -> Fit {
    guard byte(piece, 0) & 0x80 != 0 else { return .no }
    guard total >= 7 else {
      return total > 2 && byte(piece, 2) != 1 && byte(piece, 2) != 4 ? .no : .perhaps
    }
    let length = Int(byte(piece, 0) & 0x7F) << 8 | Int(byte(piece, 1))
    switch byte(piece, 2) {
    case 1:
      let (major, minor) = (byte(piece, 3), byte(piece, 4))
      return length >= 12 && (major == 3 && minor <= 4 || major == 0 && minor == 2) ? .yes : .no
    case 4:
      return length >= 11 && byte(piece, 3) <= 1 && byte(piece, 5) == 0 && byte(piece, 6) == 2
        ? .yes : .no
    default: return .no
    }
  }
}
