#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A folder to write files of the run into, created for the user alone when it is not there.
public struct OutputFolder {
  private let path: String
  private let replace: Bool

  /// - Parameter replace: whether files of the same names may be replaced.
  public init(path: String, replace: Bool) throws(TraceError) {
    self.path = path
    self.replace = replace
    if unsafe mkdir(path, 0o700) == 0 { return }
    let number = errno
    var status = stat()
    guard number == EEXIST, unsafe stat(path, &status) == 0 else {
      throw TraceError(path, .io(operation: "cannot create the folder", errno: number))
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw TraceError(path, .failed("this is a file; name a folder to write to"))
    }
  }

  /// Writes a file, whole or not at all. The name must not come from captured bytes.
  public func write(_ bytes: RawSpan, as name: String) throws(TraceError) {
    let file = try OutputFile(path: "\(path)/\(name)", replace: replace)
    try file.write(bytes)
    try file.commit()
  }
}
