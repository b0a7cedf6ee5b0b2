import Testing
import TraceBytes

/// Digests of RFC 3174 section 7.3, and of lengths around the ends of blocks by Python's hashlib.
@Suite struct SHA1Tests {
  @Test(arguments: [
    ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
    ),
    (String(repeating: "a", count: 119), "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56"),
  ])
  func digests(_ text: String, _ digest: String) {
    let bytes = unsafe SHA1.digest(Array(text.utf8).span.bytes)
    #expect(
      bytes.indices.map { bytes[$0] }.map {
        String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
      }.joined() == digest)
  }
}
