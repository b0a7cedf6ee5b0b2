package import TraceBytes

/// Standard output. When that is a terminal, the first bytes end the line of progress and call the pager.
package final class TerminalTarget: ByteTarget {
  private let target = DescriptorTarget(descriptor: 1, name: "standard output")
  private let pages: Bool
  private var hasBegun = false

  /// - Parameter pages: whether a pager may show what is written.
  package init(pages: Bool) { self.pages = pages }

  package func write(_ bytes: RawSpan) throws(TraceError) {
    if !hasBegun {
      hasBegun = true
      if Terminal.isOutput {
        ProgressLine.end()
        if pages { Pager.start() }
      }
    }
    try target.write(bytes)
  }

  package func commit() throws(TraceError) { try target.commit() }
}
