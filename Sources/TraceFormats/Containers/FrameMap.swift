/// Where the bytes of a stream stand in the file, and where the records of the transfer begin in it.
///
/// A stream is the content of frames laid end to end; entries of a trace run across frames.
struct FrameMap {
  /// Stream index of the first byte of each frame, in order.
  private(set) var starts: [Int] = []
  /// File offset of that byte.
  private var offsets: [UInt64] = []
  /// Whether frame boundaries are known; without them the map only gives offsets.
  let isFramed: Bool

  init(framed: Bool) { isFramed = framed }

  /// A map of a window that is the file itself.
  init(offset: UInt64) {
    isFramed = false
    starts = [0]
    offsets = [offset]
  }

  mutating func add(start: Int, offset: UInt64) {
    starts.append(start)
    offsets.append(offset)
  }

  /// File offset of the stream byte at `index`.
  func offset(of index: Int) -> UInt64 {
    let frame = self.frame(containing: index)
    guard frame >= 0 else { return UInt64(max(0, index)) }
    return offsets[frame] + UInt64(index - starts[frame])
  }

  /// The first frame start after `index`, or nil.
  @inline(__always)
  func nextStart(after index: Int) -> Int? {
    guard isFramed else { return nil }
    let next = frame(containing: index) + 1
    return next < starts.count ? starts[next] : nil
  }

  /// Whether a frame begins at `index`.
  func begins(at index: Int) -> Bool {
    let frame = self.frame(containing: index)
    return isFramed && frame >= 0 && starts[frame] == index
  }

  /// Forgets the first `count` bytes of the stream.
  mutating func removeFirst(_ count: Int) {
    let frame = self.frame(containing: count)
    guard frame >= 0 else { return }
    if frame > 0 {
      starts.removeFirst(frame)
      offsets.removeFirst(frame)
    }
    for index in starts.indices { starts[index] -= count }
    if starts[0] < 0 && !isFramed {
      offsets[0] += UInt64(-starts[0])
      starts[0] = 0
    }
  }

  /// How many frames are known.
  var frames: Int { starts.count }

  /// The stream index behind a frame; the last one has no end yet.
  func end(of frame: Int) -> Int { frame + 1 < starts.count ? starts[frame + 1] : Int.max }

  /// The last frame whose start is at or before `index`, or -1: binary search.
  func frame(containing index: Int) -> Int {
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= index { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }
}
