# Homebrew formula. Not tried: written for a release archive of this version, whose checksum goes in at release.
class Zcap < Formula
  desc "Read z/OS network traces, with the clear text of AT-TLS"
  homepage "https://github.com/zcap/zcap"
  url "https://github.com/zcap/zcap/archive/refs/tags/v0.1.0.tar.gz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "Apache-2.0"

  depends_on "pkgconf" => :build
  depends_on xcode: ["26.0", :build]
  depends_on "libyaml"
  uses_from_macos "libpcap"
  uses_from_macos "zlib"

  def install
    system "swift", "build", "-c", "release", "--disable-sandbox", "--product", "zcap"
    system "Scripts/stage", ".build/release/zcap", prefix
  end

  test do
    system bin/"zcap", "generate", "trace.ctr", "--size", "100K"
    assert_match "CTRACE", shell_output("#{bin}/zcap info trace.ctr")
  end
end
