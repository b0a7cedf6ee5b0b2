internal import TraceBytes
internal import TraceModel
internal import TraceTables

extension ColumnValues {
  mutating func address(_ address: IPAddress) {
    var text = ShortText()
    text.append(address)
    self.text(text)
  }

  mutating func optional(_ number: Int64?) {
    if let number { self.number(number) } else { null() }
  }

  mutating func optional(_ word: StaticString?) {
    if let word { text(word) } else { null() }
  }

  mutating func optional(_ value: String?) {
    if let value, !value.isEmpty { text(value) } else { null() }
  }
}
