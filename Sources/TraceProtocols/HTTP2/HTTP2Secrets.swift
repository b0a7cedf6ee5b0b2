internal import TraceBytes
internal import TraceModel

/// Tells what of a connection is searched for secrets: the fields of header blocks, which may go on in further
/// frames, and bodies. It keeps tables of its own, so that it can be asked without a reader.
final class HTTP2Secrets {
  private struct Side {
    var table = HPACK()
    /// A header block under way, where its pieces stand in the stream, and whose it is.
    var block: [UInt8] = []
    var pieces: [(at: Int, offset: UInt64)] = []
    var stream: UInt32 = 0
    /// What the heads said of bodies, by stream.
    var bodies: [UInt32: Body] = [:]
    /// Whether some heads are missing or were forgotten, and whose came since.
    var isLost = false
    var known: Set<UInt32> = []

    /// A stream is over.
    mutating func forget(_ stream: UInt32) {
      bodies[stream] = nil
      known.remove(stream)
    }
  }

  private struct Body {
    var codings: [String]? = []
    var isGRPC = false
    /// Coding of messages of gRPC that say that they are compressed.
    var messageCoding: String?
  }

  /// Bytes of a value that stands in an earlier block, where it was searched: it may tell what the next field is.
  private static let mostContext = 64
  /// Bodies that are known at a time.
  static let mostBodies = 1 << 14

  private var sides = Sides(lower: Side(), upper: Side())

  /// Whether the value of a field is a secret, by its name in small letters.
  static func isSecret(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    let text = CredentialText(translate: nil)
    let range = 0..<bytes.count
    return CredentialLocator.isSecretField(text, unsafe bytes.span.bytes, range)
      || SecretName.matches(text, unsafe bytes.span.bytes, range)
  }

  /// Offset where the block under way begins.
  func unfinishedSince(_ side: FlowSide) -> UInt64? {
    sides[side].pieces.first?.offset
  }

  /// Gives the texts of a frame.
  func contents(
    _ message: RawSpan, _ place: MessagePlace, _ body: (SecretContent) -> Void
  ) {
    guard let frame = HTTP2Frame(message), !message.has("PRI *", at: 0) else { return }
    let range = frame.content(message).clamped(to: 0..<message.byteCount)
    take(frame, message, range, place, &sides[place.side], body)
  }

  private func take(
    _ frame: HTTP2Frame, _ message: RawSpan, _ range: Range<Int>, _ place: MessagePlace,
    _ side: inout Side, _ body: (SecretContent) -> Void
  ) {
    switch frame.kind {
    case .headers, .pushPromise:
      side.block = []
      side.pieces = []
      side.stream = frame.stream
    case .continuation where frame.length == 0 && !frame.endsHeaders: return
    case .continuation:
      // The beginning of the block is missing: none of it can be read.
      guard !side.pieces.isEmpty else {
        side.table.forget()
        return body(Self.sealed(message, range))
      }
    case .data: return data(frame, message, range, &side, body)
    case .reset:
      side.forget(frame.stream)
      return body(SecretContent(bytes: [], parts: [], stream: UInt64(frame.stream)))
    default: return
    }
    side.pieces.append((side.block.count, place.offset &+ UInt64(range.lowerBound)))
    side.block.append(message, range)
    let isCut = place.length > message.byteCount || side.block.count > HTTP2Reader.mostBlock
    guard isCut || frame.endsHeaders else { return }
    fields(&side, behind: place.offset, isCut: isCut, body)
    if frame.flags & HTTP2Frame.Flag.endStream != 0, frame.kind == .headers {
      body(SecretContent(bytes: [], parts: [], stream: UInt64(frame.stream)))
      side.forget(frame.stream)
    }
  }

  /// All of a range is secret, since nothing can be read of it.
  private static func sealed(_ message: RawSpan, _ range: Range<Int>) -> SecretContent {
    let bytes = message.extracting(range).copied()
    let part = SecretContent.Part(0..<bytes.count, at: range.lowerBound, isSecret: true)
    return SecretContent(bytes: bytes, parts: [part], stream: UInt64.max, isHeader: true)
  }

