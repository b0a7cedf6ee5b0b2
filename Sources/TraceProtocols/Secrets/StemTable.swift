internal import TraceBytes

/// Finds stems: four bytes of which the two pairs are known.
///
/// A table of all pairs of bytes says of each pair which groups of stems it begins, another which ones it ends; a stem
/// is where both agree. That is two loads for each byte whatever it is, for ASCII and EBCDIC at once.
struct StemTable<Groups: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
  private var begins = [Groups](repeating: 0, count: 65_536)
  private var ends = [Groups](repeating: 0, count: 65_536)

  /// Adds all stems of these bytes: what may stand first, second, third and last.
  mutating func add(_ stem: [[UInt8]], _ groups: Groups) {
    Self.add(stem[0], stem[1], groups, to: &begins)
    Self.add(stem[2], stem[3], groups, to: &ends)
  }

  /// Some stems have any two bytes in them: row by row, and without a look at each entry whether the table is shared,
  /// they do not take a sixth of a start.
  private static func add(
    _ first: [UInt8], _ second: [UInt8], _ groups: Groups, to table: inout [Groups]
  ) {
    var entries = table.mutableSpan
    for two in second {
      let row = Int(two) << 8
      for one in first { entries[row | Int(one)] |= groups }
    }
  }

  /// Where the first stem of these groups begins at or after `start`, and its groups; nil when there is none.
  @inline(__always)
  func next(
    _ bytes: RawSpan, from start: Int, of wanted: Groups = ~0
  ) -> (place: Int, groups: Groups)? {
    let last = bytes.byteCount - 4
    guard start <= last else { return nil }
    return unsafe begins.withUnsafeBufferPointer { begins in
      unsafe ends.withUnsafeBufferPointer { ends in
        unsafe bytes.withUnsafeBytes { source in
          var at = start
          while at &+ 3 <= last {
            let p2 = unsafe Self.pair(source, at &+ 2)
            let p3 = unsafe Self.pair(source, at &+ 3)
            let a = unsafe begins[Self.pair(source, at)] & ends[p2]
            let b = unsafe begins[Self.pair(source, at &+ 1)] & ends[p3]
            let c = unsafe begins[p2] & ends[Self.pair(source, at &+ 4)]
            let d = unsafe begins[p3] & ends[Self.pair(source, at &+ 5)]
            if (a | b | c | d) & wanted != 0 {
              if a & wanted != 0 { return (at, a & wanted) }
              if b & wanted != 0 { return (at &+ 1, b & wanted) }
              return c & wanted != 0 ? (at &+ 2, c & wanted) : (at &+ 3, d & wanted)
            }
            at &+= 4
          }
          while at <= last {
            let hit = unsafe begins[Self.pair(source, at)] & ends[Self.pair(source, at &+ 2)]
            if hit & wanted != 0 { return (at, hit & wanted) }
            at &+= 1
          }
          return nil
        }
      }
    }
  }

  @inline(__always)
  private static func pair(_ source: UnsafeRawBufferPointer, _ at: Int) -> Int {
    Int(unsafe source.loadUnaligned(fromByteOffset: at, as: UInt16.self).littleEndian)
  }
}
