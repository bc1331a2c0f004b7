/* sentinel - see sentinel.h. */
#include "api/sentinel.h"

#include "base/limits.h"

enum { SENTINEL_HEADERS_MAX = 256 };

const char *caller_name(enum caller type)
{
    static const char *const names[] = { "UNKNOWN", "BROWSER_HUMAN", "BROWSER_AUTOMATED", "AI_AGENT", "CLI_TOOL",
                                         "SDK_CLIENT", "BOT_SCRAPER" };
    return names[type];
}

/* Programs that say who they are, from their own documentation and sources (2026-11-25). The first token that
 * the user agent holds as a word counts, so that what stands on others comes first. */
static const struct {
    const char *token;
    enum caller type;
    const char *subcategory, *framework, *runtime, *library;
} programs[] = {
    { "claude-code",        CALLER_AI_AGENT,   "coding_agent", "claude-code", "node", NULL },
    { "claude-user",        CALLER_AI_AGENT,   "assistant",    NULL,          NULL,   NULL },
    { "langchain",          CALLER_AI_AGENT,   "framework",    "langchain",   NULL,   NULL },
    { "langgraph",          CALLER_AI_AGENT,   "framework",    "langgraph",   NULL,   NULL },
    { "llama_index",        CALLER_AI_AGENT,   "framework",    "llamaindex",  NULL,   NULL },
    { "llamaindex",         CALLER_AI_AGENT,   "framework",    "llamaindex",  NULL,   NULL },
    { "crewai",             CALLER_AI_AGENT,   "framework",    "crewai",      NULL,   NULL },
    { "autogpt",            CALLER_AI_AGENT,   "framework",    "autogpt",     NULL,   NULL },
    { "browser-use",        CALLER_AI_AGENT,   "framework",    "browser-use", NULL,   NULL },
    { "openai/python",      CALLER_AI_AGENT,   "ai_sdk",       "openai",      "python", "openai" },
    { "openai/js",          CALLER_AI_AGENT,   "ai_sdk",       "openai",      "node", "openai" },
    { "anthropic/python",   CALLER_AI_AGENT,   "ai_sdk",       "anthropic",   "python", "anthropic" },
    { "anthropic/js",       CALLER_AI_AGENT,   "ai_sdk",       "anthropic",   "node", "anthropic" },
    { "headlesschrome",     CALLER_BROWSER_AUTOMATED, "headless", NULL,       NULL,   NULL },
    { "phantomjs",          CALLER_BROWSER_AUTOMATED, "headless", "phantomjs", NULL,  NULL },
    { "playwright",         CALLER_BROWSER_AUTOMATED, "automation", "playwright", NULL, NULL },
    { "puppeteer",          CALLER_BROWSER_AUTOMATED, "automation", "puppeteer", "node", NULL },
    { "selenium",           CALLER_BROWSER_AUTOMATED, "automation", "selenium", NULL, NULL },
    { "scrapy",             CALLER_BOT_SCRAPER, "framework",   "scrapy",      "python", NULL },
    { "colly",              CALLER_BOT_SCRAPER, "framework",   "colly",       "go",   NULL },
    { "curl",               CALLER_CLI_TOOL,   NULL,           NULL,          NULL,   "curl" },
    { "wget",               CALLER_CLI_TOOL,   NULL,           NULL,          NULL,   "wget" },
    { "httpie",             CALLER_CLI_TOOL,   NULL,           NULL,          "python", "httpie" },
    { "xh",                 CALLER_CLI_TOOL,   NULL,           NULL,          "rust", "xh" },
    { "aria2",              CALLER_CLI_TOOL,   NULL,           NULL,          NULL,   "aria2" },
    { "powershell",         CALLER_CLI_TOOL,   NULL,           NULL,          "powershell", NULL },
    { "postmanruntime",     CALLER_CLI_TOOL,   "api_client",   NULL,          "node", "postman" },
    { "insomnia",           CALLER_CLI_TOOL,   "api_client",   NULL,          "node", "insomnia" },
    { "python-requests",    CALLER_SDK_CLIENT, NULL,           NULL,          "python", "requests" },
    { "python-httpx",       CALLER_SDK_CLIENT, NULL,           NULL,          "python", "httpx" },
    { "python-urllib",      CALLER_SDK_CLIENT, NULL,           NULL,          "python", "urllib" },
    { "python-urllib3",     CALLER_SDK_CLIENT, NULL,           NULL,          "python", "urllib3" },
    { "aiohttp",            CALLER_SDK_CLIENT, NULL,           NULL,          "python", "aiohttp" },
    { "go-http-client",     CALLER_SDK_CLIENT, NULL,           NULL,          "go",   "net/http" },
    { "okhttp",             CALLER_SDK_CLIENT, NULL,           NULL,          "jvm",  "okhttp" },
    { "apache-httpclient",  CALLER_SDK_CLIENT, NULL,           NULL,          "jvm",  "apache-httpclient" },
    { "java-http-client",   CALLER_SDK_CLIENT, NULL,           NULL,          "jvm",  "java.net.http" },
    { "java",               CALLER_SDK_CLIENT, NULL,           NULL,          "jvm",  "java.net" },
    { "axios",              CALLER_SDK_CLIENT, NULL,           NULL,          "node", "axios" },
    { "node-fetch",         CALLER_SDK_CLIENT, NULL,           NULL,          "node", "node-fetch" },
    { "undici",             CALLER_SDK_CLIENT, NULL,           NULL,          "node", "undici" },
    { "got",                CALLER_SDK_CLIENT, NULL,           NULL,          "node", "got" },
    { "superagent",         CALLER_SDK_CLIENT, NULL,           NULL,          "node", "superagent" },
    { "node",               CALLER_SDK_CLIENT, NULL,           NULL,          "node", "undici" },
    { "deno",               CALLER_SDK_CLIENT, NULL,           NULL,          "deno", "fetch" },
    { "bun",                CALLER_SDK_CLIENT, NULL,           NULL,          "bun",  "fetch" },
    { "guzzlehttp",         CALLER_SDK_CLIENT, NULL,           NULL,          "php",  "guzzle" },
    { "php",                CALLER_SDK_CLIENT, NULL,           NULL,          "php",  NULL },
    { "faraday",            CALLER_SDK_CLIENT, NULL,           NULL,          "ruby", "faraday" },
    { "ruby",               CALLER_SDK_CLIENT, NULL,           NULL,          "ruby", "net/http" },
    { "reqwest",            CALLER_SDK_CLIENT, NULL,           NULL,          "rust", "reqwest" },
    { "dart",               CALLER_SDK_CLIENT, NULL,           NULL,          "dart", "dart:io" },
    { "libwww-perl",        CALLER_SDK_CLIENT, NULL,           NULL,          "perl", "libwww-perl" },
    { "dotnet",             CALLER_SDK_CLIENT, NULL,           NULL,          "dotnet", NULL },
};