  // MARK: - Fields

  /// Gives the fields of a block as lines of names and values; places count from an offset of the stream.
  private func fields(
    _ side: inout Side, behind offset: UInt64, isCut: Bool, _ body: (SecretContent) -> Void
  ) {
    let (block, pieces) = (side.block, side.pieces)
    side.block = []
    side.pieces = []
    var content = SecretContent(bytes: [], parts: [], stream: UInt64.max, isHeader: true)
    var about = Body()
    var read = 0
    let isWhole = side.table.decode(unsafe block.span.bytes, &read) { field in
      let value = field.value ?? []
      content.bytes += field.name ?? Array("authorization".utf8)
      content.bytes += [0x3A, 0x20]
      if let part = field.place {
        Self.add(value, part, field, block, pieces, behind: offset, &content)
      } else {
        content.bytes += value.prefix(Self.mostContext)
      }
      content.bytes += [0x0D, 0x0A]
      note(field, value, &about)
    }
    if !isWhole || isCut {
      // What follows the last whole field is secret to its end, and so is what refers to it.
      side.table.forget()
      let rest = min(read, block.count)..<block.count
      let start = content.bytes.count
      content.bytes += block[rest]
      Self.add(
        start, rest, .plain, isSecret: true, pieces, block.count, behind: offset, &content)
      content.bytes += [0x0D, 0x0A]
    }
    if !content.parts.isEmpty { body(content) }
    if max(side.bodies.count, side.known.count) >= Self.mostBodies { lose(&side) }
    if side.isLost { side.known.insert(side.stream) }
    if about.isGRPC || about.codings != [] { side.bodies[side.stream] = about }
  }

  private func note(_ field: HPACK.Field, _ value: [UInt8], _ about: inout Body) {
    guard let name = field.name else { return }
    let text = { String(decoding: value.prefix(256), as: UTF8.self).lowercased() }
    switch String(decoding: name.prefix(32), as: UTF8.self) {
    case "content-encoding":
      about.codings = text().split(separator: ",").map { String($0.filter { $0 != " " }) }
        .filter { $0 != "identity" }
    case "grpc-encoding": about.messageCoding = text()
    case "content-type": about.isGRPC = text().hasPrefix("application/grpc")
    default: break
    }
  }

  /// Adds a value; one in the string code that stands in two frames is secret whole.
  private static func add(
    _ value: [UInt8], _ part: Range<Int>, _ field: HPACK.Field, _ block: [UInt8],
    _ pieces: [(at: Int, offset: UInt64)], behind offset: UInt64, _ content: inout SecretContent
  ) {
    let start = content.bytes.count
    content.bytes += value
    guard field.isCoded else {
      return add(
        start, part, .plain, isSecret: field.name == nil, pieces, block.count, behind: offset,
        &content)
    }
    let owner = pieces.lastIndex { $0.at <= part.lowerBound } ?? 0
    let end = owner + 1 < pieces.count ? pieces[owner + 1].at : block.count
    let place = Int(truncatingIfNeeded: pieces[owner].offset &- offset)
    if part.upperBound <= end {
      content.parts.append(
        SecretContent.Part(
          start..<content.bytes.count, at: place + part.lowerBound - pieces[owner].at,
          .huffman(part.count), isSecret: field.name == nil))
    } else {
      // Asterisks in the code: as many as there are bytes.
      content.bytes.removeLast(value.count)
      content.bytes += [UInt8](repeating: 0x2A, count: part.count)
      add(
        start, part, .huffman(part.count), isSecret: true, pieces, block.count, behind: offset,
        &content)
    }
  }

