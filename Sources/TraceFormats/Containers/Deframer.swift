internal import TraceBytes
internal import TraceModel

/// How the records of a data set are marked in a downloaded file.
///
/// Sources: z/OS Communications Server FTP (SITE RDW), z/OSMF data set REST interface (record mode),
/// RFC 959 3.4.2 (block mode), z/OS DFSMS variable-length record format.
public enum Framing: String, Sendable, CaseIterable {
  /// No marks: entries end to end.
  case none
  /// Record descriptor words: u16 length with itself, u16 zero. FTP binary with `quote site rdw`.
  case rdw
  /// Block descriptor words around record descriptor words.
  case bdw
  /// 32-bit lengths without themselves. z/OSMF and Zowe record mode.
  case length
  /// 32-bit lengths that count themselves.
  case lengthWithItself = "length-inclusive"
  /// FTP block mode: descriptor byte, u16 count.
  case ftpBlock = "ftp-block"

  /// The words used in `zcap info`.
  public var text: String {
    switch self {
    case .none: "no record marks"
    case .rdw: "RDWs"
    case .bdw: "BDWs and RDWs"
    case .length: "4-byte record lengths"
    case .lengthWithItself: "4-byte record lengths that count themselves"
    case .ftpBlock: "FTP block mode"
    }
  }
}

/// Takes the record marks out of a file: contents go to a stream, frame starts to a map.
struct Deframer {
  let framing: Framing
  /// Bytes of marks taken out.
  private(set) var markBytes: UInt64 = 0
  /// Bytes of the current block (BDW) that are still to come.
  private var blockLeft = 0
  /// Whether the next FTP block continues a record.
  private var continues = false

  /// No data set has longer records; a longer one in the file is damage.
  static let longestFrame = 1 << 20

  init(_ framing: Framing) { self.framing = framing }

  /// One mark and the frame behind it.
  struct Frame: Equatable {
    var mark: Int
    var content: Int
    /// Whether the frame carries data of the data set.
    var isData = true
    /// Whether the next frame continues this record.
    var continues = false
  }

  /// Reads the mark at `at`. Nil when there is none; a frame may be longer than the bytes there.
  func frame(_ bytes: RawSpan, _ at: Int) -> Frame? {
    switch framing {
    case .none: return nil
    case .rdw, .bdw:
      guard bytes.has(4, at: at) else { return nil }
      let length = Int(bytes.be16(at))
      // The third byte tells spanned segments (RECFM VBS): 1 first, 2 last, 3 middle.
      guard length >= 4, bytes.u8(at + 2) <= 3, bytes.u8(at + 3) == 0 else { return nil }
      return Frame(mark: 4, content: length - 4, continues: bytes.u8(at + 2) & 1 == 1)
    case .length, .lengthWithItself:
      guard bytes.has(4, at: at) else { return nil }
      let length = Int(bytes.be32(at)) - (framing == .length ? 0 : 4)
      guard length >= 0, length <= Self.longestFrame else { return nil }
      return Frame(mark: 4, content: length)
    case .ftpBlock:
      guard bytes.has(3, at: at) else { return nil }
      let descriptor = bytes.u8(at)
      let count = Int(bytes.be16(at + 1))
      // End of record, end of file, errors suspected, restart marker; the rest is not defined. A marker
      // is a few printable characters.
      guard descriptor & 0x0F == 0, descriptor & 0x10 == 0 || (descriptor == 0x10 && count <= 64)
      else { return nil }
      return Frame(
        mark: 3, content: count, isData: descriptor & 0x10 == 0,
        continues: descriptor & 0x80 == 0)
    }
  }

  /// The length of the block whose descriptor word stands at `at`, without the word; or nil.
  static func block(_ bytes: RawSpan, _ at: Int) -> Int? {
    guard bytes.has(4, at: at) else { return nil }
    let word = bytes.be32(at)
    if word >> 31 == 1 {
      let length = Int(word & 0x7FFF_FFFF)
      return length >= 8 && length <= longestFrame ? length - 4 : nil
    }
    let length = Int(word >> 16)
    return length >= 8 && word & 0xFFFF == 0 ? length - 4 : nil
  }

