#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A file for this run alone, which it writes once and opens by ``path`` as often as it needs.
///
/// Mode 0600. On Linux it has no name any more, so nothing is left behind however the program ends; elsewhere
/// the name goes with this object, or with a signal.
package final class TemporaryFile: ByteTarget, Sendable {
  package let path: String
  /// For a reader that goes back and forth.
  package let descriptor: Int32
  private let name: String

  package init(folder: String) throws(TraceError) {
    (descriptor, name) = namedFile(folder + "/zcap-XXXXXX")
    guard descriptor >= 0 else {
      throw TraceError(folder, .io(operation: "cannot create a temporary file", errno: errno))
    }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    #if os(Linux)
      unsafe unlink(name)
      path = "/proc/self/fd/\(descriptor)"
    #else
      path = name
      PendingFiles.add(name)
    #endif
  }

  deinit {
    close(descriptor)
    #if !os(Linux)
      unsafe unlink(name)
      PendingFiles.remove(name)
    #endif
  }

  package func write(_ bytes: RawSpan) throws(TraceError) {
    try writeAll(bytes, to: descriptor, name: "temporary file")
  }

  package func commit() throws(TraceError) {}
}
