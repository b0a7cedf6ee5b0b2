public import TraceModel

/// The addresses a rule asks for; empty means all.
///
/// Rules that name the same address group share one set, so a group of thousands of addresses is
/// kept once however many rules use it.
public struct AddressSet: Sendable, RandomAccessCollection, ExpressibleByArrayLiteral {
  private final class Storage: Sendable {
    let ranges: [AddressRange]
    let ipv4: [ClosedRange<UInt128>]
    let ipv6: [ClosedRange<UInt128>]

    init(_ ranges: [AddressRange]) {
      self.ranges = ranges
      ipv4 = Self.merged(ranges.filter { $0.low.isIPv4 })
      ipv6 = Self.merged(ranges.filter { !$0.low.isIPv4 })
    }

    /// The same numbers as runs in ascending order that neither touch nor overlap.
    private static func merged(_ ranges: [AddressRange]) -> [ClosedRange<UInt128>] {
      var runs: [ClosedRange<UInt128>] = []
      for next in ranges.map({ $0.low.value...$0.high.value })
        .sorted(by: { $0.lowerBound < $1.lowerBound })
      {
        let last = runs.count - 1
        if last >= 0, runs[last].upperBound == .max || next.lowerBound <= runs[last].upperBound + 1
        {
          runs[last] = runs[last].lowerBound...Swift.max(runs[last].upperBound, next.upperBound)
        } else {
          runs.append(next)
        }
      }
      return runs
    }
  }

  private let storage: Storage?

  /// A set of ranges, in the order in which they were written.
  public init(_ ranges: [AddressRange] = []) {
    storage = ranges.isEmpty ? nil : Storage(ranges)
  }

  /// A set of the ranges between the brackets.
  public init(arrayLiteral ranges: AddressRange...) { self.init(ranges) }

  /// The ranges as they were written.
  public var ranges: [AddressRange] { storage?.ranges ?? [] }

  /// Adds another set's ranges; nothing is copied while this one is empty.
  mutating func append(_ other: AddressSet) {
    if isEmpty {
      self = other
    } else if !other.isEmpty {
      self = AddressSet(ranges + other.ranges)
    }
  }

  /// Are all addresses asked for?
  public var isEmpty: Bool { storage == nil }
  /// The place of the first range.
  public var startIndex: Int { 0 }
  /// The place behind the last range.
  public var endIndex: Int { storage?.ranges.count ?? 0 }
  /// The range at a place.
  public subscript(index: Int) -> AddressRange { ranges[index] }

  /// Is the address in one of the ranges? Takes logarithmic time.
  public func contains(_ address: IPAddress) -> Bool {
    guard let storage else { return false }
    let runs = address.isIPv4 ? storage.ipv4 : storage.ipv6
    return Self.holds(runs, address.value...address.value)
  }

  /// Is every address of the other set in this one?
  func covers(_ other: AddressSet) -> Bool {
    guard let mine = storage, let theirs = other.storage else { return false }
    if mine === theirs { return true }
    return theirs.ipv4.allSatisfy { Self.holds(mine.ipv4, $0) }
      && theirs.ipv6.allSatisfy { Self.holds(mine.ipv6, $0) }
  }

  /// From the lowest number to the highest, of both families; nil when the set is empty.
  var span: ClosedRange<UInt128>? {
    guard let storage else { return nil }
    let ends = [storage.ipv4, storage.ipv6].filter { !$0.isEmpty }
    guard let low = ends.map({ $0[0].lowerBound }).min(),
      let high = ends.map({ $0[$0.count - 1].upperBound }).max()
    else { return nil }
    return low...high
  }

  /// How many runs there are to compare.
  var runCount: Int { storage.map { $0.ipv4.count + $0.ipv6.count } ?? 0 }

  private static func holds(_ runs: [ClosedRange<UInt128>], _ wanted: ClosedRange<UInt128>) -> Bool
  {
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].upperBound < wanted.lowerBound { low = middle + 1 } else { high = middle }
    }
    return low < runs.count && runs[low].lowerBound <= wanted.lowerBound
      && wanted.upperBound <= runs[low].upperBound
  }
}

extension AddressSet: Equatable {
  /// Sets are equal when the same ranges were written in the same order.
  public static func == (one: AddressSet, other: AddressSet) -> Bool { one.ranges == other.ranges }
}
