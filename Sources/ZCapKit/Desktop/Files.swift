internal import TraceBytes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Small files that others read: what is installed beside Wireshark and the desktop. Unlike captures they hold
/// no secrets, and everyone may read them.
enum PlainFile {
  /// Writes a file whole, in a folder that is made when it is not there.
  static func write(_ text: String, to path: String) throws(TraceError) {
    if let slash = path.lastIndex(of: "/") { try makeFolder(String(path[..<slash])) }
    let file = try OutputFile(path: path, replace: true)
    try unsafe file.write(text.utf8.span.bytes)
    try file.commit()
    unsafe chmod(path, 0o644)
  }

  /// Makes a folder and those it lies in.
  static func makeFolder(_ path: String) throws(TraceError) {
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      made += "/\(part)"
      guard unsafe mkdir(made, 0o755) != 0 else { continue }
      let number = errno
      guard number == EEXIST || exists(made) else {
        throw TraceError(made, .io(operation: "cannot create the folder", errno: number))
      }
    }
  }

  /// Removes a file; false when there was none.
  static func remove(_ path: String) throws(TraceError) -> Bool {
    if unsafe unlink(path) == 0 { return true }
    if errno == ENOENT { return false }
    throw TraceError(path, .io(operation: "cannot remove", errno: errno))
  }

  /// Whether a file begins with a text. It is no input, which nothing may replace.
  static func begins(_ path: String, with text: String) -> Bool {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return false }
    defer { close(file) }
    let wanted = Array(text.utf8)
    var found = [UInt8](repeating: 0, count: wanted.count)
    let count = unsafe found.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
    return count == wanted.count && found == wanted
  }

  static func exists(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0
  }

  /// Where a link leads, nil when it is none.
  static func target(of path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = unsafe buffer.withUnsafeMutableBufferPointer {
      guard let start = $0.baseAddress else { return 0 }
      return unsafe readlink(path, start, $0.count - 1)
    }
    guard count > 0 else { return nil }
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Makes a link, in the place of an older one.
  static func link(_ path: String, to target: String) throws(TraceError) {
    if self.target(of: path) != nil { _ = try remove(path) }
    guard unsafe symlink(target, path) == 0 else {
      throw TraceError(path, .io(operation: "cannot make a link here", errno: errno))
    }
  }

  /// The folder of the user's own things.
  static var home: String { Terminal.environment("HOME") ?? "/" }
}