/* v4's categories of well-known bots, in this dialect's types. */
static const struct { const char *category; enum caller type; } bot_types[] = {
    { "ai_agent", CALLER_AI_AGENT },
    { "ai_assistant", CALLER_AI_AGENT },
    { "ai_browser", CALLER_AI_AGENT },
    { "browser_automation", CALLER_BROWSER_AUTOMATED },
};

static bool is_word_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* As a whole word, whatever its case. */
static bool has_word(struct str text, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= text.n; i++) {
        if (i > 0 && is_word_character(text.p[i - 1])) continue;
        if (i + n < text.n && is_word_character(text.p[i + n])) continue;
        if (strncasecmp(text.p + i, word, n) == 0) return true;
    }
    return false;
}

static void because(struct caller_facts *out, const char *reason)
{
    if (out->reasons_count < COUNT_OF(out->reasons)) out->reasons[out->reasons_count++] = reason;
}

static void decide(struct caller_facts *out, enum caller type, double confidence, const char *reason)
{
    out->type = type;
    out->confidence = confidence;
    because(out, reason);
}

static bool is_named_bot(struct caller_facts *out, const struct event *ev)
{
    if (!event_has(ev, EVENT_bot_name)) return false;
    enum caller type = CALLER_BOT_SCRAPER;
    for (size_t i = 0; i < COUNT_OF(bot_types); i++)
        if (str_eq(ev->bot_category, str_of(bot_types[i].category))) type = bot_types[i].type;
    bool proven = str_eq(ev->bot_identity, STR("verified")) || str_eq(ev->bot_identity, STR("signed"));
    if (str_eq(ev->bot_identity, STR("spoofed"))) { /* a program all the same, but whose? */
        decide(out, CALLER_BOT_SCRAPER, 0.9, "it claims to be a well-known bot and is not");
        out->ua_mismatch = true;
    } else {
        decide(out, type, proven ? 0.99 : 0.75, "it is a well-known bot");
        if (proven) because(out, "its address or its signature proves it");
    }
    out->subcategory = ev->bot_category.p; /* a literal of the bots' table */
    out->library = ev->bot_name;
    return true;
}

/* A well-known bot keeps its type and its name. */
static bool is_program(struct caller_facts *out, struct str ua, bool known)
{
    for (size_t i = 0; i < COUNT_OF(programs); i++) {
        if (!has_word(ua, programs[i].token)) continue;
        out->framework = programs[i].framework;
        out->runtime = programs[i].runtime;
        if (known) return true;
        decide(out, programs[i].type, 0.95, "its user agent names a program");
        out->subcategory = programs[i].subcategory;
        out->library = str_of(programs[i].library);
        return true;
    }
    return false;
}

/* "FooBot/1.0", "a spider"; but not the telephones of Cubot. */
static bool says_bot(struct str ua)
{
    static const char *const ends[] = { "bot", "crawler", "spider" };
    if (has_word(ua, "cubot")) return false;
    for (size_t k = 0; k < COUNT_OF(ends); k++) {
        size_t n = strlen(ends[k]);
        for (size_t i = 0; i + n <= ua.n; i++)
            if (strncasecmp(ua.p + i, ends[k], n) == 0 && (i + n == ua.n || !is_word_character(ua.p[i + n])))
                return true;
    }
    return false;
}

