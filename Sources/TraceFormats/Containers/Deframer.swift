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

  /// Bytes of the mark in front of a record.
  var markSize: Int { self == .ftpBlock ? FTPBlock.Layout.size : DescriptorWord.Layout.size }
}

/// Takes the record marks out of a file: contents go to a stream, frame starts to a map.
struct Deframer {
  let framing: Framing
  /// Bytes of marks taken out.
  private(set) var markBytes: UInt64 = 0
  /// Bytes of the current block (BDW) that are still to come.
  private var blockLeft = 0
  private var isBehindBlockMark = false
  /// Whether the next frame continues a record.
  private var continues = false
  /// How far the file seems to be one whole entry a frame; then other frames are suspect. 0 to 8.
  private var wholeness = 1
  /// Whether each frame has been one whole entry.
  var framesAreEntries: Bool { wholeness > 1 }
  /// File offset of the mark of a frame that the end of the input cuts.
  private(set) var cut: UInt64?

  /// No data set has longer records; a longer one in the file is damage.
  static let longestFrame = 1 << 20

  /// Whether reading begins somewhere in a file, and no mark is known yet.
  private var isLost = false
  /// Bytes of the prefix that records are known to have.
  private(set) var prefix = 0

  /// The length in front of a record, where marks are nothing else.
  static let length = Field<UInt32>("length", 0)

  init(_ framing: Framing) { self.framing = framing }

  /// For the middle of a file whose head another one has read.
  ///
  /// - Parameter prefix: bytes of the prefix that records were found to have.
  init(inside head: Deframer, prefix: Int) {
    framing = head.framing
    self.prefix = prefix
    wholeness = head.wholeness
    isLost = true
  }

  /// One mark and the frame behind it.
  struct Frame: Equatable {
    var mark: Int
    var content: Int
    /// Whether the frame carries data of the data set.
    var isData = true
    /// Whether the next frame continues this record.
    var continues = false
    /// Whether the frame begins a record or goes on with one; nil where the mark does not tell.
    var begins: Bool?
  }

