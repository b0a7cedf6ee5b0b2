internal import TraceBytes

/// Finds the empty line that ends a head or a trailer section, across pieces.
struct HeadScan {
  private enum Place {
    case lineStart
    case afterCR
    case inLine
  }

  private var place = Place.lineStart

  /// Index after the empty line, if it ends in `from..<to`.
  mutating func find(_ span: RawSpan, _ from: Int, _ to: Int) -> Int? {
    var at = from
    while at < to {
      switch place {
      case .inLine:
        guard let feed = span.firstIndex(of: Byte.lf, from: at, to: to) else { return nil }
        at = feed + 1
        place = .lineStart
      case .lineStart:
        let byte = span.u8(at)
        at += 1
        if byte == Byte.lf { return at }
        place = byte == Byte.cr ? .afterCR : .inLine
      case .afterCR:
        if span.u8(at) == Byte.lf { return at + 1 }
        place = .inLine
      }
    }
    return nil
  }
}
