/* tcp - see tcp.h. Formats: RFC 791 (IPv4), RFC 8200 (IPv6), RFC 9293 (TCP), RFC 7323 (scale,
 * timestamps), RFC 2018 (SACK), RFC 7413 (fast open). */
#include "identify/enrich/tcp.h"

#include <stdio.h>

enum {
    PROTOCOL_TCP = 6,
    FLAG_SYN = 0x02, FLAG_ACK = 0x10, FLAG_ECE = 0x40, FLAG_CWR = 0x80,
    OPTION_END = 0, OPTION_NOP = 1, OPTION_MSS = 2, OPTION_SCALE = 3, OPTION_SACK = 4,
    OPTION_TIMESTAMPS = 8, OPTION_FAST_OPEN = 34,
    EXTENSION_HEADERS_MAX = 4, /* IPv6: more than any client sends before TCP */
};

static unsigned byte_at(struct str s, size_t i)
{
    return (uint8_t)s.p[i];
}

static uint16_t u16_at(struct str s, size_t i)
{
    return (uint16_t)(byte_at(s, i) << 8 | byte_at(s, i + 1));
}

static uint8_t start_ttl(uint8_t ttl)
{
    return ttl <= 32 ? 32 : ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;
}

/* *tcp: what follows the IP header. */
static bool read_ipv4(struct tcp_syn *out, struct str bytes, struct str *tcp)
{
    if (bytes.n < 20) return false;
    size_t header = 4 * (byte_at(bytes, 0) & 15);
    if (header < 20 || header > bytes.n || byte_at(bytes, 9) != PROTOCOL_TCP) return false;
    out->ttl = (uint8_t)byte_at(bytes, 8);
    out->dont_fragment = (byte_at(bytes, 6) & 0x40) != 0;
    *tcp = str_sub(bytes, header, bytes.n);
    return true;
}

static bool read_ipv6(struct tcp_syn *out, struct str bytes, struct str *tcp)
{
    if (bytes.n < 40) return false;
    unsigned next = byte_at(bytes, 6);
    out->v6 = true;
    out->ttl = (uint8_t)byte_at(bytes, 7);
    *tcp = str_sub(bytes, 40, bytes.n);
    for (int i = 0; i < EXTENSION_HEADERS_MAX && next != PROTOCOL_TCP; i++) {
        bool known = next == 0 || next == 43 || next == 60; /* hop-by-hop, routing, destination */
        if (!known || tcp->n < 8) return false;
        size_t header = 8 * (byte_at(*tcp, 1) + 1);
        if (header > tcp->n) return false;
        next = byte_at(*tcp, 0);
        *tcp = str_sub(*tcp, header, tcp->n);
    }
    return next == PROTOCOL_TCP;
}

/* The length of the option at the front; 0: it is broken. */
static size_t option_bytes(struct str options)
{
    if (byte_at(options, 0) <= OPTION_NOP) return 1;
    if (options.n < 2) return 0;
    size_t n = byte_at(options, 1);
    return n < 2 || n > options.n ? 0 : n;
}

static char read_option(struct tcp_syn *out, struct str option)
{
    switch (byte_at(option, 0)) {
    case OPTION_END: return 'E';
    case OPTION_NOP: return 'N';
    case OPTION_MSS:
        if (option.n == 4) out->mss = u16_at(option, 2);
        return 'M';
    case OPTION_SCALE:
        if (option.n == 3) out->scale = (int)byte_at(option, 2);
        return 'W';
    case OPTION_SACK: out->sack = true; return 'S';
    case OPTION_TIMESTAMPS: out->timestamps = true; return 'T';
    case OPTION_FAST_OPEN: return 'F';
    default: return 'X';
    }
}

static bool read_options(struct tcp_syn *out, struct str options)
{
    size_t count = 0;
    while (options.n > 0) {
        size_t n = option_bytes(options);
        if (n == 0) return false;
        char letter = read_option(out, str_sub(options, 0, n));
        out->options[count++] = letter;
        if (letter == 'E') break; /* padding follows */
        options = str_sub(options, n, options.n);
    }
    out->options[count] = 0;
    return true;
}

bool tcp_syn_parse(struct tcp_syn *out, struct str bytes)
{
    struct str tcp;
    *out = (struct tcp_syn){ .scale = -1 };
    if (bytes.n == 0) return false;
    unsigned version = byte_at(bytes, 0) >> 4;
    if (version == 4 ? !read_ipv4(out, bytes, &tcp) : version != 6 || !read_ipv6(out, bytes, &tcp))
        return false;
    if (tcp.n < 20) return false;
    size_t header = 4 * (byte_at(tcp, 12) >> 4);
    unsigned flags = byte_at(tcp, 13);
    if (header < 20 || header > tcp.n || (flags & (FLAG_SYN | FLAG_ACK)) != FLAG_SYN) return false;
    out->ttl_start = start_ttl(out->ttl);
    out->window = u16_at(tcp, 14);
    out->ecn = (flags & (FLAG_ECE | FLAG_CWR)) == (FLAG_ECE | FLAG_CWR);
    return read_options(out, str_sub(tcp, 20, header));
}

size_t tcp_syn_print(char out[TCP_SYN_TEXT_BYTES], const struct tcp_syn *syn)
{
    char scale[12] = "-";
    if (syn->scale >= 0) snprintf(scale, sizeof scale, "%d", syn->scale);
    int n = snprintf(out, TCP_SYN_TEXT_BYTES, "%c/%u/%u/%s/%u/%s/%s%s", syn->v6 ? '6' : '4',
                     syn->ttl_start, syn->window, syn->options, syn->mss, scale,
                     syn->dont_fragment ? "d" : "", syn->ecn ? "e" : "");
    return (size_t)n;
}

enum tcp_os tcp_syn_os(const struct tcp_syn *syn)
{
    static const struct { uint8_t ttl; enum tcp_os os; const char *options; } known[] = {
        { 64, TCP_OS_LINUX, "MSTNW" },    { 64, TCP_OS_LINUX, "MNNSNW" },
        { 128, TCP_OS_WINDOWS, "MNWNNS" }, { 128, TCP_OS_WINDOWS, "MNWST" },
        { 64, TCP_OS_APPLE, "MNWNNTSE" },
    };
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        size_t n = strlen(known[i].options);
        /* fast open adds an option to the stack's own, with NOPs before it where they are needed */
        bool same = strncmp(syn->options, known[i].options, n) == 0 &&
                    strspn(syn->options + n, "FN") == strlen(syn->options + n);
        if (same && syn->ttl_start == known[i].ttl) return known[i].os;
    }
    return TCP_OS_UNKNOWN;
}

const char *tcp_os_name(enum tcp_os os)
{
    static const char *const names[] = { [TCP_OS_LINUX] = "linux", [TCP_OS_WINDOWS] = "windows",
                                         [TCP_OS_APPLE] = "apple" };
    return names[os];
}
