import Testing

@testable import TraceBytes

/// Zones by offset and by name.
struct ZoneTests {
  @Test(arguments: [
    ("UTC", 0), ("z", 0), ("+02:00", 7200), ("-0530", -19_800), ("+2", 7200), ("-09:30", -34_200),
  ])
  func offsets(text: String, seconds: Int) throws {
    let zone = try #require(Zone(text))
    #expect(zone.offset(at: 0) == seconds)
    #expect(zone.offset(at: .max) == seconds)
  }

  @Test(arguments: [
    "", "+", "+99", "+1:2:3:4:5", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "2",
  ])
  func mistakes(text: String) { #expect(Zone(text) == nil) }

  /// Both sides of the change to summer time of 2026, and a year far ahead.
  @Test(.enabled(if: Zone("Europe/Berlin") != nil, "this system has no time zone database"))
  func names() throws {
    let berlin = try #require(Zone("Europe/Berlin"))
    let change: Int64 = 1_774_746_000_000_000_000  // 2026-03-29 01:00 UTC
    #expect(berlin.offset(at: change - 1_000_000_000) == 3600)
    #expect(berlin.offset(at: change) == 7200)
    #expect(berlin.stamp(change - 1_000_000_000) == "2026-03-29T01:59:59.000000+01:00")
    #expect(berlin.stamp(change) == "2026-03-29T03:00:00.000000+02:00")
    #expect(berlin.offset(at: 3_000_000_000_000_000_000) == 3600)  // January 2065
    #expect(berlin.name == "Europe/Berlin")
    #expect(Zone.utc.stamp(change, digits: 0) == "2026-03-29T01:00:00Z")
  }
}
