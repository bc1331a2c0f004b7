/* tcp - what a client's SYN says about its operating system.
 *
 * A TCP stack chooses start TTL, window, and which options it sends in which order; the program
 * above it, and what it claims in its headers, changes none of that. Pure; no allocation.
 *
 * Evidence: the rows of Linux were recorded on this project's machines (Linux 6.18, 2026-11-20; the
 * second with net.ipv4.tcp_timestamps=0). Android, Windows and Apple are general knowledge of those
 * stacks; no capture was at hand to check them against:
 *
 *     stack              start TTL  options                                       text
 *     Linux, Android     64         MSS, SACK, timestamps, NOP, scale             MSTNW
 *     Linux without timestamps  64  MSS, NOP, NOP, SACK, NOP, scale               MNNSNW
 *     Windows 7 to 11    128        MSS, NOP, scale, NOP, NOP, SACK               MNWNNS
 *     Windows + timestamps  128     MSS, NOP, scale, SACK, timestamps             MNWST
 *     macOS, iOS         64         MSS, NOP, scale, NOP, NOP, timestamps, SACK, EOL...  MNWNNTSE
 *
 * Limits: it is the stack of whoever opened this TCP connection. A VPN that routes packets leaves
 * the client's SYN as it is; a proxy (SOCKS, HTTP, many mobile networks' accelerators, iCloud
 * Private Relay) shows its own, mostly Linux. Administrators can change TTL and options. ChromeOS
 * and most smart devices are Linux too; the BSDs and consoles are UNKNOWN. TTL and options must
 * agree, or the guess is UNKNOWN. So: a hint beside others, never a verdict.
 */
#ifndef WHORL_IDENTIFY_ENRICH_TCP_H
#define WHORL_IDENTIFY_ENRICH_TCP_H

#include "base/limits.h"
#include "base/str.h"

enum tcp_os { TCP_OS_UNKNOWN, TCP_OS_LINUX, TCP_OS_WINDOWS, TCP_OS_APPLE };

enum {
    TCP_OPTIONS_MAX = 40, /* option bytes in a TCP header: at most so many NOPs */
    TCP_SYN_TEXT_BYTES = 96,
};

struct tcp_syn {
    bool v6;
    uint8_t ttl, ttl_start; /* as it came; rounded up to 32, 64, 128 or 255 */
    uint16_t window;
    uint16_t mss;           /* 0: not sent */
    int scale;              /* -1: not sent */
    bool sack, timestamps;
    bool dont_fragment;     /* IPv4 only */
    bool ecn;               /* asks for ECN (ECE and CWR) */
    /* One letter per option: E end, N NOP, M MSS, W scale, S SACK permitted, T timestamps,
     * F fast open, X another */
    char options[TCP_OPTIONS_MAX + 1];
};

/* bytes: IP header and TCP header of a SYN, as TCP_SAVED_SYN gives them. False: it is none. */
bool tcp_syn_parse(struct tcp_syn *out, struct str bytes);

/* whorl's own text for a SYN, the same for one stack over paths of any length:
 *
 *     4/64/64240/MSTNW/1460/7/d
 *     IP version / start TTL / window / options / MSS / scale, "-" when absent / flags d, e */
size_t tcp_syn_print(char out[TCP_SYN_TEXT_BYTES], const struct tcp_syn *syn);

enum tcp_os tcp_syn_os(const struct tcp_syn *syn);
/* "linux" (Android too), "windows", "apple"; NULL when unknown. */
const char *tcp_os_name(enum tcp_os os);

#endif