  /// Reads the mark at `at`. Nil when there is none; a frame may be longer than the bytes there.
  func frame(_ bytes: RawSpan, _ at: Int) -> Frame? {
    switch framing {
    case .none: return nil
    case .rdw, .bdw:
      return DescriptorWord(record: bytes, at: at).map {
        Frame(
          mark: DescriptorWord.Layout.size, content: $0.content, continues: $0.continues,
          begins: $0.begins)
      }
    case .length, .lengthWithItself:
      guard bytes.has(Self.length.size, at: at) else { return nil }
      let length = Int(bytes[Self.length, at: at]) - (framing == .length ? 0 : Self.length.size)
      guard length >= 0, length <= Self.longestFrame else { return nil }
      return Frame(mark: Self.length.size, content: length)
    case .ftpBlock:
      return FTPBlock(bytes, at: at).map {
        Frame(
          mark: FTPBlock.Layout.size, content: $0.count, isData: $0.isData,
          continues: $0.continues)
      }
    }
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
    if isLost, bytes.byteCount > 0 {
      guard bytes.byteCount >= Self.sightInside || atEnd else { return 0 }
      if let begin = chainBegin(bytes) {
        if begin > 0 { try skip(bytes, 0..<begin, offset, stream, &map, sink) }
        at = begin
      } else {
        guard let next = try resynchronise(bytes, 0, offset, atEnd, stream, &map, sink) else {
          return 0
        }
        at = next
      }
      isLost = false
    }
    while at < bytes.byteCount {
      if framing == .bdw, blockLeft == 0 {
        if bytes.byteCount - at < 4, !atEnd { break }
        if let length = DescriptorWord(block: bytes, at: at)?.content,
          rdwFits(bytes, at + 4, within: length, atEnd)
        {
          blockLeft = length
          isBehindBlockMark = true
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
      guard let frame = frame(bytes, at), framing != .bdw || frame.content + 4 <= blockLeft,
        !isStray(frame)
      else {
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
      var end = whole ? start + frame.content : bytes.byteCount
      markBytes += UInt64(frame.mark)
      if frame.isData {
        if let begins = frame.begins, begins == continues {
          // A record that ends before its last segment, or segments without a first.
          try report(at, frame.mark, offset, sink)
          continues = false
        }
        if let inner = frameInside(bytes, start..<end, isWhole: whole) {
          try report(at, frame.mark, offset, sink)
          end = inner
          blockLeft = 0
        } else if !whole {
          cut = offset + UInt64(at)
        }
        if !continues, start < end { map.add(start: stream.count, offset: offset + UInt64(start)) }
        stream.append(bytes.extracting(start..<end))
        continues = frame.continues
      } else {
        markBytes += UInt64(end - start)
      }
      isBehindBlockMark = false
      if framing == .bdw { blockLeft = max(0, blockLeft - 4 - frame.content) }
      at = end
    }
    // A block that the input ends in, between two of its records or right behind its mark.
    if atEnd, at == bytes.byteCount, blockLeft > 0, cut == nil {
      cut = offset + UInt64(at) - (isBehindBlockMark ? 4 : 0)
    }
    return at
  }

  /// Whether a frame is too short for an entry where frames have been whole entries: then the marks
  /// are lost, and it is made of other bytes.
  private func isStray(_ frame: Frame) -> Bool {
    wholeness > 1 && frame.isData && frame.content < CTELayout.smallest
      && !(framing == .ftpBlock && frame.content == 0)
  }

  private func report(
    _ at: Int, _ length: Int, _ offset: UInt64, _ sink: any TraceSink
  ) throws(TraceError) {
    try sink.notice(.damaged, .framing, at: offset + UInt64(at), length: UInt64(length))
  }

  /// Where the next frame begins inside one that should be a whole entry, as the frames before it were,
  /// and is none: its length is damaged, or bytes are missing in it, and it takes in what follows.
  private mutating func frameInside(
    _ bytes: RawSpan, _ content: Range<Int>, isWhole: Bool
  ) -> Int? {
    guard framing != .bdw else { return nil }
    if isEntry(bytes, content.lowerBound, content.count) {
      wholeness = min(8, wholeness + 1)
      return nil
    }
    let end = content.upperBound
    let isFollowed = isWhole && (!bytes.has(4, at: end) || frame(bytes, end) != nil)
    guard framesAreEntries || !isFollowed else {
      wholeness = max(0, wholeness - 1)
      return nil
    }
    for at in content where holdsEntry(bytes, at) || !isFollowed && opensLongFrames(bytes, at) {
      return at
    }
    wholeness = max(0, wholeness - 1)
    return nil
  }

  /// Whether three frames follow each other from `at`; short ones do by chance.
  private func opensLongFrames(_ bytes: RawSpan, _ start: Int) -> Bool {
    var at = start
    for count in 0..<3 {
      guard let frame = frame(bytes, at), frame.content >= 64 else {
        return count > 1 && at == bytes.byteCount
      }
      at += frame.mark + frame.content
    }
    return true
  }

  /// Whether a frame with one whole entry stands at `at`, and behind it another one or the end.
  private func holdsEntry(_ bytes: RawSpan, _ at: Int) -> Bool {
    guard let frame = frame(bytes, at), frame.isData,
      isEntry(bytes, at + frame.mark, frame.content)
    else { return false }
    let next = at + frame.mark + frame.content
    guard next < bytes.byteCount else { return true }
    guard let other = self.frame(bytes, next) else { return false }
    return other.content == 0 || !bytes.has(64, at: next + other.mark)
      || CTE.beginsStrictly(bytes, next + other.mark)
  }

  /// Whether a good entry of exactly this length stands at `at`.
  @inline(__always)
  func isEntry(_ bytes: RawSpan, _ at: Int, _ length: Int) -> Bool {
    guard length >= CTELayout.smallest, bytes.has(length, at: at) else { return false }
    return CTE.end(bytes, at) == at + length && CTE.closes(bytes, at, at + length)
      && CTE.headerIsPlausible(bytes, at)
  }

  func rdwFits(_ bytes: RawSpan, _ at: Int, within length: Int, _ atEnd: Bool) -> Bool {
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
    try skip(bytes, at..<next, offset, stream, &map, sink)
    return next
  }

  /// Hands bytes without a mark to the stream as one frame.
  private mutating func skip(
    _ bytes: RawSpan, _ range: Range<Int>, _ offset: UInt64, _ stream: ByteBuffer,
    _ map: inout FrameMap, _ sink: any TraceSink
  ) throws(TraceError) {
    map.add(start: stream.count, offset: offset + UInt64(range.lowerBound))
    stream.append(bytes.extracting(range))
    continues = false
    // The bytes are accounted for by what the walk finds in them; the mark is what is damaged here.
    let mark = framing.markSize
    try report(range.lowerBound, min(mark, range.count), offset, sink)
  }

  /// Whether frames begin again at `at`: the next one holds an entry, or so many follow each other that
  /// it cannot be chance.
  private func opensFrame(_ bytes: RawSpan, _ at: Int) -> Bool {
    guard framing != .bdw else { return chains(bytes, at, frames: 3) }
    guard let frame = frame(bytes, at), frame.content > 0 else { return false }
    let content = at + frame.mark
    if CTE.beginsStrictly(bytes, content), CTE.end(bytes, content) <= content + frame.content {
      return true
    }
    if wholeness > 1 { return false }
    return chains(bytes, at, frames: framing == .rdw ? 3 : 8)
  }

  /// Whether `frames` frames follow each other from `at`, or fewer up to the exact end.
  func chains(_ bytes: RawSpan, _ start: Int, frames: Int) -> Bool {
    var at = start
    if framing == .bdw {
      var blocks = 0
      while blocks < frames {
        guard let length = DescriptorWord(block: bytes, at: at)?.content else {
          return blocks > 0 && at == bytes.byteCount
        }
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
