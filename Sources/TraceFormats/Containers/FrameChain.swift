internal import TraceBytes

/// Where the frames of a file go on when reading begins in its middle.
///
/// What was traced may be a trace itself, with frames of its own in payloads. They follow each other for no longer
/// than the entry around them: those of the file are the ones that go on.
extension Deframer {
  /// Bytes that are looked at: an entry in which the first frame may begin, one that frames go on for, and a frame.
  static let sightInside = 3 * CTEReader.largestEntry

  /// Where the frame begins that others follow for longest, of those that begin no further on than an entry is
  /// long; nil where there is none.
  func chainBegin(_ bytes: RawSpan) -> Int? {
    let count = min(bytes.byteCount, Self.sightInside)
    // For each place how far frames follow each other from there on.
    var reach = Array(0...count)
    for at in stride(from: count - 1, through: 0, by: -1) {
      guard let end = frameEnd(bytes, at), end <= count else { continue }
      reach[at] = hasSamePrefix(bytes, at, end) ? reach[end] : end
    }
    var best: Int?
    var most = 0
    for at in 0..<min(count, CTEReader.largestEntry) where reach[at] - at > most {
      (best, most) = (at, reach[at] - at)
    }
    return best
  }

  /// Where the frame, or the block of frames, at `at` ends, when it is as those at the head of the file were.
  private func frameEnd(_ bytes: RawSpan, _ at: Int) -> Int? {
    if framing == .bdw {
      guard let length = DescriptorWord(block: bytes, at: at)?.content,
        rdwFits(bytes, at + 4, within: length, true)
      else {
        return nil
      }
      return at + 4 + length
    }
    guard let frame = frame(bytes, at), frame.isData,
      (1...CTEReader.largestEntry).contains(frame.content)
    else { return nil }
    let start = at + frame.mark
    guard framesAreEntries else { return start + frame.content }
    return isEntry(bytes, start, frame.content) ? start + frame.content : nil
  }

  /// Whether the record of the frame at `end` has a prefix like that of the one at `at`, where records have one.
  private func hasSamePrefix(_ bytes: RawSpan, _ at: Int, _ end: Int) -> Bool {
    guard framing != .bdw, prefix >= 4, let one = frame(bytes, at), let next = frame(bytes, end),
      one.begins != false, next.begins != false
    else { return true }
    return RecordPrefixes.areAlike(bytes, at + one.mark, end + next.mark, prefix)
  }
}
