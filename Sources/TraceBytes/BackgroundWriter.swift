internal import Synchronization

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
  private struct Handover: @unchecked Sendable {
    var memory: UnsafeMutableRawBufferPointer
    var used: Int
  }

  private struct State: Sendable {
    var waiting: Handover?
    var free: Handover?
    var isWriting = false
    var isEnding = false
    var failure: TraceError?
  }

  private let target: any ByteTarget
  private let state = Mutex(State())
  private let work = Signal()
  private let done = Signal()
  private var thread: pthread_t?

  public init(_ target: any ByteTarget) { self.target = target }

  deinit { stop() }

  public func write(_ bytes: RawSpan) throws(TraceError) {
    try waitUntilIdle()
    try target.write(bytes)
  }

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
    while true {
      let taken: UnsafeMutableRawBufferPointer? = unsafe try offer(memory, used)
      if let taken = unsafe taken { return unsafe taken }
      done.wait()
    }
  }

  private func offer(
    _ memory: UnsafeMutableRawBufferPointer, _ used: Int
  ) throws(TraceError) -> UnsafeMutableRawBufferPointer? {
    let filled = unsafe Handover(memory: memory, used: used)
    let (free, failure) = state.withLock { state -> (Handover?, TraceError?) in
      if let failure = state.failure { return (nil, failure) }
      guard state.waiting == nil else { return (nil, nil) }
      state.waiting = filled
      if let free = state.free {
        state.free = nil
        return (free, nil)
      }
      let fresh = UnsafeMutableRawBufferPointer.allocate(byteCount: memory.count, alignment: 16)
      return (unsafe Handover(memory: fresh, used: 0), nil)
    }
    if let failure { throw failure }
    guard let free else { return nil }
    work.signal()
    return unsafe free.memory
  }

  private func waitUntilIdle() throws(TraceError) {
    while true {
      let (idle, failure) = state.withLock { ($0.waiting == nil && !$0.isWriting, $0.failure) }
      if let failure { throw failure }
      if idle { return }
      done.wait()
    }
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
    state.withLock { $0.isEnding = true }
    work.signal()
    pthread_join(thread, nil)
    self.thread = nil
    let free = state.withLock { state -> Handover? in
      let free = state.free
      state.free = nil
      return free
    }
    if let free { unsafe free.memory.deallocate() }
  }

  fileprivate func run() {
    while true {
      let (next, ends) = state.withLock { state -> (Handover?, Bool) in
        let next = state.waiting
        state.waiting = nil
        state.isWriting = next != nil
        return (next, state.isEnding)
      }
      guard let next else {
        if ends { return }
        work.wait()
        continue
      }
      done.signal()
      var failure: TraceError?
      do throws(TraceError) {
        try target.write(
          unsafe UnsafeRawBufferPointer(rebasing: next.memory[0..<next.used]).bytes)
      } catch {
        failure = error
      }
      let surplus = state.withLock { state -> Handover? in
        state.isWriting = false
        if state.failure == nil { state.failure = failure }
        guard state.free == nil else { return next }
        state.free = next
        return nil
      }
      if let surplus { unsafe surplus.memory.deallocate() }
      done.signal()
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

/// A counting semaphore.
@safe
private final class Signal: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  private var count = 0

  init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    unsafe condition.initialize(to: pthread_cond_t())
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(condition, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  func signal() {
    unsafe pthread_mutex_lock(mutex)
    count += 1
    unsafe pthread_cond_signal(condition)
    unsafe pthread_mutex_unlock(mutex)
  }

  func wait() {
    unsafe pthread_mutex_lock(mutex)
    while count == 0 { unsafe pthread_cond_wait(condition, mutex) }
    count -= 1
    unsafe pthread_mutex_unlock(mutex)
  }
}