  /// Adds a stretch of the block, in as many parts as frames hold it.
  private static func add(
    _ start: Int, _ range: Range<Int>, _ coding: SecretContent.Coding, isSecret: Bool,
    _ pieces: [(at: Int, offset: UInt64)], _ count: Int, behind offset: UInt64,
    _ content: inout SecretContent
  ) {
    for (index, piece) in pieces.enumerated() {
      let end = index + 1 < pieces.count ? pieces[index + 1].at : count
      let low = max(piece.at, range.lowerBound)
      let high = min(end, range.upperBound)
      guard low < high else { continue }
      let place = Int(truncatingIfNeeded: piece.offset &- offset) + low - piece.at
      let text = start + low - range.lowerBound..<start + high - range.lowerBound
      var own = coding
      if case .huffman = coding { own = .huffman(high - low) }
      content.parts.append(SecretContent.Part(text, at: place, own, isSecret: isSecret))
    }
  }

  /// Tells what is secret in a block that does not go on: everything behind its last whole field, and all
  /// values before it.
  func secretsOfUnfinished(_ side: FlowSide, mark: (Range<Int>) -> Void) {
    let state = sides[side]
    guard let start = state.pieces.first?.offset else { return }
    for (index, piece) in state.pieces.enumerated() {
      let end = index + 1 < state.pieces.count ? state.pieces[index + 1].at : state.block.count
      let low = Int(truncatingIfNeeded: piece.offset &- start)
      if end > piece.at { mark(low..<low + end - piece.at) }
    }
    gap(side)
  }

  // MARK: - Bodies

  private func data(
    _ frame: HTTP2Frame, _ message: RawSpan, _ range: Range<Int>, _ side: inout Side,
    _ body: (SecretContent) -> Void
  ) {
    let about = side.bodies[frame.stream] ?? Body()
    let isUnknown = side.isLost && !side.known.contains(frame.stream)
    let ends = frame.flags & HTTP2Frame.Flag.endStream != 0
    if ends { side.forget(frame.stream) }
    let bytes = message.extracting(range).copied()
    var content = SecretContent(
      bytes: bytes, parts: [SecretContent.Part(0..<bytes.count, at: range.lowerBound)],
      stream: UInt64(frame.stream), ends: ends || about.isGRPC, codings: about.codings)
    content.lacksContext = isUnknown
    if about.isGRPC {
      if let coding = about.messageCoding, Self.isCompressed(bytes) {
        return messages(bytes, range.lowerBound, frame.stream, coding, body)
      }
      // A message says itself whether it is compressed; its fields are no text by lines.
      content.codings = bytes.first == 1 ? nil : []
    }
    if !bytes.isEmpty || ends { body(content) }
  }

  /// Whether bytes are whole messages of gRPC, of which one is compressed.
  private static func isCompressed(_ bytes: [UInt8]) -> Bool {
    var at = 0
    var isOne = false
    while let next = end(bytes, at) {
      if bytes[at] == 1 { isOne = true }
      at = next
    }
    return isOne && at == bytes.count
  }

  /// Where a message of gRPC ends: a flag, four bytes of length, and as many bytes; nil when it goes on.
  private static func end(_ bytes: [UInt8], _ at: Int) -> Int? {
    guard at + 5 <= bytes.count, bytes[at] <= 1 else { return nil }
    let end = at + 5 + bytes[at + 1..<at + 5].reduce(0) { $0 << 8 | Int($1) }
    return end <= bytes.count ? end : nil
  }

  private func messages(
    _ bytes: [UInt8], _ start: Int, _ stream: UInt32, _ coding: String,
    _ body: (SecretContent) -> Void
  ) {
    var at = 0
    while let end = Self.end(bytes, at) {
      let message = Array(bytes[at + 5..<end])
      if !message.isEmpty {
        let part = SecretContent.Part(0..<message.count, at: start + at + 5)
        body(
          SecretContent(
            bytes: message, parts: [part], stream: UInt64(stream),
            codings: bytes[at] == 1 ? [coding] : []))
      }
      at = end
    }
  }

  /// What was added to a table is not known.
  func gap(_ side: FlowSide) {
    sides[side].table.forget()
    sides[side].block = []
    sides[side].pieces = []
    lose(&sides[side])
  }

  /// What the heads said until now is not known.
  private func lose(_ side: inout Side) {
    side.isLost = true
    side.known = []
    if side.bodies.count >= Self.mostBodies { side.bodies = [:] }
  }
}
