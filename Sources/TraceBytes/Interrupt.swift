internal import Synchronization

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A signal that asks the program to come to an end with what there is.
///
/// Whoever works for long looks at ``hasCome`` between two steps and ends as if the input had ended there; who
/// waits does it in ``wait(for:milliseconds:)``, which the signal wakes. A program that installs no handler has
/// no interrupts.
public enum Interrupt {
  private static let received = Atomic<Int32>(0)
  private static let heeded = Atomic<Bool>(false)
  private static let expected = Atomic<Bool>(false)
  /// The ends of a pipe: a byte in it wakes who waits, also when the signal came just before.
  private static let readEnd = Atomic<Int32>(-1)
  private static let writeEnd = Atomic<Int32>(-1)

  /// The signal that has come.
  public static var signal: Int32? {
    let number = received.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// Whether one has come.
  public static var hasCome: Bool { received.load(ordering: .relaxed) != 0 }

  /// Makes the pipe, before a handler is installed.
  public static func prepare() {
    var ends: [Int32] = [-1, -1]
    guard unsafe ends.withUnsafeMutableBufferPointer({ unsafe pipe($0.baseAddress) }) == 0 else {
      return
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    readEnd.store(ends[0], ordering: .relaxed)
    writeEnd.store(ends[1], ordering: .relaxed)
  }

  /// From now on somebody looks whether a signal has come.
  public static func heed() { heeded.store(true, ordering: .relaxed) }

  /// Whether the program is ended by a signal as a rule, because its input has no end.
  public static var isExpected: Bool {
    get { expected.load(ordering: .relaxed) }
    set { expected.store(newValue, ordering: .relaxed) }
  }

  /// Takes the first signal that comes while somebody looks; false for every other one. Safe in a signal
  /// handler.
  public static func take(_ signal: Int32) -> Bool {
    guard heeded.load(ordering: .relaxed),
      received.compareExchange(expected: 0, desired: signal, ordering: .relaxed).exchanged
    else { return false }
    var byte: UInt8 = 0
    _ = unsafe write(writeEnd.load(ordering: .relaxed), &byte, 1)
    return true
  }

  /// What ended a wait.
  enum Wake { case ready, timeout, interrupt }

  /// Waits until a descriptor can be read, a time has passed or a signal has come.
  ///
  /// - Parameters:
  ///   - descriptor: -1 to wait for the time only.
  ///   - milliseconds: -1 to wait for as long as it takes.
  static func wait(for descriptor: Int32 = -1, milliseconds: Int32) -> Wake {
    if hasCome { return .interrupt }
    var both = [
      pollfd(fd: readEnd.load(ordering: .relaxed), events: Int16(POLLIN), revents: 0),
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
    ]
    let found = retryingInterrupts {
      unsafe both.withUnsafeMutableBufferPointer {
        unsafe Int(poll($0.baseAddress, nfds_t($0.count), milliseconds))
      }
    }
    if hasCome { return .interrupt }
    return found == 0 ? .timeout : .ready
  }
}