static bool is_browser_name(struct str ua)
{
    return str_starts(ua, STR("Mozilla/5.0 (")) &&
           (has_word(ua, "Firefox") || has_word(ua, "Chrome") || has_word(ua, "Safari") || has_word(ua, "CriOS") ||
            has_word(ua, "FxiOS"));
}

/* Accept-Language: "*" is what fetch() of Node sends. */
static void judge_browser(struct caller_facts *out, const struct request *head, struct str ua)
{
    struct str language = request_header(head, STR("Accept-Language"));
    bool speaks = language.n > 0 && !str_eq(language, STR("*"));
    bool hints = request_header(head, STR("Sec-CH-UA")).p != NULL;
    bool chromium = has_word(ua, "Chrome");
    out->likely_browser = speaks;
    if (hints && !chromium) { /* only Chromium sends them */
        decide(out, CALLER_BROWSER_AUTOMATED, 0.75, "its client hints are of another browser than its user agent");
        out->ua_mismatch = true;
    } else if (!speaks) {
        decide(out, CALLER_BROWSER_AUTOMATED, 0.6, "it names a browser and sends no Accept-Language");
        out->ua_mismatch = true;
    } else {
        decide(out, CALLER_BROWSER_HUMAN, 0.9, "its head is a browser's");
    }
}

static const char *category_of(enum caller type)
{
    static const char *const names[] = { "unknown", "browser", "browser", "ai", "tool", "library", "bot" };
    return names[type];
}

void caller_classify(struct caller_facts *out, const struct request *head, const struct event *ev)
{
    struct str ua = request_header(head, STR("User-Agent"));
    *out = (struct caller_facts){ .library = { NULL, 0 } };
    bool mcp = request_header(head, STR("MCP-Protocol-Version")).p || request_header(head, STR("MCP-Session-Id")).p;
    bool known = is_named_bot(out, ev);
    if (!is_program(out, ua, known) && !known) {
        if (mcp) decide(out, CALLER_AI_AGENT, 0.9, "it speaks the Model Context Protocol");
        else if (says_bot(ua)) decide(out, CALLER_BOT_SCRAPER, 0.9, "its user agent says bot, crawler or spider");
        else if (is_browser_name(ua)) judge_browser(out, head, ua);
        else if (ua.n == 0) decide(out, CALLER_UNKNOWN, 0.3, "it sends no user agent");
        else decide(out, CALLER_UNKNOWN, 0.2, "its user agent is not known");
    }
    if (mcp && !out->framework) out->framework = "mcp";
    out->category = category_of(out->type);
}

/* ---- the body ---- */

static enum err read_headers(struct request *out, struct json object, struct arena *arena, const char **problem)
{
    size_t count = 0;
    *problem = "headers must be an object of strings";
    if (json_type(object) != JSON_OBJECT) return ERR_MALFORMED;
    for (struct json_each it = json_each(object); json_next(&it);) count++;
    if (count > SENTINEL_HEADERS_MAX) return ERR_MALFORMED;
    out->headers = ARENA_ARRAY(arena, struct header, count + 1); /* and userAgent */
    if (!out->headers) return ERR_NO_MEMORY;
    for (struct json_each it = json_each(object); json_next(&it);) {
        struct header *h = &out->headers[out->headers_count++];
        if (!json_str(it.value, &h->value)) return ERR_MALFORMED;
        h->name = arena_copy(arena, it.key);
        h->value = arena_copy(arena, h->value);
    }
    *problem = NULL;
    return ERR_OK;
}

static enum err read_text(struct str *out, struct json root, const char *name, struct arena *arena)
{
    struct json v;
    if (!json_get(root, str_of(name), &v) || json_type(v) == JSON_NULL) return ERR_OK;
    if (!json_str(v, out)) return ERR_MALFORMED;
    *out = arena_copy(arena, *out);
    return ERR_OK;
}

enum err sentinel_read(struct request *out, struct json root, struct arena *arena, const char **problem)
{
    struct json v;
    struct str ua = { "", 0 };
    *out = (struct request){ .arena = arena, .method = STR("GET"), .path = STR("/"), .version = HTTP_1_1 };
    *problem = "the body must be an object with headers";
    if (json_type(root) != JSON_OBJECT || !json_get(root, STR("headers"), &v)) return ERR_MALFORMED;
    enum err e = read_headers(out, v, arena, problem);
    if (e) return e;
    *problem = "userAgent, method and path must be strings";
    e = read_text(&ua, root, "userAgent", arena);
    if (!e) e = read_text(&out->method, root, "method", arena);
    if (!e) e = read_text(&out->path, root, "path", arena);
    if (e) return e;
    *problem = NULL;
    out->target = out->path;
    if (ua.n && !request_header(out, STR("User-Agent")).p)
        out->headers[out->headers_count++] = (struct header){ STR("user-agent"), ua };
    return arena->failed ? ERR_NO_MEMORY : ERR_OK;
}
