import TestSupport
import Testing
import TraceBytes

@testable import TraceFilter

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// --contains, against a search that looks at every place.
@Suite struct SearchTextTests {
  private static func isFound(_ text: SearchText, _ bytes: [UInt8]) -> Bool {
    unsafe text.isFound(in: bytes.span.bytes)
  }

  /// A text of distinct characters, of which frequent and rare ones take turns.
  private static func text(_ length: Int) -> String {
    let letters = Array("Qe7t#aZo-i_nJ s9rXh%lWd/uKcYmV")
    return String((0..<length).map { letters[($0 * 7 + $0 / 30) % letters.count] })
  }

  /// Every length, at every place of a payload, from its beginning to its end.
  @Test(arguments: [1, 2, 3, 5, 15, 16, 17, 31, 32, 33, 63, 64, 65])
  func everyPlace(length: Int) throws {
    let word = Self.text(length)
    let ebcdic = try #require(CodePage.ibm1047.bytes(word))
    let swapped = String(word.map { $0.isLowercase ? $0.uppercased() : $0.lowercased() }.joined())
    let search = try SearchText(word)
    let folding = try SearchText(word, ignoringCase: true)
    for form in [Array(word.utf8), ebcdic] {
      for count in [length, length + 1, length + 31, length + 32, length + 77] {
        for place in 0...(count - length) {
          // What stands around it is full of its own characters.
          var bytes = (0..<count).map { form[($0 * 5 + 1) % form.count] &+ ($0 % 3 == 0 ? 1 : 0) }
          bytes.replaceSubrange(place..<place + length, with: form)
          #expect(Self.isFound(search, bytes), "\(length) at \(place) of \(count)")
          #expect(Self.isFound(folding, bytes), "\(length) at \(place) of \(count)")
          // One byte less, and it is gone.
          if place == count - length, length > 1 {
            bytes.removeLast()
            #expect(Self.isFound(search, bytes) == Self.naive(bytes, [Array(word.utf8), ebcdic]))
          }
        }
      }
    }
    let otherCase = [Array(swapped.utf8), try #require(CodePage.ibm1047.bytes(swapped))]
    for form in otherCase {
      let bytes = [UInt8](repeating: 0, count: 40) + form + [0]
      #expect(Self.isFound(folding, bytes))
      #expect(Self.isFound(search, bytes) == (swapped == word))
    }
  }

  private static func naive(_ bytes: [UInt8], _ forms: [[UInt8]]) -> Bool {
    forms.contains { form in
      bytes.count >= form.count
        && (0...bytes.count - form.count).contains { Array(bytes[$0..<$0 + form.count]) == form }
    }
  }

  /// Few letters, so that nearly everything nearly matches: the search for the rare byte gives up here.
  @Test func frequentLetters() throws {
    var random: UInt64 = 99
    func next(_ below: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(random >> 33) % below
    }
    let letters = Array("abQ".utf8)
    var found = 0
    for _ in 0..<4000 {
      let word = String(decoding: (0..<1 + next(9)).map { _ in letters[next(3)] }, as: UTF8.self)
      let bytes = (0..<next(400)).map { _ in letters[next(3)] }
      let expected = Self.naive(bytes, [Array(word.utf8)])
      if expected { found += 1 }
      #expect(Self.isFound(try SearchText(word), bytes) == expected)
      let folded = String(decoding: bytes, as: UTF8.self).lowercased()
      let expectedFolded = Self.naive(Array(folded.utf8), [Array(word.lowercased().utf8)])
      #expect(Self.isFound(try SearchText(word, ignoringCase: true), bytes) == expectedFolded)
    }
    #expect((1000..<3900).contains(found))
  }

  /// Long runs of the byte that is looked for cost no more than others.
  @Test func aRunOfTheRareByte() throws {
    var bytes = [UInt8](repeating: UInt8(ascii: "Q"), count: 300_000)
    #expect(!Self.isFound(try SearchText("aQ"), bytes))
    bytes[299_998] = UInt8(ascii: "a")
    #expect(Self.isFound(try SearchText("aQ"), bytes))
    #expect(!Self.isFound(try SearchText("Qa!"), bytes))
  }

  /// Nothing is read beyond the end of the bytes: behind them no memory is.
  @Test(arguments: [1, 2, 9, 31, 32, 33, 40, 100]) func theEndOfAPage(count: Int) throws {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let pages = unsafe mmap(
      nil, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    let memory = try unsafe #require(pages)
    defer { unsafe munmap(memory, 2 * page) }
    #expect(unsafe mprotect(memory + page, page, PROT_NONE) == 0)
    let end = unsafe UnsafeRawBufferPointer(start: memory + page - count, count: count)
    for place in 0..<count {
      unsafe (memory + page - count + place).storeBytes(of: 0x61, as: UInt8.self)
    }
    for word in ["Q", "aQ", "aaaaaaaaQ", "Qaaaaaaaa"] {
      #expect(!(try unsafe SearchText(word).isFound(in: end.bytes)))
      #expect(!(try unsafe SearchText(word, ignoringCase: true).isFound(in: end.bytes)))
    }
    #expect(try unsafe SearchText("a").isFound(in: end.bytes))
  }

  /// A text outside of the code page is looked for in UTF-8 alone.
  @Test func charactersBeyondASCII() throws {
    #expect(Self.isFound(try SearchText("10 €"), Array("costs 10 €.".utf8)))
    #expect(!Self.isFound(try SearchText("10 €"), [0xF1, 0xF0, 0x40]))
    #expect(Self.isFound(try SearchText("grün"), try #require(CodePage.ibm1047.bytes("die grüne"))))
    #expect(
      Self.isFound(
        try SearchText("GRÜN", ignoringCase: true), try #require(CodePage.ibm1047.bytes("grün"))))
  }
}
