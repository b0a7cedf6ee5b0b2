import TraceBytes
/// Follows one direction of a TLS connection and reports what can be seen without keys.
///
/// Feed it the bytes of the stream in pieces of any size. It keeps at most one record and one
/// handshake message. What it cannot follow it says once, and it goes on after `resynchronise()`.
public struct TLSHandshake {
  /// The longest handshake message that is read.
  public static let maximumMessage = 1 << 18

  private var offset: UInt64 = 0
  private var recordOffset: UInt64 = 0
  private var header: [UInt8] = []
  private var record: TLSRecordHeader?
  private var body: [UInt8] = []
  private var remaining = 0
  private var message: [UInt8] = []
  private var isEncrypted = false
  private var isLost = false
  private var skipped = 0
  private var version2: [UInt8] = []
  private var version2Length = 0
  private var hasVersion2Hello = false
  /// Whether what follows is SSL 2.0, of which no more than the hellos is read.
  private var isVersion2 = false

  /// Makes a decoder at the start of a stream.
  public init() {}

  /// Whether the decoder has met something that is not TLS and waits for `resynchronise()`.
  public var hasLostTrack: Bool { isLost }

  /// Reads the next bytes.
  public mutating func read(_ window: RawSpan, _ emit: (TLSEvent) -> Void) {
    unsafe window.withUnsafeBytes { bytes in
      var start = 0
      while start < bytes.count, !isLost {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[start...])
        let taken = unsafe take(rest, emit)
        offset += UInt64(taken)
        start += taken
      }
      offset += UInt64(bytes.count - start)
    }
  }

  /// Says that bytes are missing here.
  public mutating func gap(_ count: Int, _ emit: (TLSEvent) -> Void) {
    guard count > 0, !isLost else { return }
    let inside = min(count, remaining)
    remaining -= inside
    if let record, inside > 0 {
      let present = record.length - remaining - inside
      // Encrypted data cannot be read anyway; its length is all there is to tell.
      emit(
        event(
          record.type == 0x17
            ? .applicationData(length: record.length)
            : .incomplete(type: record.type, length: record.length, present: present)))
      // The record goes on behind the gap; its remaining bytes are passed over.
      message.removeAll()
      self.record = nil
      skipped = remaining
      remaining = 0
      body.removeAll()
    } else {
      emit(event(.gap(count)))
      message.removeAll()
      version2.removeAll()
      version2Length = 0
    }
    if count > inside, inside > 0 { emit(event(.gap(count - inside))) }
    header.removeAll()
    offset += UInt64(count)
    recordOffset = offset
  }

  /// Begins anew at a record boundary, after something that was not TLS.
  public mutating func resynchronise() {
    isLost = false
    header.removeAll()
    body.removeAll()
    message.removeAll()
    record = nil
    remaining = 0
    skipped = 0
    version2.removeAll()
    version2Length = 0
    isVersion2 = false
  }

  private func event(_ content: TLSEvent.Content) -> TLSEvent {
    TLSEvent(offset: recordOffset, content: content)
  }

  // MARK: Records

  private mutating func take(
    _ bytes: UnsafeRawBufferPointer, _ emit: (TLSEvent) -> Void
  ) -> Int {
    if skipped > 0 {
      let count = min(skipped, bytes.count)
      skipped -= count
      return count
    }
    if version2Length > 0 {
      let count = min(version2Length - version2.count, bytes.count)
      unsafe version2.append(contentsOf: bytes.prefix(count))
      if version2.count == version2Length { endVersion2Hello(emit) }
      return count
    }
    if isVersion2 {
      recordOffset = offset
      emit(event(.applicationData(length: bytes.count)))
      return bytes.count
    }
    guard let record else {
      if header.isEmpty { recordOffset = offset }
      let count = min(TLSRecordHeader.size - header.count, bytes.count)
      unsafe header.append(contentsOf: bytes.prefix(count))
      if header.count == TLSRecordHeader.size { beginRecord(emit) }
      return count
    }
    let count = min(remaining, bytes.count)
    if record.type != 0x17 { unsafe body.append(contentsOf: bytes.prefix(count)) }
    remaining -= count
    if remaining == 0 { endRecord(record, emit) }
    return count
  }

  private mutating func beginRecord(_ emit: (TLSEvent) -> Void) {
    guard let found = TLSRecordHeader(header) else {
      if hasVersion2Hello, header[0] & 0x80 != 0, header[2] == 2 {
        // The client's key: the server has chosen SSL 2.0.
        isVersion2 = true
        emit(event(.applicationData(length: header.count)))
        header.removeAll()
        return
      }
      if header[0] & 0x80 != 0, header[2] == 1 || header[2] == 4, recordOffset == 0 {
        // SSL 2.0: two bytes of length, then the message.
        version2Length = max(3, Int(header[0] & 0x7F) << 8 | Int(header[1]))
        version2 = Array(header[2...])
        header.removeAll()
        if version2.count == version2Length { endVersion2Hello(emit) }
        return
      }
      isLost = true
      emit(event(.notTLS(first: header)))
      return
    }
    header.removeAll(keepingCapacity: true)
    record = found
    remaining = found.length
    body.removeAll(keepingCapacity: true)
    if remaining == 0 { endRecord(found, emit) }
  }

  private mutating func endVersion2Hello(_ emit: (TLSEvent) -> Void) {
    if version2[0] == 4 {
      emit(event(.version2Answer(suites: TLSMessageParser.version2Answer(version2))))
      isVersion2 = true
    } else {
      let hello = TLSMessageParser.version2Hello(version2)
      emit(event(.version2Hello(version: hello.version, suites: hello.suites)))
      hasVersion2Hello = true
    }
    version2.removeAll()
    version2Length = 0
  }

  private mutating func endRecord(_ ended: TLSRecordHeader, _ emit: (TLSEvent) -> Void) {
    record = nil
    switch ended.type {
    case 0x14:
      isEncrypted = true
      emit(event(.changeCipherSpec))
    case 0x15:
      // An encrypted alert is never two bytes long.
      if body.count == 2 {
        emit(event(.alert(level: body[0], code: body[1])))
      } else {
        emit(event(.encryptedAlert))
      }
    case 0x16: handshakeRecord(emit)
    case 0x17: emit(event(.applicationData(length: ended.length)))
    default: emit(event(.heartbeat(length: ended.length)))
    }
    body.removeAll(keepingCapacity: true)
  }

  // MARK: Handshake messages

  private mutating func handshakeRecord(_ emit: (TLSEvent) -> Void) {
    if isEncrypted {
      // In TLS 1.3 ChangeCipherSpec changes nothing (RFC 8446 appendix D.4): a second hello in clear may
      // follow it.
      let isHello =
        body.count > 4 && (body[0] == 1 || body[0] == 2) && length(body) == body.count - 4
      guard isHello else {
        emit(event(.encryptedHandshake(length: body.count)))
        return
      }
    }
    message.append(contentsOf: body)
    var start = 0
    while message.count - start >= 4 {
      let type = message[start]
      let size = length(message[start...])
      guard size <= Self.maximumMessage else {
        emit(event(.malformed(type: type, reason: "the message claims \(size) bytes")))
        start = message.count
        break
      }
      guard message.count - start - 4 >= size else { break }
      let content = TLSMessageParser.parse(type: type, message, start + 4..<start + 4 + size)
      emit(event(content))
      start += 4 + size
    }
    message.removeFirst(start)
  }

  private func length(_ bytes: ArraySlice<UInt8>) -> Int {
    let at = bytes.startIndex
    return Int(bytes[at + 1]) << 16 | Int(bytes[at + 2]) << 8 | Int(bytes[at + 3])
  }

  private func length(_ bytes: [UInt8]) -> Int { length(bytes[...]) }
}
