/// What every field of a layout tells, whatever is in it.
public protocol LayoutField: Sendable {
  /// As the manuals call it.
  var name: StaticString { get }
  /// Bytes in front of it.
  var offset: Int { get }
  /// Bytes of it.
  var size: Int { get }
}

extension LayoutField {
  /// The offset of the byte after the field.
  @inlinable public var end: Int { offset + size }

  /// Where the field stands when its header is at `base`.
  @inlinable
  public func range(at base: Int = 0) -> Range<Int> { base + offset..<base + end }
}

/// One field of a layout: its name in the manuals, its offset, and in its type what it holds.
///
/// A layout is an enum of such constants. They drive reading and writing, so a correction to a format is one
/// line, and the page in `Formats/` that describes it can be checked against the code.
public struct Field<Value>: LayoutField {
  /// As the manuals call it.
  public let name: StaticString
  /// Bytes of the header in front of it.
  public let offset: Int
  /// Bytes of it.
  public let size: Int

  @inlinable
  init(_ name: StaticString, at offset: Int, size: Int) {
    self.name = name
    self.offset = offset
    self.size = size
  }
}

/// A number of three bytes.
public enum UInt24 {}

/// A field that is no number: a name, an address, a time of its own kind.
public enum ByteRun {}

extension Field where Value: FixedWidthInteger & BitwiseCopyable {
  /// A number as wide as its type.
  @inlinable
  public init(_ name: StaticString, _ offset: Int) {
    self.init(name, at: offset, size: MemoryLayout<Value>.size)
  }
}

extension Field where Value == UInt24 {
  /// A number of three bytes.
  @inlinable
  public init(_ name: StaticString, _ offset: Int) { self.init(name, at: offset, size: 3) }
}

extension Field where Value == ByteRun {
  /// A run of bytes.
  @inlinable
  public init(_ name: StaticString, _ offset: Int, _ size: Int) {
    self.init(name, at: offset, size: size)
  }
}

extension RawSpan {
  /// The big-endian number in a field of the header at `base`.
  @inlinable @inline(__always)
  public subscript<Value: FixedWidthInteger & BitwiseCopyable>(
    field: Field<Value>, at base: Int = 0
  ) -> Value {
    unsafe Value(
      bigEndian: unsafeLoadUnaligned(fromByteOffset: base &+ field.offset, as: Value.self))
  }

  /// The big-endian number of three bytes in a field of the header at `base`.
  @inlinable @inline(__always)
  public subscript(field: Field<UInt24>, at base: Int = 0) -> UInt32 {
    be24(base &+ field.offset)
  }

  /// The number in a field, in the byte order of the file.
  @inlinable @inline(__always)
  public subscript<Value: FixedWidthInteger & BitwiseCopyable>(
    field: Field<Value>, at base: Int = 0, bigEndian isBigEndian: Bool
  ) -> Value {
    let value = self[field, at: base]
    return isBigEndian ? value : value.byteSwapped
  }
}

extension Array where Element == UInt8 {
  /// Writes a big-endian number into a field of the header at `base`; traps when the array ends before it.
  @inlinable
  public mutating func set<Value: FixedWidthInteger & BitwiseCopyable>(
    _ field: Field<Value>, at base: Int = 0, _ value: Value
  ) {
    precondition(base + field.offset >= 0 && base + field.end <= count)
    unsafe withUnsafeMutableBytes {
      unsafe $0.storeBytes(of: value.bigEndian, toByteOffset: base + field.offset, as: Value.self)
    }
  }

  /// Writes a big-endian number of three bytes into a field of the header at `base`.
  @inlinable
  public mutating func set(_ field: Field<UInt24>, at base: Int = 0, _ value: UInt32) {
    for index in 0..<3 {
      self[base + field.offset + index] = UInt8(truncatingIfNeeded: value >> (16 - 8 * index))
    }
  }
}
