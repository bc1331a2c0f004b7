/* iplist_read - reads a list of addresses, whatever shape its publisher gave it.
 *
 * The shape is told by the content, never by the file's name:
 *
 *     addresses, networks     one a line; "#" and ";" begin comments; what stands behind a blank is
 *                             ignored (ipsum's counts). Netsets and ipsets of FireHOL, DROP's text form,
 *                             the Tor bulk exit list, the CIDR lists of most publishers
 *     addresses with ports    1.2.3.4:8080, [2001:db8::1]:80, user:pass@1.2.3.4:8080, socks5://1.2.3.4:1
 *     AS numbers              AS9009 # M247
 *     CSV                     the first column that holds an address or network; a header line may name
 *                             a column "asn". Geofeeds (RFC 8805), Apple's egress ranges, Stop Forum
 *                             Spam; one line of nothing but addresses is a list of them
 *     Tor exit addresses      ExitNode, Published, LastStatus, ExitAddress lines (TorDNSEL)
 *     lines of JSON           {"cidr": ...} or {"asn": ...} (Spamhaus)
 *     JSON                    prefixes[].ip_prefix, .ipv4Prefix, ipv6_prefixes[].ipv6_prefix, .ipv6Prefix
 *                             (AWS, Google, Bing, OpenAI); values[].properties.addressPrefixes (Azure);
 *                             regions[].cidrs[].cidr (Oracle); relays[].or_addresses of exits and
 *                             .exit_addresses (Onionoo); any array of nothing but addresses (Fastly,
 *                             GitHub)
 *
 * A byte order mark, zero-width spaces (bingbot.json has had them) and carriage returns are dropped.
 *
 * Which entries count:
 *   - Bits behind the network ("1.2.3.4/24") are cleared, and counted as a notice.
 *   - Private and other addresses that no client on the internet can have (RFC 6890) are ignored:
 *     FireHOL's level 1 lists 10.0.0.0/8. So are networks wider than /8 and, in IPv6, /12: no registry
 *     gives out wider ones, so they are mistakes. The addresses for documentation (RFC 5737, 3849)
 *     are read: no client has them, and examples and tests do.
 *   - Lines that cannot be read are ignored and noted, up to one line in ten. A file with more of
 *     them, or without a single entry, is refused as a whole: it is something else, an error page say.
 */
#ifndef WHORL_IDENTIFY_ENRICH_IPLIST_READ_H
#define WHORL_IDENTIFY_ENRICH_IPLIST_READ_H

#include "identify/enrich/iplist_table.h"

enum { IPLIST_NOTES_MAX = 5, IPLIST_NOTE_BYTES = 48, IPLIST_PROBLEM_BYTES = 320 };

/* A line that was not taken as it stood. In JSON the line is where the text is found, 0 when it is
 * not. */
struct iplist_note {
    size_t line;
    const char *why; /* a literal */
    char text[IPLIST_NOTE_BYTES]; /* the entry, cut; only printable ASCII */
};

struct iplist_report {
    const char *format;               /* a literal: "networks", "JSON: prefixes[].ip_prefix" */
    size_t v4, v6, asn;               /* entries taken */
    size_t host_bits;                 /* of them: bits behind the network were set */
    size_t reserved, too_wide;        /* ignored on purpose */
    size_t unreadable;                /* ignored because nobody understands them */
    size_t lines;                     /* that should hold entries; of JSON: entries seen */
    struct iplist_note notes[IPLIST_NOTES_MAX];
    size_t notes_count;
    char problem[IPLIST_PROBLEM_BYTES]; /* after a refusal: what is wrong and where */
};

/* Reads `bytes` into the builder as list number `list`. `text` is changed (zero-width characters go),
 * and JSON_PADDING bytes behind it must be readable. ERR_MALFORMED with a problem: nothing was
 * added. ERR_NO_MEMORY. */
enum err iplist_read(char *text, size_t bytes, unsigned list, struct iplist_builder *out,
                     struct iplist_report *report);
/* The same with a file of at most IPLIST_FILE_BYTES_MAX. ERR_IO with a problem when it cannot be read. */
enum err iplist_read_file(const char *path, unsigned list, struct iplist_builder *out,
                          struct iplist_report *report);

/* No client on the internet has an address of this network: private, loopback, link-local, ... The
 * addresses for documentation are not among them. */
bool iplist_is_reserved(const struct network *n);

#endif
