internal import TraceBytes
internal import TraceModel

/// What is secret in a conversation: passwords and tokens of a logon, passwords in statements, and the tokens of
/// the answer to such a statement, which may repeat it.
struct DRDASecrets {
  /// What is known of one side's stream.
  private struct Side {
    var stream = DDMStream()
    var sql = SQLText()
    /// Mechanism that the object under way named, or the last one did.
    var mechanism: UInt16?
    var isInChain = false
    /// Whether a statement of the last chain held a secret.
    var hasSecret = false
  }

  private var sides = Sides(lower: Side(), upper: Side())

  mutating func gap(_ side: FlowSide) {
    sides[side].stream.gap()
    sides[side].sql = SQLText()
  }

  mutating func take(
    _ message: RawSpan, _ place: MessagePlace, ccsid: UInt16?, mark: (Range<Int>) -> Void
  ) {
    var side = sides[place.side]
    let mayRepeat = sides[place.side.other].hasSecret
    var stream = side.stream
    stream.take(message, length: place.length) { event in
      switch event {
      case .structure(let header):
        if !side.isInChain, header.kind != .reply { side.hasSecret = false }
        side.isInChain = header.isChained
      case .value(let piece) where piece.parameter != nil:
        Self.parameter(piece, message, &side, mark)
      case .value(let piece):
        switch piece.object {
        case .sqlstt:
          if piece.isFirst { side.sql.begin(total: piece.total) }
          side.sql.take(message, piece.range, ccsid: ccsid, text: { _ in }, secret: mark)
          if side.sql.hasSecret { side.hasSecret = true }
        case .sqlcard where mayRepeat, .sqldard where mayRepeat:
          guard piece.isFirst else { break }
          let card = SQLCard(message.extracting(piece.range))
          for range in card?.tokenRanges ?? [] {
            let start = piece.range.lowerBound
            mark(start + range.lowerBound..<start + range.upperBound)
          }
        default: break
        }
      case .object, .end: break
      }
    }
    side.stream = stream
    sides[place.side] = side
  }

  private static func parameter(
    _ piece: DDMStream.Piece, _ message: RawSpan, _ side: inout Side, _ mark: (Range<Int>) -> Void
  ) {
    switch piece.parameter {
    case .password, .newpassword:
      if !piece.range.isEmpty { mark(piece.range) }
    case .secmec:
      if piece.isFirst { side.mechanism = 0 }
      for index in piece.range {
        side.mechanism = (side.mechanism ?? 0) << 8 | UInt16(message.u8(index))
      }
    case .sectkn:
      // In the negotiation the tokens of other mechanisms are public keys.
      let isOpen = side.mechanism.map { ![9, 10, 11].contains($0) } ?? false
      let isNegotiation = piece.object == .accsec || piece.object == .accsecrd
      if !(isOpen && isNegotiation), !piece.range.isEmpty { mark(piece.range) }
    default: break
    }
  }
}
