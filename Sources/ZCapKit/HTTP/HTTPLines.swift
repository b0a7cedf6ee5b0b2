package import TraceBytes
internal import TraceModel
package import TraceRender

/// Renders items at once, to wait for their turn as finished lines: these take a fifth of what they tell of, and
/// rendering finds it in the processor's cache.
package final class HTTPLines {
  private let presenter: any HTTPPresenter
  private let target = MemoryTarget()
  private let line: ByteSink
  private let output: ByteSink

  /// - Parameters:
  ///   - output: gets the lines in their order.
  ///   - presenter: one that writes each item into the sink it is given, and keeps nothing back.
  package init(to output: ByteSink, _ presenter: (ByteSink) -> any HTTPPresenter) {
    self.output = output
    line = ByteSink(target)
    self.presenter = presenter(line)
  }

  func render(_ item: HTTPItem, of flow: HTTPFlow) throws(TraceError) -> [UInt8] {
    try presenter.show(item, of: flow)
    try line.flush()
    return target.take()
  }

  func write(_ lines: [UInt8]) throws(TraceError) { try output.append(lines) }

  func pause() throws(TraceError) { try output.flush() }
}
