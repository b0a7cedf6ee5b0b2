package import TraceBytes

/// Standard output. When that is a terminal, the first bytes end the line of progress and call the pager, and
/// long lines are folded.
package final class TerminalTarget: ByteTarget {
  /// Bytes of a line that are kept until its end comes.
  private static let longestLine = 1 << 16

  private let target = DescriptorTarget(descriptor: 1, name: "standard output")
  private let pages: Bool
  private let fold: LineFold?
  private let endsProgress: Bool
  private var hasBegun = false
  /// A line of which the end is not yet there.
  private var line: [UInt8] = []

  /// - Parameters:
  ///   - pages: whether a pager may show what is written.
  ///   - fold: breaks lines; nil to leave them as they are.
  ///   - endsProgress: whether what comes first is the beginning of all there is; else progress goes on between
  ///     lines that come one by one.
  package init(pages: Bool, fold: LineFold? = nil, endsProgress: Bool = true) {
    self.pages = pages
    self.endsProgress = endsProgress
    self.fold = Terminal.isOutput ? fold : nil
  }

  package func write(_ bytes: RawSpan) throws(TraceError) {
    if Terminal.isOutput, !endsProgress { ProgressLine.wipe() }
    if !hasBegun {
      hasBegun = true
      if Terminal.isOutput, endsProgress {
        ProgressLine.end()
        if pages { Pager.start() }
      }
    }
    guard let fold else { return try target.write(bytes) }
    line.append(bytes)
    var (out, start) = ([UInt8](), 0)
    while let end = line[start...].firstIndex(of: 0x0A) {
      fold.append(line[start..<end], to: &out)
      out.append(0x0A)
      start = end + 1
    }
    if line.count - start > Self.longestLine {
      fold.append(line[start...], to: &out)
      start = line.count
    }
    line.removeFirst(start)
    if !out.isEmpty { try target.write(unsafe out.span.bytes) }
  }

  package func commit() throws(TraceError) {
    if let fold, !line.isEmpty {
      var out: [UInt8] = []
      fold.append(line[...], to: &out)
      line.removeAll()
      try target.write(unsafe out.span.bytes)
    }
    try target.commit()
  }
}
