internal import TraceModel

/// Bytes over time by job or interface, whatever time a trace covers: the buckets become ten times as wide when
/// there would be too many of them.
struct ByteSeries {
  /// Buckets while the trace is read, and in the result.
  private static let most = 5_000
  private static let shown = 500
  /// Names that are told apart while the trace is read, and in the result.
  private static let nameLimit = 256
  static let shownNames = 8

  private struct Row {
    var name: RecordName
    var total: UInt64 = 0
    var buckets: [UInt64] = []
  }

  /// Nanoseconds of a bucket, and the number of the first and the last one since 1970.
  private var width: Int64 = 1_000
  private var first: Int64 = 0
  private var last: Int64 = -1
  private var rows: [Row] = []
  private var places: [RecordName: Int] = [:]
  private var recent = 0

  mutating func add(_ bytes: Int, of name: RecordName, at time: Int64) {
    guard bytes > 0 else { return }
    var bucket = Self.floor(time, width)
    if bucket < first || bucket > last {
      stretch(to: bucket)
      bucket = Self.floor(time, width)
    }
    let row = recent < rows.count && rows[recent].name == name ? recent : place(of: name)
    recent = row
    let at = Int(bucket &- first)
    while rows[row].buckets.count <= at { rows[row].buckets.append(0) }
    rows[row].buckets[at] &+= UInt64(bytes)
    rows[row].total &+= UInt64(bytes)
  }

  private static func floor(_ time: Int64, _ width: Int64) -> Int64 {
    let quotient = time / width
    return time % width < 0 ? quotient &- 1 : quotient
  }

  /// The row of a name; the one behind the last name is for all others.
  private mutating func place(of name: RecordName) -> Int {
    if let known = places[name] { return known }
    if rows.count > Self.nameLimit { return Self.nameLimit }
    places[name] = rows.count
    rows.append(Row(name: rows.count == Self.nameLimit ? .none : name))
    return rows.count - 1
  }

  /// Makes room for a bucket.
  private mutating func stretch(to bucket: Int64) {
    if last < first {
      (first, last) = (bucket, bucket)
      return
    }
    var (low, high) = (min(first, bucket), max(last, bucket))
    while high &- low >= Int64(Self.most) {
      merge(by: 10)
      (low, high) = (Self.floor(low, 10), Self.floor(high, 10))
    }
    if low < first {
      let zeros = [UInt64](repeating: 0, count: Int(first &- low))
      for row in rows.indices { rows[row].buckets.insert(contentsOf: zeros, at: 0) }
    }
    (first, last) = (low, high)
  }

  private mutating func merge(by factor: Int64) {
    let start = Self.floor(first, factor)
    for row in rows.indices {
      var merged: [UInt64] = []
      for (at, bytes) in rows[row].buckets.enumerated() {
        let place = Int(Self.floor(first &+ Int64(at), factor) &- start)
        while merged.count <= place { merged.append(0) }
        merged[place] &+= bytes
      }
      rows[row].buckets = merged
    }
    (first, last) = (start, Self.floor(last, factor))
    width = width.multipliedReportingOverflow(by: factor).partialValue
  }

  /// What is shown: the names with most bytes, the others together, in equal buckets.
  struct Chart {
    var start: Int64 = 0
    var width: Int64 = 1
    var rows: [(name: String, buckets: [UInt64])] = []
    /// Whether the last row is that of all other names.
    var hasOthers = false
  }

  func chart() -> Chart {
    guard last >= first else { return Chart() }
    var series = self
    let count = last &- first &+ 1
    for factor in [1, 2, 5, 10] as [Int64]
    where count <= factor * Int64(Self.shown) - factor || factor == 10 {
      if factor > 1 { series.merge(by: factor) }
      break
    }
    let buckets = Int(series.last &- series.first) + 1
    var chart = Chart(
      start: series.first.multipliedReportingOverflow(by: series.width).partialValue,
      width: series.width)
    let sorted = series.rows.enumerated().sorted {
      $0.element.total != $1.element.total
        ? $0.element.total > $1.element.total : $0.offset < $1.offset
    }
    var others = [UInt64](repeating: 0, count: buckets)
    for (index, row) in sorted {
      let padded = row.buckets + [UInt64](repeating: 0, count: buckets - row.buckets.count)
      if chart.rows.count < Self.shownNames, index < Self.nameLimit {
        let name = row.name.text
        chart.rows.append((name.isEmpty ? "(no name)" : name, padded))
      } else {
        chart.hasOthers = true
        for at in others.indices { others[at] &+= padded[at] }
      }
    }
    if chart.hasOthers { chart.rows.append(("(others)", others)) }
    return chart
  }
}
