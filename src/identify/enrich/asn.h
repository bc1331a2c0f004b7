/* asn - which network an address belongs to: autonomous system, organisation, kind.
 *
 * From MaxMind DB files of MaxMind's ASN or ISP schema (autonomous_system_number,
 * autonomous_system_organization) and from CSV files (asn_table.h).
 */
#ifndef WHORL_IDENTIFY_ENRICH_ASN_H
#define WHORL_IDENTIFY_ENRICH_ASN_H

#include "identify/enrich/asn_table.h"

/* Is this file about autonomous systems? As geo_check. */
enum err asn_check(const struct ipfile *f, const char *path, char problem[IPFILE_PROBLEM_BYTES]);

/* The name is borrowed from the mapping. */
bool asn_find(const struct ipfile *f, const struct address *a, struct asn_facts *out);

/* What kind of network it is. A heuristic: a short list of large systems (data/geo/asn_types.txt), else
 * words in the organisation's name. Good enough to show and to count, too weak to judge anybody by: no
 * source that may be passed on has the type. A new list or new words need a new ASN_IMAGE_VERSION. */
enum asn_kind asn_kind_of(uint32_t number, struct str name);
/* "hosting", "isp", "business", "education"; NULL for ASN_UNKNOWN. */
const char *asn_kind_name(enum asn_kind kind);

#endif
