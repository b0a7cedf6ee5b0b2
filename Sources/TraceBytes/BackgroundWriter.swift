#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Writes on a thread of its own, so that decoding goes on while the system copies or zlib compresses.
///
/// Buffers change hands in order and the output is the same as without the thread. An error of the
/// target is thrown by the next call.
@safe
public final class BackgroundWriter: ByteTarget {
  /// A filled buffer on its way to the target, and one that came back.
  @safe
  private struct Handover {
    var memory: UnsafeMutableRawBufferPointer
    var used: Int
  }

  private struct State {
    var waiting: Handover?
    var free: Handover?
    var isWriting = false
    var isEnding = false
    var failure: TraceError?
  }

  private let target: any ByteTarget
  private let monitor = Monitor(State())
  private var thread: pthread_t?

  /// The thread begins with the first bytes.
  public init(_ target: any ByteTarget) { self.target = target }

  deinit { stop() }

  /// Writes all the bytes, behind those that were handed over; the caller waits for it.
  public func write(_ bytes: RawSpan) throws(TraceError) {
    try waitUntilIdle()
    try target.write(bytes)
  }

  /// Waits for the thread, and makes the output final.
  public func commit() throws(TraceError) {
    try waitUntilIdle()
    stop()
    try target.commit()
  }

  /// Takes a filled buffer and gives an empty one of the same size, waiting for it if need be.
  func exchange(
    _ memory: UnsafeMutableRawBufferPointer, used: Int
  ) throws(TraceError) -> UnsafeMutableRawBufferPointer {
    if thread == nil { try startThread() }
    let filled = unsafe Handover(memory: memory, used: used)
    let (free, failure) = monitor.when {
      $0.waiting == nil || $0.failure != nil
    } then: { state in
      if let failure = state.failure { return (nil as Handover?, failure as TraceError?) }
      state.waiting = filled
      defer { state.free = nil }
      return (state.free, nil)
    }
    if let failure { throw failure }
    if let free { return unsafe free.memory }
    return .allocate(byteCount: memory.count, alignment: 16)
  }

  private func waitUntilIdle() throws(TraceError) {
    let failure = monitor.when {
      $0.failure != nil || $0.waiting == nil && !$0.isWriting
    } then: {
      $0.failure
    }
    if let failure { throw failure }
  }

  // MARK: - The thread

  private func startThread() throws(TraceError) {
    var created = pthread_t()
    let unretained = unsafe Unmanaged.passUnretained(self).toOpaque()
    let status = unsafe pthread_create(&created, nil, backgroundWriterMain, unretained)
    guard status == 0 else {
      throw TraceError("output", .io(operation: "cannot start a thread", errno: status))
    }
    thread = created
  }

  private func stop() {
    guard let thread else { return }
    monitor.change {
      $0.isEnding = true
    }
    pthread_join(thread, nil)
    self.thread = nil
    let free = monitor.change { state in
      defer { state.free = nil }
      return state.free
    }
    if let free { unsafe free.memory.deallocate() }
  }

  fileprivate func run() {
    while let next = nextBuffer() {
      var failure: TraceError?
      do throws(TraceError) {
        try target.write(
          unsafe UnsafeRawBufferPointer(rebasing: next.memory[0..<next.used]).bytes)
      } catch {
        failure = error
      }
      let surplus = monitor.change { state -> Handover? in
        state.isWriting = false
        if state.failure == nil { state.failure = failure }
        guard state.free == nil else { return next }
        state.free = next
        return nil
      }
      if let surplus { unsafe surplus.memory.deallocate() }
    }
  }

  /// The next buffer to write, waiting for it; nil at the end.
  private func nextBuffer() -> Handover? {
    monitor.when {
      $0.waiting != nil || $0.isEnding
    } then: { state in
      let next = state.waiting
      state.waiting = nil
      state.isWriting = next != nil
      return next
    }
  }
}

#if canImport(Darwin)
  private func backgroundWriterMain(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer?
  {
    unsafe Unmanaged<BackgroundWriter>.fromOpaque(argument).takeUnretainedValue().run()
    return nil
  }
#else
  private func backgroundWriterMain(_ argument: UnsafeMutableRawPointer?)
    -> UnsafeMutableRawPointer?
  {
    guard let argument = unsafe argument else { return nil }
    unsafe Unmanaged<BackgroundWriter>.fromOpaque(argument).takeUnretainedValue().run()
    return nil
  }
#endif

/// A value that several threads change in turn, and wait for.
///
/// Made of what pthreads has, and not of Mutex, which the thread sanitizer does not see on Linux.
@safe
final class Monitor<State>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private var state: State

  init(_ state: State) {
    self.state = state
    unsafe mutex = .allocate(capacity: 1)
    unsafe changed = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    unsafe changed.initialize(to: pthread_cond_t())
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(changed, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(changed)
    unsafe pthread_mutex_destroy(mutex)
    unsafe changed.deallocate()
    unsafe mutex.deallocate()
  }

  /// Changes the value as it is now.
  func change<R>(_ change: (inout State) -> R) -> R { when({ _ in true }, then: change) }

  /// Changes the value as soon as it is as `isReady` wants it.
  func when<R>(_ isReady: (State) -> Bool, then change: (inout State) -> R) -> R {
    unsafe pthread_mutex_lock(mutex)
    while !isReady(state) { unsafe pthread_cond_wait(changed, mutex) }
    let result = change(&state)
    unsafe pthread_cond_broadcast(changed)
    unsafe pthread_mutex_unlock(mutex)
    return result
  }
}
