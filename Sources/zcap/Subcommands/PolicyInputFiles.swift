import ATTLSPolicy
import ArgumentParser

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads policy inputs whole: they are small next to traces, and have a limit.
enum PolicyInputFiles {
  /// What the subcommands exit with (see Formats/attls-policy.md).
  static let errorsFound = ExitCode(1)
  static let unreadable = ExitCode(2)

  /// Reads and recognises the inputs, or says in one line why not.
  static func load(_ paths: [String]) throws -> PolicySet {
    do {
      var inputs: [(file: String, bytes: [UInt8])] = []
      for path in paths {
        let bytes = try read(path)
        inputs.append((file: path == "-" ? "stdin" : path, bytes: bytes))
      }
      return try PolicySet.read(inputs)
    } catch {
      printError("zcap policy: \(error)")
      throw unreadable
    }
  }

  /// Prints what is wrong with the input on stderr; true when there are errors.
  static func complain(_ found: PolicyDiagnostics, errorsOnly: Bool = false) -> Bool {
    for one in found.all where !errorsOnly || one.severity == .error {
      printError(one.description)
    }
    if found.dropped > 0 { printError("… and \(found.dropped) more") }
    return found.errorCount > 0
  }

  static func printError(_ line: String) { write(line + "\n", to: 2) }

  static func printOut(_ text: String) { write(text, to: 1) }

  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        #if canImport(Glibc)
          unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
          unsafe Musl.write(descriptor, buffer.baseAddress, buffer.count)
        #else
          unsafe Darwin.write(descriptor, buffer.baseAddress, buffer.count)
        #endif
      }
      if count < 0 && errno == EINTR { continue }
      // A reader that went away has seen what it wanted.
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }

  private static func read(_ path: String) throws(PolicyInputError) -> [UInt8] {
    let descriptor = path == "-" ? 0 : unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    defer { if descriptor != 0 { _ = close(descriptor) } }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= PolicySet.sizeLimit {
      let count = unsafe chunk.withUnsafeMutableBytes { buffer in
        #if canImport(Glibc)
          unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
          unsafe Musl.read(descriptor, buffer.baseAddress, buffer.count)
        #else
          unsafe Darwin.read(descriptor, buffer.baseAddress, buffer.count)
        #endif
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure(path)
      }
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    return bytes
  }

  private static func failure(_ path: String) -> PolicyInputError {
    PolicyInputError(file: path, line: 0, message: unsafe String(cString: strerror(errno)))
  }
}
