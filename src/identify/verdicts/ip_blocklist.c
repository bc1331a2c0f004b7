/* ip_blocklist - has the address been seen sending spam or attacking?
 *
 * Shown: v4 ip_blocklist.email_spam, .attack_source; v3 products.ipBlocklist; FingerprintIQ verdicts.ipBlocklist
 * Evidence:
 *   BLOCKLIST_SPAM     a list of the kind spam holds the address (Stop Forum Spam, Spamhaus)
 *   BLOCKLIST_ATTACK   a list of the kind attack holds it (ipsum, FireHOL, Spamhaus DROP)
 * Confidence: none is stated; each kind that has a list is answered, the other is left out (v3, whose schema
 *   requires both, says false)
 * Never alone: nothing else counts: Tor, VPN and hosting are no offence
 * Blind spots: an address that changed hands since the list was made; carriers' shared addresses, where one
 *   customer of thousands did it */
#include "identify/verdicts/network.h"
#include "identify/verdicts/verdict.h"

static void ip_blocklist_judge(struct identify *id)
{
    bool spam = network_hits(id, IPLIST_SPAM), attack = network_hits(id, IPLIST_ATTACK);
    if (network_knows(id, IPLIST_SPAM)) SET(id, blocklist_email_spam, spam);
    if (network_knows(id, IPLIST_ATTACK)) SET(id, blocklist_attack, attack);
    if (network_knows(id, IPLIST_SPAM) || network_knows(id, IPLIST_ATTACK))
        SET(id, ip_blocklist, spam || attack);
    if (spam) network_because(id, REASON_BLOCKLIST_SPAM);
    if (attack) network_because(id, REASON_BLOCKLIST_ATTACK);
}

const struct verdict_kind verdict_ip_blocklist = { "ip_blocklist", ip_blocklist_judge };
