/* sentinel - what kind of program makes a request, from its head alone: a browser that a person uses, one that is
 * driven, an AI agent, a command-line tool, a library, a crawler.
 *
 * | asked in this order                                                   | type              | confidence |
 * |-----------------------------------------------------------------------|-------------------|------------|
 * | a well-known bot (enrich/bots.h), by its category                     | by table          | 0.75 to 0.99 |
 * | the user agent has the token of a tool, library or agent (sentinel.c) | by table          | 0.95       |
 * | MCP-Protocol-Version, MCP-Session-Id (Model Context Protocol)         | AI_AGENT          | 0.9        |
 * | a word that ends in "bot", "crawler" or "spider"                      | BOT_SCRAPER       | 0.9        |
 * | a browser's user agent, without what browsers send along              | BROWSER_AUTOMATED | 0.6, 0.75  |
 * | a browser's user agent with it                                        | BROWSER_HUMAN     | 0.9        |
 * | no user agent                                                         | UNKNOWN           | 0.3        |
 * | anything else                                                         | UNKNOWN           | 0.2        |
 *
 * What browsers send along: Accept-Language always; Sec-Fetch-Mode or Sec-CH-UA from Chromium 89 and Firefox 90 on,
 * but on secure origins only (measured 2026-11-20 in Chromium 156, Firefox 153, WebKitGTK 2.50), so that their
 * absence says nothing. A program that copies a browser's whole head is taken for one: heads show what is careless,
 * and an agent in the page has to show the rest. */
#ifndef WHORL_API_SENTINEL_H
#define WHORL_API_SENTINEL_H

#include "base/json_in.h"
#include "event/event.h"
#include "net/server.h"

enum caller { CALLER_UNKNOWN, CALLER_BROWSER_HUMAN, CALLER_BROWSER_AUTOMATED, CALLER_AI_AGENT, CALLER_CLI_TOOL,
              CALLER_SDK_CLIENT, CALLER_BOT_SCRAPER };
const char *caller_name(enum caller type); /* "AI_AGENT" */

struct caller_facts {
    enum caller type;
    double confidence;
    /* NULL or empty: unknown */
    const char *category, *subcategory, *framework, *runtime;
    struct str library;
    bool ua_mismatch;    /* the user agent names a browser, and the rest is none's */
    bool likely_browser;
    const char *reasons[4];
    size_t reasons_count;
};

/* The inspected request's head; ev: what edge_event_look() found about it. */
void caller_classify(struct caller_facts *out, const struct request *head, const struct event *ev);

/* The body of POST /v1/sentinel/inspect as a request. Everything in arena. ERR_MALFORMED with *problem. */
enum err sentinel_read(struct request *out, struct json root, struct arena *arena, const char **problem);

#endif