  /// Moves the contents of the frames in `bytes` to the stream.
  ///
  /// - Returns: bytes consumed; a frame that is not whole waits for more unless the input ends.
  mutating func read(
    _ bytes: RawSpan, at offset: UInt64, atEnd: Bool, into stream: ByteBuffer,
    _ map: inout FrameMap,
    _ sink: any TraceSink
  ) throws(TraceError) -> Int {
    var at = 0
    while at < bytes.byteCount {
      if framing == .bdw, blockLeft == 0 {
        if bytes.byteCount - at < 4, !atEnd { break }
        if let length = Self.block(bytes, at), rdwFits(bytes, at + 4, within: length, atEnd) {
          blockLeft = length
          markBytes += 4
          at += 4
          continue
        }
        guard let next = try resynchronise(bytes, at, offset, atEnd, stream, &map, sink) else {
          break
        }
        at = next
        continue
      }
      if bytes.byteCount - at < 4, !atEnd { break }
      guard let frame = frame(bytes, at), framing != .bdw || frame.content + 4 <= blockLeft else {
        blockLeft = 0
        guard let next = try resynchronise(bytes, at, offset, atEnd, stream, &map, sink) else {
          break
        }
        at = next
        continue
      }
      let start = at + frame.mark
      let whole = bytes.byteCount - start >= frame.content
      guard whole || atEnd else { break }
      let end = whole ? start + frame.content : bytes.byteCount
      markBytes += UInt64(frame.mark)
      if frame.isData {
        if !continues { map.add(start: stream.count, offset: offset + UInt64(start)) }
        stream.append(bytes.extracting(start..<end))
        continues = frame.continues
      } else {
        markBytes += UInt64(end - start)
      }
      if framing == .bdw { blockLeft -= 4 + frame.content }
      at = end
    }
    return at
  }

  private func rdwFits(_ bytes: RawSpan, _ at: Int, within length: Int, _ atEnd: Bool) -> Bool {
    guard bytes.has(4, at: at) else { return atEnd }
    guard let frame = frame(bytes, at) else { return false }
    return frame.content + 4 <= length
  }

  /// Where the marks make no sense: hands the bytes up to the next place where they do to the stream
  /// as one frame, so that the entries among them are still found.
  private mutating func resynchronise(
    _ bytes: RawSpan, _ at: Int, _ offset: UInt64, _ atEnd: Bool, _ stream: ByteBuffer,
    _ map: inout FrameMap, _ sink: any TraceSink
  ) throws(TraceError) -> Int? {
    var next = at + 1
    while next < bytes.byteCount, !opensFrame(bytes, next) { next += 1 }
    if next == bytes.byteCount, !atEnd, next - at < Self.longestFrame { return nil }
    map.add(start: stream.count, offset: offset + UInt64(at))
    stream.append(bytes.extracting(at..<next))
    try sink.notice(
      TraceNotice(.remark, .framing, at: offset + UInt64(at), length: UInt64(next - at)))
    return next
  }

  /// Whether frames begin again at `at`: the next one holds an entry, or so many follow each other that
  /// it cannot be chance.
  private func opensFrame(_ bytes: RawSpan, _ at: Int) -> Bool {
    guard framing != .bdw else { return chains(bytes, at, frames: 3) }
    guard let frame = frame(bytes, at), frame.content > 0 else { return false }
    let content = at + frame.mark
    if CTE.beginsStrictly(bytes, content), Int(bytes.be16(content)) <= frame.content { return true }
    return chains(bytes, at, frames: framing == .rdw ? 3 : 8)
  }

  /// Whether `frames` frames follow each other from `at`, or fewer up to the exact end.
  func chains(_ bytes: RawSpan, _ start: Int, frames: Int) -> Bool {
    var at = start
    if framing == .bdw {
      var blocks = 0
      while blocks < frames {
        guard let length = Self.block(bytes, at) else { return blocks > 0 && at == bytes.byteCount }
        var left = length
        var place = at + 4
        while left > 0 {
          guard let frame = frame(bytes, place), frame.content + 4 <= left else {
            return place >= bytes.byteCount && blocks > 0
          }
          left -= 4 + frame.content
          place += 4 + frame.content
        }
        at = place
        blocks += 1
      }
      return true
    }
    for count in 0..<frames {
      guard let frame = frame(bytes, at), frame.content > 0 else {
        return count > 0 && at == bytes.byteCount
      }
      at += frame.mark + frame.content
    }
    return true
  }
}
