import Synchronization

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Temporary names that exist right now, so that an interrupt can remove them.
public enum PendingFiles {
  private static let names = Mutex<[String]>([])

  package static func add(_ name: String) { names.withLock { $0.append(name) } }

  package static func remove(_ name: String) {
    names.withLock { list in list.removeAll { $0 == name } }
  }

  /// Removes all of them; for the moment before a signal ends the program.
  public static func removeAll() {
    names.withLock { list in
      for name in list { unsafe unlink(name) }
      list.removeAll()
    }
  }
}
