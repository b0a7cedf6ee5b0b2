internal import TraceBytes
internal import TraceProtocols

/// Elements of XML and HTML, and objects of JSON that name a secret in one member and hold it in another.
extension NamedSecrets {
  /// A tag: attributes that name what its value is, and the content of an element with a telling name.
  mutating func tag(_ start: Int) -> Int {
    var end = start + 1
    while isNameByte(at(end)) || at(end) == 0x3A { end += 1 }
    guard end > start + 1 else { return start + 1 }
    var local = start + 1
    for index in start + 1..<end where text[index] == 0x3A { local = index + 1 }
    let name = local..<end
    var values: [Range<Int>] = []
    var isNamed = false
    var at = end
    let limit = min(text.count, start + Self.tagLimit)
    while at < limit, text[at] != 0x3E, text[at] != 0x3C {
      guard isNameByte(text[at]) else {
        at += 1
        continue
      }
      let stop = text.end(from: at, to: limit) { isNameByte($0) || $0 == 0x3A }
      let attribute = at..<stop
      at = stop
      while at < limit, isBlank(text[at]) { at += 1 }
      guard at < limit, text[at] == 0x3D else { continue }
      at += 1
      while at < limit, isBlank(text[at]) { at += 1 }
      guard at < limit else { break }
      let quote = text[at]
      var value = at..<at
      if quote == 0x22 || quote == 0x27 {
        let last = quoteEnd(at, limit)
        value = at + 1..<last
        at = last + 1
      } else {
        let last = text.end(from: at, to: limit) { $0 > 0x20 && $0 != 0x3E }
        value = at..<last
        at = last
      }
      if isOne(attribute, in: ["value", "content", "default", "defaultvalue"]) {
        values.append(value)
      } else if isOne(attribute, in: ["name", "id", "key", "type", "property", "field"]),
        isSecret(value)
      {
        isNamed = true
      }
    }
    if isNamed { for value in values { add(value) } }
    at = min(at, text.count)
    guard at < text.count, text[at] == 0x3E, text[at - 1] != 0x2F else { return end }
    let isKey = isOne(name, in: ["key"])
    if isKey || isOne(name, in: ["name", "field", "parameter", "property", "param-name"]) {
      let end = pairOfElements(at + 1, any: isKey)
      if end > at + 1 { return end }
    }
    let isElement = isSecret(name) && !isContainer(name) || isOne(name, in: ["nonce"])
    guard isElement || isNamed && !isOne(name, in: ["input"]) else { return end }
    if isNamed, !isElement, let inner = innerElement(at + 1) { return inner }
    return content(at + 1, of: isElement ? name : nil)
  }

  /// `<property name="password"><value>x</value>`: where the element ends that holds the value; nil when the text
  /// stands there itself.
  mutating func innerElement(_ start: Int) -> Int? {
    var at = start
    while at < text.count, text[at] <= 0x20 { at += 1 }
    guard self.at(at) == 0x3C else { return nil }
    let first = at + 1
    at = first
    var local = first
    while isNameByte(self.at(at)) || self.at(at) == 0x3A {
      if text[at] == 0x3A { local = at + 1 }
      at += 1
    }
    let name = local..<at
    guard isOne(name, in: ["value", "attributevalue", "string", "val", "text", "data"]) else {
      return nil
    }
    while at < text.count, at - first < Self.tagLimit, text[at] != 0x3E { at += 1 }
    guard self.at(at) == 0x3E, text[at - 1] != 0x2F else { return nil }
    return content(at + 1, of: name)
  }

  /// `<key>password</key><string>x</string>`, `<name>password</name><value>x</value>`: the element behind one that
  /// says what it is; `any` tells that it may have any name.
  mutating func pairOfElements(_ start: Int, any: Bool) -> Int {
    let end = text.end(from: start, to: start + Self.nameLimit) { $0 != 0x3C }
    guard end > start, isSecret(start..<end), at(end + 1) == 0x2F else { return start }
    var at = text.end(from: end, to: end + 64) { $0 != 0x3E }
    at += 1
    while at < text.count, text[at] <= 0x20 { at += 1 }
    guard self.at(at) == 0x3C else { return start }
    let first = at + 1
    at = first
    while isNameByte(self.at(at)) || self.at(at) == 0x3A { at += 1 }
    let name = first..<at
    guard any || isOne(name, in: ["value", "string", "val", "text", "data", "content", "default"])
    else { return start }
    while at < text.count, at - first < Self.tagLimit, text[at] != 0x3E { at += 1 }
    guard self.at(at) == 0x3E, text[at - 1] != 0x2F else { return start }
    return content(at + 1, of: name)
  }

  /// The text up to the end of an element, or up to the next tag.
  mutating func content(_ start: Int, of name: Range<Int>?) -> Int {
    var at = start
    var first = start
    while at < text.count {
      guard text[at] == 0x3C else {
        at += 1
        continue
      }
      if has("<![CDATA[", at) {
        addText(first..<at)
        first = at + 9
        at = first
        while at < text.count, !has("]]>", at) { at += 1 }
        add(first..<at)
        at = min(at + 3, text.count)
        first = at
        continue
      }
      addText(first..<at)
      if has("<!--", at) {
        first = at + 4
        at = first
        while at < text.count, !has("-->", at) { at += 1 }
        addText(first..<at)
        at = min(at + 3, text.count)
        first = at
        continue
      }
      guard let name else { return at }
      if self.at(at + 1) == 0x2F {
        var end = at + 2
        var local = end
        while isNameByte(self.at(end)) || self.at(end) == 0x3A {
          if text[end] == 0x3A { local = end + 1 }
          end += 1
        }
        if end - local == name.count, Array(text[local..<end]) == Array(text[name]) { return at }
      }
      while at < text.count, text[at] != 0x3E { at += 1 }
      at += 1
      first = min(at, text.count)
    }
    addText(min(first, text.count)..<text.count)
    return text.count
  }

  mutating func addText(_ range: Range<Int>) {
    add(text.trimmed(range) { $0 <= 0x20 })
  }

  /// `{"name": "password", "value": "x"}`: an object that says of its value what it is.
  mutating func object(_ start: Int) {
    var isNamed = false
    var values: [Range<Int>] = []
    var at = start + 1
    let limit = min(text.count, start + Self.tagLimit)
    while at < limit, text[at] != 0x7B, text[at] != 0x7D {
      guard text[at] == 0x22 || text[at] == 0x27 else {
        at += 1
        continue
      }
      let name = at + 1..<quoteEnd(at, limit)
      at = name.upperBound + 1
      var next = text.end(from: at, to: limit) { $0 <= 0x20 }
      guard next < limit, text[next] == 0x3A else { continue }
      next += 1
      while next < limit, text[next] <= 0x20 { next += 1 }
      guard next < limit, text[next] == 0x22 || text[next] == 0x27 else {
        at = next
        continue
      }
      let value = next + 1..<quoteEnd(next, limit)
      at = value.upperBound + 1
      if isOne(
        name, in: ["name", "key", "id", "field", "parameter", "property", "attribute", "type"]),
        isSecret(value)
      {
        isNamed = true
      }
      if isOne(name, in: ["value", "val", "content", "text", "data", "newvalue", "default"]) {
        values.append(value)
      }
    }
    if isNamed { for value in values { add(value) } }
  }
}
