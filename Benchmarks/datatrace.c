// What `zcap convert` does with a data trace, as plainly as C can: entries end to end become Ethernet, IP and TCP
// with valid checksums and running sequence numbers in pcapng, with a handshake in front of each conversation and
// a FIN behind it. It trusts its input: a yardstick, no tool. `datatrace IN.ctr OUT.pcapng`
//
// An entry: length (2), 16 bytes of header, the packet trace header of 92 bytes (Formats/pth.md), data, length (2).
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WINDOW = 1 << 20, OUT = 1 << 20, FLOWS = 1 << 20, HEADER = 16, PTH = 92, SYN = 2, FIN = 1, ACK = 16, PSH = 8 };

struct end { uint8_t address[16]; uint16_t port; };

struct flow {
    uint8_t key[40];            // lower end, upper end, their ports
    uint32_t next[2];           // of the lower and of the upper end
    uint8_t used;
};

static struct flow flows[FLOWS];
static uint8_t in[WINDOW * 2], out[OUT + (1 << 17)];
static size_t filled;
static int target;

static uint16_t get16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }
static uint64_t get64(const uint8_t *at) { uint64_t v; memcpy(&v, at, 8); return __builtin_bswap64(v); }
static void put16(uint8_t *at, unsigned v) { at[0] = (uint8_t)(v >> 8); at[1] = (uint8_t)v; }
static void put32(uint8_t *at, uint32_t v) { v = __builtin_bswap32(v); memcpy(at, &v, 4); }

static void flush(void) {
    for (size_t done = 0; done < filled;) {
        ssize_t wrote = write(target, out + done, filled - done);
        if (wrote <= 0) { perror("write"); exit(2); }
        done += (size_t)wrote;
    }
    filled = 0;
}

static uint64_t sum(const uint8_t *at, size_t count, uint64_t sum) {
    for (; count >= 4; at += 4, count -= 4) { uint32_t word; memcpy(&word, at, 4); sum += word; }
    if (count >= 2) { uint16_t half; memcpy(&half, at, 2); sum += half; at += 2; count -= 2; }
    return count ? sum + *at : sum;
}

