internal import Foundation
internal import TraceBytes
internal import TraceFormats
internal import TraceModel

/// A file of any content, gzip or not, as the command opens it.
enum InputRun {
  static func run(_ bytes: [UInt8], _ rendering: Rendering) throws {
    let file = try ScratchFile(bytes)
    let pipeline = try rendering.pipeline(choosing: bytes)
    let source = ByteSource(descriptor: file.descriptor, name: "input")
    let input = TraceInput(source)
    do throws(TraceError) {
      try input.run(into: pipeline)
    } catch {
      // Not a trace, or damaged gzip: one line that says so, and what came before it.
      try OutputChecks.text(Array("\(error)".utf8), "the error")
      try Finding.unless(error.subject == "input", "an error of \(error.subject)")
    }
    try pipeline.finish()
    if let reader = input.reader, source.atEnd {
      let total = reader.account.total
      try Finding.unless(
        total == source.offset + UInt64(source.count),
        "\(total) bytes accounted for of \(source.offset)")
    }
    try pipeline.check()
  }
}

/// A nameless file that holds the bytes of one run.
private final class ScratchFile {
  let descriptor: Int32

  init(_ bytes: [UInt8]) throws {
    let folder = FileManager.default.temporaryDirectory.path
    var name = Array("\(folder)/fuzz-XXXXXX".utf8CString)
    descriptor = unsafe name.withUnsafeMutableBufferPointer { buffer in
      unsafe buffer.baseAddress.map { unsafe mkstemp($0) } ?? -1
    }
    try Finding.unless(descriptor >= 0, "no temporary file in \(folder)")
    _ = unsafe name.withUnsafeBufferPointer { unsafe $0.baseAddress.map { unsafe unlink($0) } }
    let written = unsafe bytes.withUnsafeBytes {
      unsafe write(descriptor, $0.baseAddress, $0.count)
    }
    try Finding.unless(written == bytes.count, "the temporary file cannot be written")
    lseek(descriptor, 0, SEEK_SET)
  }

  deinit { close(descriptor) }
}
