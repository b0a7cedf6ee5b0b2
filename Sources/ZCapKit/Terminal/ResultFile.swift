package import TraceBytes

/// Where a command writes: a file, or standard output.
package enum ResultFile {
  /// Opens a file that is none of the inputs, or standard output for -; a name that ends in .gz is compressed.
  ///
  /// - Throws: ``UsageMistake`` for a name or a terminal that is no place for it, `TraceError` when it cannot be
  ///   written.
  package static func open(
    _ path: String, _ kind: OutputKind? = nil, replace: Bool, besides inputs: [String]
  ) throws -> ByteSink {
    // A file that is called - is no output.
    if path != "-" { try OutputFile.refuse(path, among: inputs) }
    if let mistake = kind?.mistake(in: path) { throw UsageMistake(mistake) }
    if path == "-" {
      if kind?.isBinary == true, Terminal.isOutput {
        throw UsageMistake("A capture is not for a terminal; name a file with -o, or pipe it on.")
      }
      return ByteSink(DescriptorTarget(descriptor: 1, name: "standard output"))
    }
    let file = try OutputFile(path: path, replace: replace)
    // Writing and compressing overlap with decoding.
    return ByteSink(BackgroundWriter(path.hasSuffix(".gz") ? GzipTarget(file) : file))
  }

  /// Standard output for people.
  ///
  /// - Parameters:
  ///   - pages: whether a pager may show it.
  ///   - inputs: a pager shows nothing until there is a page of it, and standard input may come slowly.
  ///   - room: columns that a line may have; nil for no end.
  ///   - endsProgress: whether what comes first is the beginning of all there is.
  package static func standardOutput(
    _ kind: OutputKind, pages: Bool, besides inputs: [String], room: Int?, endsProgress: Bool
  ) -> ByteSink {
    let isLive = inputs.contains("-") && Terminal.isLiveInput
    return ByteSink(
      BackgroundWriter(
        TerminalTarget(
          pages: pages && !isLive, fold: kind.fold(room), endsProgress: endsProgress)))
  }
}
