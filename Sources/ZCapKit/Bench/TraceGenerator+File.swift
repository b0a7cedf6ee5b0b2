package import TraceBytes
package import TraceFormats

extension TraceGenerator {
  /// Writes a trace of `size` bytes or a little more, or of fewer when a signal comes, and returns its
  /// records.
  package func write(
    _ sink: ByteSink, in container: Container, size: UInt64
  ) throws(TraceError) -> UInt64 {
    let writer = ContainerWriter(container, to: sink)
    let entries = CTEWriter()
    var entry: [UInt8] = []
    var records: UInt64 = 0
    Interrupt.heed()
    let progress = Progress.wanted(of: size)
    defer { ProgressLine.wipe() }
    try run { (record, payload) throws(TraceError) in
      entry.removeAll(keepingCapacity: true)
      entries.append(record, payload, to: &entry)
      unsafe try writer.write(entry.span.bytes)
      records += 1
      if records % 256 == 0 { progress?.step(min(sink.total, size)) }
      return sink.total < size && !Interrupt.hasCome
    }
    try writer.finish()
    try sink.commit()
    return records
  }

  /// A file, or standard output for -.
  package static func output(_ path: String, replace: Bool) throws(TraceError) -> ByteSink {
    ByteSink(
      path == "-"
        ? DescriptorTarget(descriptor: 1, name: "standard output")
        : try OutputFile(path: path, replace: replace))
  }
}
