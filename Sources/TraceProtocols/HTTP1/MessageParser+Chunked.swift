internal import TraceBytes

/// Where in the chunk framing a stream is (RFC 9112 section 7.1).
struct ChunkState {
  enum Phase {
    case size
    /// Blanks after the size.
    case pad
    case extensions
    /// After the CR of a size line.
    case sizeLF
    case data
    case dataCR
    case dataLF
    case trailers
  }

  var phase = Phase.size
  var size: UInt64 = 0
  var digits: UInt64 = 0
  var lineBytes: UInt64 = 0
  var lastWasCR = false
  var trailerBytes: UInt64 = 0
  var scan = HeadScan()

  mutating func nextLine() {
    phase = .size
    size = 0
    digits = 0
    lineBytes = 0
    lastWasCR = false
  }
}

extension MessageParser {
  /// Reads chunk framing and gives chunk data on.
  func chunked(_ span: RawSpan, _ from: Int, in connection: HTTPConnection) -> Int {
    var at = from
    let end = span.byteCount
    while at < end, state == .chunked {
      switch chunk.phase {
      case .data:
        let count = Int(clamping: min(remaining, UInt64(end - at)))
        summary.wireBytes &+= UInt64(count)
        body(span, at..<at + count, in: connection)
        remaining -= UInt64(count)
        at += count
        if remaining == 0 { chunk.phase = .dataCR }
      case .trailers: at = trailers(span, at, in: connection)
      case .extensions:
        let feed = span.firstIndex(of: Byte.lf, from: at, to: end)
        let stop = feed ?? end
        countLine(UInt64(stop - at), at: at, in: connection)
        if stop > at { chunk.lastWasCR = span.u8(stop - 1) == Byte.cr }
        summary.wireBytes &+= UInt64(stop - at)
        at = stop
        if feed != nil {
          if !chunk.lastWasCR { report(.bareLF, at: offset(at), in: connection) }
          summary.wireBytes &+= 1
          at += 1
          sizeLineEnd()
        }
      default:
        guard framingByte(span.u8(at), at: at, in: connection) else {
          summary.lastTime = now
          endMessage(.badFraming, in: connection)
          beginResync(nil, in: connection, at: offset(at))
          return at
        }
        summary.wireBytes &+= 1
        at += 1
      }
    }
    if state == .chunked { summary.lastTime = now }
    return at
  }

  /// Takes one byte of a size line or of the line end after data; false if it cannot be there.
  private func framingByte(_ byte: UInt8, at index: Int, in connection: HTTPConnection) -> Bool {
    switch chunk.phase {
    case .size:
      countLine(1, at: index, in: connection)
      if let digit = Hex.value(byte) {
        guard chunk.size >> 60 == 0 else {
          report(.hugeChunkSize, at: offset(index), in: connection)
          return false
        }
        chunk.size = chunk.size << 4 | UInt64(digit)
        chunk.digits += 1
        return true
      }
      guard chunk.digits > 0 else {
        guard byte == Byte.space || byte == Byte.tab else {
          report(.badChunkSize, at: offset(index), in: connection)
          return false
        }
        report(.oddChunkSize, at: offset(index), in: connection)
        return true
      }
      return afterSize(byte, at: index, in: connection)
    case .pad:
      countLine(1, at: index, in: connection)
      return afterSize(byte, at: index, in: connection)
    case .sizeLF:
      guard byte == Byte.lf else {
        report(.badChunkSize, at: offset(index), in: connection)
        return false
      }
      sizeLineEnd()
    case .dataCR:
      if byte == Byte.cr {
        chunk.phase = .dataLF
      } else if byte == Byte.lf {
        report(.bareLF, at: offset(index), in: connection)
        chunk.nextLine()
      } else {
        report(.badChunkEnd, at: offset(index), in: connection)
        return false
      }
    case .dataLF:
      guard byte == Byte.lf else {
        report(.badChunkEnd, at: offset(index), in: connection)
        return false
      }
      chunk.nextLine()
    case .data, .extensions, .trailers: break
    }
    return true
  }

  private func afterSize(_ byte: UInt8, at index: Int, in connection: HTTPConnection) -> Bool {
    switch byte {
    case Byte.semicolon: chunk.phase = .extensions
    case Byte.cr: chunk.phase = .sizeLF
    case Byte.lf:
      report(.bareLF, at: offset(index), in: connection)
      sizeLineEnd()
    case Byte.space, Byte.tab:
      report(.oddChunkSize, at: offset(index), in: connection)
      chunk.phase = .pad
    default:
      report(.badChunkSize, at: offset(index), in: connection)
      return false
    }
    return true
  }

  private func sizeLineEnd() {
    remaining = chunk.size
    if chunk.size > 0 {
      chunk.phase = .data
    } else {
      chunk.phase = .trailers
      chunk.scan = HeadScan()
      chunk.trailerBytes = 0
    }
  }

  private func countLine(_ count: UInt64, at index: Int, in connection: HTTPConnection) {
    let before = chunk.lineBytes
    chunk.lineBytes &+= count
    guard before <= limits.chunkLineBytes, chunk.lineBytes > limits.chunkLineBytes else { return }
    report(
      .longChunkLine, at: offset(index) &+ (limits.chunkLineBytes - before), in: connection)
  }

  private func trailers(_ span: RawSpan, _ from: Int, in connection: HTTPConnection) -> Int {
    let end = span.byteCount
    var scan = chunk.scan
    let found = scan.find(span, from, end)
    chunk.scan = scan
    let stop = found ?? end
    summary.wireBytes &+= UInt64(stop - from)
    let room = max(0, limits.trailerBytes - held.count)
    held.append(span, from..<min(stop, from + room), at: now)
    chunk.trailerBytes &+= UInt64(stop - from)
    if chunk.trailerBytes > UInt64(limits.trailerBytes) {
      let over = chunk.trailerBytes - UInt64(limits.trailerBytes)
      report(.longTrailers, at: offset(stop) &- over, in: connection)
    }
    guard found != nil else { return stop }
    withHeld { bytes in
      // An empty line alone is none.
      if bytes.byteCount > 2, let current {
        connection.sink.messageTrailers(current, bytes: bytes)
      }
    }
    endMessage(.complete, in: connection)
    return stop
  }
}
