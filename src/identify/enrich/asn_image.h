/* asn_image - the compiled form of asn_table: what asn_csv.c writes and asn_table.c reads.
 *
 *     header
 *     struct asn_range6   v6[]       sorted, disjoint
 *     struct asn_range4   v4[]       sorted, disjoint
 *     uint32_t            v4_from[65537]   how many ranges of v4 start below i << 16
 *     struct asn_system   systems[]  sorted by number
 *     char                names[]
 */
#ifndef WHORL_IDENTIFY_ENRICH_ASN_IMAGE_H
#define WHORL_IDENTIFY_ENRICH_ASN_IMAGE_H

#include "base/err.h"
#include "base/str.h"
#include "identify/enrich/ipfile.h"

enum { ASN_IMAGE_VERSION = 2, ASN_BYTE_ORDER = 0x01020304, ASN_V4_INDEX = 65537 };

struct asn_image_header {
    char magic[8];           /* "whorlasn" */
    uint32_t version, byte_order;
    uint64_t checksum;       /* str_hash of all that follows this member */
    uint64_t total_bytes;    /* of the whole image */
    uint64_t source_bytes;   /* of the CSV file ... */
    int64_t source_time_ns;  /* ... and when it was last changed */
    uint32_t v6_count, v4_count, systems_count, names_bytes;
};

struct asn_range6 { uint64_t start[2], end[2]; uint32_t system, unused; };
struct asn_range4 { uint32_t start, end, system; };
struct asn_system {
    uint32_t number, name_at;
    uint16_t name_n;
    uint8_t type, unused; /* enum asn_kind */
};

/* The sizes of all parts; SIZE_MAX when the counts cannot be. */
size_t asn_image_bytes(const struct asn_image_header *h);

/* Parses and compiles; *image is malloc'ed memory with the header filled in except the source's size
 * and time and the checksum (asn_image_seal). ERR_CORRUPT with the line, ERR_NO_MEMORY. */
enum err asn_csv_compile(struct str csv, const char *name, struct asn_image_header **image,
                         char problem[IPFILE_PROBLEM_BYTES]);
void asn_image_seal(struct asn_image_header *image);

#endif