static uint16_t folded(uint64_t sum) {
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static struct flow *find(const uint8_t key[40]) {
    uint64_t hash = 0;
    for (int i = 0; i < 40; i += 8) { uint64_t word; memcpy(&word, key + i, 8); hash = (hash ^ word) * 0x9E3779B97F4A7C15ull; hash ^= hash >> 29; }
    for (size_t at = hash & (FLOWS - 1);; at = (at + 1) & (FLOWS - 1)) {
        if (!flows[at].used) { memcpy(flows[at].key, key, 40); flows[at].next[0] = flows[at].next[1] = 0; return &flows[at]; }
        if (!memcmp(flows[at].key, key, 40)) return &flows[at];
    }
}

static void packet(uint64_t time, const struct end *from, const struct end *to, int is4, uint32_t sequence,
                   uint32_t acknowledged, uint8_t flags, const uint8_t *data, size_t count) {
    size_t ip = is4 ? 20 : 40, length = 14 + ip + 20 + count, block = 32 + ((length + 3) & ~(size_t)3);
    uint8_t *at = out + filled, *net = at + 28 + 14, *tcp = net + ip;
    uint32_t head[7] = { 6, (uint32_t)block, 0, (uint32_t)(time >> 32), (uint32_t)time, (uint32_t)length, (uint32_t)length };
    memcpy(at, head, 28);
    memset(at + 28, 0, 14 + ip + 20);
    put16(at + 28 + 12, is4 ? 0x0800 : 0x86dd);
    uint64_t addresses;
    if (is4) {
        net[0] = 0x45; put16(net + 2, (unsigned)(length - 14)); net[6] = 0x40; net[8] = 64; net[9] = 6;
        memcpy(net + 12, from->address + 12, 4); memcpy(net + 16, to->address + 12, 4);
        uint16_t check = folded(sum(net, 20, 0)); memcpy(net + 10, &check, 2);
        addresses = sum(net + 12, 8, 0);
    } else {
        net[0] = 0x60; put16(net + 4, (unsigned)(20 + count)); net[6] = 6; net[7] = 64;
        memcpy(net + 8, from->address, 16); memcpy(net + 24, to->address, 16);
        addresses = sum(net + 8, 32, 0);
    }
    put16(tcp, from->port); put16(tcp + 2, to->port); put32(tcp + 4, sequence); put32(tcp + 8, acknowledged);
    tcp[12] = 0x50; tcp[13] = flags; put16(tcp + 14, 65535);
    memcpy(tcp + 20, data, count);
    uint8_t pseudo[4] = { 0, 6 }; put16(pseudo + 2, (unsigned)(20 + count));
    uint16_t check = folded(sum(tcp, 20 + count, sum(pseudo, 4, addresses))); memcpy(tcp + 16, &check, 2);
    memset(tcp + 20 + count, 0, 3);
    uint32_t tail = (uint32_t)block; memcpy(at + block - 4, &tail, 4);
    filled += block;
    if (filled >= OUT) flush();
}

static void entry(const uint8_t *at, size_t length) {
    const uint8_t *pth = at + HEADER, *data = pth + PTH;
    size_t count = length - HEADER - PTH - 2;
    if (count > 65495) count = 65495;
    // X'FFFE' in bytes 10 and 11 is an address of an AF_INET socket.
    int is4 = get64(pth + 32) == 0 && get16(pth + 42) == 0xfffe;
    // TOD: microseconds in bit 51, from 1900; to nanoseconds from 1970.
    uint64_t tod = get64(pth + 24), time = ((tod >> 12) - 2208988800000000ull) * 1000 + ((tod & 0xfff) * 1000 >> 12);
    struct end from, to;
    memcpy(from.address, pth + 32, 16); memcpy(to.address, pth + 48, 16);
    from.port = get16(pth + 64); to.port = get16(pth + 66);
    int order = memcmp(from.address, to.address, 16), upper = order ? order > 0 : from.port > to.port;
    const struct end *one = upper ? &to : &from, *two = upper ? &from : &to;
    uint8_t key[40] = { 0 };
    memcpy(key, one->address, 16); memcpy(key + 16, two->address, 16); put16(key + 32, one->port); put16(key + 34, two->port);
    struct flow *flow = find(key);
    if (!flow->used) {
        // Whose port is larger is the client, and shakes hands.
        const struct end *client = from.port > to.port ? &from : &to, *server = client == &from ? &to : &from;
        flow->used = 1; flow->next[0] = flow->next[1] = 1;
        packet(time, client, server, is4, 0, 0, SYN, data, 0);
        packet(time, server, client, is4, 0, 1, SYN | ACK, data, 0);
        packet(time, client, server, is4, 1, 1, ACK, data, 0);
    }
    int isEnd = !count && pth[19] == 2;
    if (!count && !isEnd) return;
    packet(time, &from, &to, is4, flow->next[upper], flow->next[!upper], isEnd ? FIN | ACK : PSH | ACK, data, count);
    flow->next[upper] += (uint32_t)count + (uint32_t)isEnd;
    if (isEnd) { packet(time, &to, &from, is4, flow->next[!upper], flow->next[upper], FIN | ACK, data, 0); flow->used = 0; memset(flow->key, 0xff, 40); flow->used = 2; }
}

int main(int argc, char **argv) {
    if (argc != 3) { fprintf(stderr, "datatrace IN.ctr OUT.pcapng\n"); return 64; }
    int source = open(argv[1], O_RDONLY);
    target = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (source < 0 || target < 0) { perror("open"); return 2; }
    static const uint32_t begin[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28,
                                      1, 32, 1, 0, 0x00010009, 9, 0, 32 };
    memcpy(out, begin, sizeof begin); filled = sizeof begin;
    size_t kept = 0;
    for (ssize_t got; (got = read(source, in + kept, WINDOW)) > 0;) {
        size_t there = kept + (size_t)got, at = 0;
        while (there - at >= 2 && there - at >= get16(in + at)) { entry(in + at, get16(in + at)); at += get16(in + at); }
        memmove(in, in + at, there - at);
        kept = there - at;
    }
    flush();
    return close(target) ? 2 : 0;
}
