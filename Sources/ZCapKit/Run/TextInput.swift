internal import ATTLS
internal import ATTLSPolicy
package import TraceBytes
internal import TraceFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads text that is no trace: logs for `explain`, `attls` and `--log`, policies for `policy`.
///
/// It may be gzip, and EBCDIC as a binary transfer leaves it.
package enum TextInput {
  /// Whether there is a file of this name.
  package static func exists(_ path: String) -> Bool {
    guard !path.isEmpty, path.utf8.count < 4096 else { return false }
    return (try? ByteSource(path: path)) != nil
  }

  /// Whether something stands under a path, which is not opened.
  package static func isThere(_ path: String) -> Bool {
    unsafe path.utf8.count < 4096 && access(path, F_OK) == 0
  }

  /// Bytes without a message after which something without an end is no log.
  package static let searchLimit: UInt64 = 64 << 20

  /// Hands on the text of a file or standard input, window by window, in UTF-8 or ASCII.
  ///
  /// - Parameter goesOn: asked after each window of what has no size, with the bytes read so far: a
  ///   device such as /dev/zero has no end, and false says that nothing in it was a log.
  package static func read(
    _ path: String, while goesOn: (UInt64) -> Bool = { _ in true },
    _ body: (RawSpan, Bool) -> Void
  ) throws(TraceError) {
    let source = try ByteSource(path: path)
    let progress = Progress.wanted(of: source.isCompressed ? nil : source.size)
    defer { ProgressLine.wipe() }
    var form: PlainText?
    var text: [UInt8] = []
    while true {
      let more = try source.fill()
      progress?.step(source.offset)
      if form == nil { form = source.withWindow { PlainText($0, atEnd: !more) } }
      if let form {
        text.removeAll(keepingCapacity: true)
        let taken = source.withWindow { window in
          if form.isPlain {
            body(window, !more)
            return window.byteCount
          }
          return form.read(window, atEnd: !more, into: &text)
        }
        if !form.isPlain { unsafe body(text.span.bytes, !more) }
        try source.consume(taken)
        if source.size == nil, !goesOn(source.offset) {
          throw TraceError(
            source.name,
            .failed("no AT-TLS message in the first \(searchLimit >> 20) MiB: this is no log"))
        }
      } else if !more {
        body(RawSpan(), true)
      }
      if !more { return }
    }
  }

  /// The beginning of a text, about so many bytes of it.
  static func head(_ path: String, _ most: Int) throws(TraceError) -> [UInt8] {
    let source = try ByteSource(path: path)
    var bytes: [UInt8] = []
    while bytes.count < most, try source.fill() {
      source.withWindow { bytes.append($0) }
      try source.consume(source.count)
    }
    return utf8(Array(bytes.prefix(most)))
  }

  /// UTF-16 and EBCDIC as UTF-8.
  private static func utf8(_ bytes: [UInt8]) -> [UInt8] {
    let text = PolicyText.utf8(bytes)
    return text.count == bytes.count ? PlainText.utf8(bytes) : text
  }

  /// The whole of a text that is small next to traces; more than `limit` bytes are refused.
  package static func whole(_ path: String, limit: Int) throws(TraceError) -> [UInt8] {
    let source = try ByteSource(path: path)
    var bytes: [UInt8] = []
    while try source.fill() {
      source.withWindow { bytes.append($0) }
      try source.consume(source.count)
      guard bytes.count <= limit else {
        throw TraceError(
          source.name, .failed("larger than \(UInt64(limit).grouped) bytes: this is no such text"))
      }
    }
    // The beginning of a policy would be read as another policy.
    if source.isStopped { throw TraceError(source.name, .failed("not read to its end")) }
    return utf8(bytes)
  }
}
