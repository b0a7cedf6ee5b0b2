#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// An open descriptor as a target: standard output.
public final class DescriptorTarget: ByteTarget {
  private let descriptor: Int32
  private let name: String
  private var hasWritten = false

  /// - Parameter name: stands in errors.
  public init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  /// Writes all the bytes; the first time it refuses a file that was read in this run.
  public func write(_ bytes: RawSpan) throws(TraceError) {
    if !hasWritten { try OutputFile.refuseWhatWasRead(descriptor, name) }
    hasWritten = true
    try writeAll(bytes, to: descriptor, name: name)
  }

  /// Nothing is left to do.
  public func commit() throws(TraceError) {}
}

/// A file that appears under its name when it is complete, and not before.
///
/// The bytes go to a nameless file where the system has one (Linux `O_TMPFILE`), so that nothing is
/// left behind however the program ends; elsewhere to a temporary name that is removed. Mode 0600
/// from the first byte: captures hold passwords.
public final class OutputFile: ByteTarget {
  private let path: String
  private let replace: Bool
  private var descriptor: Int32
  /// The temporary name, or nil for a nameless file.
  private var temporary: String?
  /// Whether the output is a pipe or device that exists, which takes the bytes as they come.
  private var isDirect = false

  /// Opens the output. `replace` allows an existing file of that name to be replaced at the end.
  public init(path: String, replace: Bool) throws(TraceError) {
    self.path = path
    self.replace = replace
    if let number = Self.descriptor(named: path) {
      // Whatever is behind the descriptor, it is written to and not replaced.
      isDirect = true
      descriptor = fcntl(number, F_DUPFD_CLOEXEC, 3)
      guard descriptor >= 0 else {
        throw TraceError(path, .io(operation: "cannot open for writing", errno: errno))
      }
      return
    }
    var status = stat()
    if unsafe stat(path, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFDIR {
        throw TraceError(path, .failed("this is a directory; name a file to write to"))
      }
      if status.st_mode & S_IFMT != S_IFREG {
        // To put a file in the place of /dev/null would break it for everyone.
        isDirect = true
        descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
          throw TraceError(path, .io(operation: "cannot open for writing", errno: errno))
        }
        return
      }
      guard replace else {
        throw TraceError(path, .failed("exists already; --force replaces it"))
      }
    }
    let folder = Self.folder(of: path)
    #if os(Linux)
      // O_TMPFILE, which the C macro hides from Swift: its own bit and O_DIRECTORY.
      // Its name is given by way of /proc.
      if unsafe access("/proc/self/fd", F_OK) == 0 {
        descriptor = unsafe open(folder, O_WRONLY | O_CLOEXEC | O_DIRECTORY | 0o20_000_000, 0o600)
        if descriptor >= 0 { return }
      }
    #endif
    let (file, name) = namedFile(folder + "/.zcap-XXXXXX")
    descriptor = file
    guard descriptor >= 0 else {
      throw TraceError(path, .io(operation: "cannot create a file in \(folder)", errno: errno))
    }
    temporary = name
    PendingFiles.add(name)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if let temporary {
      unsafe unlink(temporary)
      PendingFiles.remove(temporary)
    }
  }

  /// Writes all the bytes.
  public func write(_ bytes: RawSpan) throws(TraceError) {
    try writeAll(bytes, to: descriptor, name: path)
  }

  /// Closes the file and gives it its name; once.
  public func commit() throws(TraceError) {
    guard descriptor >= 0 else { return }
    if !isDirect { try Self.refuseWhatWasRead(path) }
    if temporary == nil, !isDirect { try giveName() }
    guard close(descriptor) == 0 else {
      descriptor = -1
      throw TraceError(path, .io(operation: "cannot close", errno: errno))
    }
    descriptor = -1
    guard let name = temporary else { return }
    let renamed =
      replace
      ? unsafe rename(name, path) == 0
      : unsafe link(name, path) == 0 || (errno == EPERM && rename(name, path) == 0)
    guard renamed else {
      throw TraceError(path, .io(operation: "cannot name the output", errno: errno))
    }
    if !replace { unsafe unlink(name) }
    PendingFiles.remove(name)
    temporary = nil
  }

  /// Links the nameless file to its path; over an existing file by way of a temporary name, because
  /// a link never replaces.
  private func giveName() throws(TraceError) {
    #if os(Linux)
      let source = "/proc/self/fd/\(descriptor)"
      if unsafe linkat(AT_FDCWD, source, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 { return }
      guard errno == EEXIST, replace else {
        throw TraceError(path, .io(operation: "cannot name the output", errno: errno))
      }
      let name = "\(Self.folder(of: path))/.zcap-\(getpid())-\(descriptor)"
      guard unsafe linkat(AT_FDCWD, source, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 else {
        throw TraceError(path, .io(operation: "cannot name the output", errno: errno))
      }
      temporary = name
      PendingFiles.add(name)
    #endif
  }

  /// Refuses an output that is one of the inputs, by whatever name: it would replace what was traced.
  public static func refuse(_ path: String, among inputs: [String]) throws(TraceError) {
    var (output, input) = (stat(), stat())
    let status = descriptor(named: path).map { unsafe fstat($0, &output) }
    guard unsafe status ?? stat(path, &output) == 0, output.st_mode & S_IFMT == S_IFREG else {
      return
    }
    for name in inputs
    where unsafe (name == "-" ? fstat(0, &input) : stat(name, &input)) == 0 {
      if output.st_dev == input.st_dev, output.st_ino == input.st_ino {
        throw TraceError(path, .failed("is the input itself; name another file to write to"))
      }
    }
  }

  /// Refuses to replace any file that was read in this run: a key log, a log, a list of names.
  private static func refuseWhatWasRead(_ path: String) throws(TraceError) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return }
    try refuse(status, path)
  }

  /// The same of an output that is open already.
  fileprivate static func refuseWhatWasRead(_ descriptor: Int32, _ name: String) throws(TraceError)
  {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
    try refuse(status, name)
  }

  private static func refuse(_ status: stat, _ path: String) throws(TraceError) {
    if ReadFiles.contain(device: UInt64(status.st_dev), number: UInt64(status.st_ino)) {
      throw TraceError(path, .failed("is the input itself; name another file to write to"))
    }
  }

  /// The descriptor that a path stands for: -, /dev/stdout, /dev/fd/3.
  private static func descriptor(named path: String) -> Int32? {
    switch path {
    case "-", "/dev/stdout": return 1
    case "/dev/stderr": return 2
    default:
      for folder in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(folder) {
        return Int32(path.dropFirst(folder.count)).flatMap { $0 >= 0 ? $0 : nil }
      }
      return nil
    }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
  }
}

/// Makes a file of mode 0600 with a name of its own.
///
/// - Parameter pattern: its path, with six X at the end.
/// - Returns: the descriptor, -1 with the reason in `errno`, and the path.
func namedFile(_ pattern: String) -> (descriptor: Int32, path: String) {
  var template = pattern.utf8CString
  return unsafe template.withUnsafeMutableBufferPointer { buffer in
    guard let path = buffer.baseAddress else { return (-1, pattern) }
    let descriptor = unsafe mkstemp(path)
    return (descriptor, unsafe String(cString: path))
  }
}

/// Writes all the bytes to a descriptor.
func writeAll(_ bytes: RawSpan, to descriptor: Int32, name: String) throws(TraceError) {
  var done = 0
  while done < bytes.byteCount {
    let rest = bytes.extracting(done..<bytes.byteCount)
    let wrote = unsafe rest.withUnsafeBytes { buffer in
      retryingInterrupts { unsafe write(descriptor, buffer.baseAddress, buffer.count) }
    }
    guard wrote > 0 else { throw TraceError(name, .io(operation: "cannot write", errno: errno)) }
    done += wrote
  }
}
