/// One field of a layout: its name in the manuals, its offset and its size in bytes.
///
/// A layout is an enum of such constants, so a correction to a format is one line, and the page in
/// `Formats/` that describes it can be checked against the code.
public struct Field: Sendable {
  public let name: StaticString
  public let offset: Int
  public let size: Int

  @inlinable
  public init(_ name: StaticString, _ offset: Int, _ size: Int) {
    self.name = name
    self.offset = offset
    self.size = size
  }

  /// The offset of the byte after the field.
  @inlinable public var end: Int { offset + size }
}
