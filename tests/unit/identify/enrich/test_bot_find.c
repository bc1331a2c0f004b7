/* Which bot a User-Agent names, and the masks of host names. */
#include "base/limits.h"
#include "identify/enrich/bot_find.h"
#include "tests/unit/test.h"

static struct bot_finder *finder;

static struct str name_of(const char *ua)
{
    const struct bot_row *row = bot_find(finder, str_of(ua));
    return row ? str_of(row->name) : STR("-");
}

static void test_names(void)
{
    static const struct { const char *name, *ua; } rows[] = {
        { "Googlebot", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)" },
        { "Googlebot-Image", "Googlebot-Image/1.0" },
        { "Googlebot", "mozilla/5.0 (compatible; GOOGLEBOT/2.1)" },
        { "Storebot-Google", "Mozilla/5.0 (X11; Linux x86_64; Storebot-Google/1.0)" },
        { "Mediapartners-Google", "Mediapartners-Google" },
        { "GPTBot", "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)" },
        { "OAI-SearchBot", "OAI-SearchBot/1.0; +https://openai.com/searchbot" },
        { "ClaudeBot", "Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)" },
        { "Bingbot", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)" },
        { "Applebot-Extended", "Applebot-Extended/0.1" },
        { "Applebot", "Mozilla/5.0 (Macintosh) Version/17.4 Safari/605.1.15 (Applebot/0.1)" },
        { "YandexBot", "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)" },
        { "facebookexternalhit", "facebookexternalhit/1.1 Facebot Twitterbot/1.0" },
        { "Screaming Frog SEO Spider", "Screaming Frog SEO Spider/19.0" },
        { "SemrushBot", "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot)" },
        { "WhatsApp", "WhatsApp/2.23.20.0 A" },
        { "Algolia Crawler", "Algolia Crawler/v2.1" },
        { "Devin", "Devin/1.0" },
        /* the first row wins, wherever its token stands */
        { "Googlebot-Image", "Googlebot/2.1 Googlebot-Image/1.0" },
        /* parts of words are no names */
        { "-", "Mozilla/5.0 (Linux; Android 12; CUBOT X30)" },
        { "-", "NotGooglebot/1.0" },
        { "-", "Googlebots/1.0" },
        { "-", "xGPTBot" },
        { "-", "WhatsApp" },
        { "-", "SoYeti2" },
        { "-", "" },
        { "-", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
               "Chrome/156.0.0.0 Safari/537.36" },
        { "-", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) [Pinterest/iOS]" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_STR(name_of(rows[i].ua), str_of(rows[i].name));
}

/* Every row is found by its token, alone and within other words. */
static void test_every_row(void)
{
    for (size_t i = 0; i < bot_rows_count; i++) {
        char text[256];
        snprintf(text, sizeof text, "Mozilla/5.0 (compatible; %s 1.0; +x)", bot_rows[i].token);
        CHECK(bot_find(finder, str_of(bot_rows[i].token)) == &bot_rows[i]);
        CHECK(bot_find(finder, str_of(text)) == &bot_rows[i]);
    }
    CHECK(bot_rows_count >= 200);
}

/* The automaton against a search that looks for each token in turn. */
static bool occurs(const char *token, struct str text)
{
    size_t n = strlen(token);
    for (size_t i = 0; i + n <= text.n; i++) {
        if (strncasecmp(text.p + i, token, n) != 0) continue;
        bool before = i > 0 && strchr("abcdefghijklmnopqrstuvwxyz0123456789", text.p[i - 1] | 32) &&
                      text.p[i - 1] != ' ';
        bool after = i + n < text.n && token[n - 1] != '/' &&
                     strchr("abcdefghijklmnopqrstuvwxyz0123456789", text.p[i + n] | 32) &&
                     text.p[i + n] != ' ';
        if (!before && !after) return true;
    }
    return false;
}

static void test_against_plain_search(void)
{
    uint64_t seed = 7;
    for (size_t round = 0; round < 3000; round++) {
        char text[200];
        size_t n = 0;
        while (n < 150) { /* pieces of tokens side by side */
            seed = str_hash((struct str){ (const char *)&seed, sizeof seed }, 1);
            const char *token = bot_rows[seed % bot_rows_count].token;
            size_t length = strlen(token), cut = (seed >> 20) % 4 ? length : (seed >> 30) % length;
            memcpy(text + n, token, cut < 40 ? cut : 40);
            n += cut < 40 ? cut : 40;
            if ((seed >> 40) % 2) text[n++] = (seed >> 41) % 2 ? ' ' : ';';
        }
        const struct bot_row *want = NULL;
        for (size_t i = 0; i < bot_rows_count && !want; i++)
            if (occurs(bot_rows[i].token, (struct str){ text, n })) want = &bot_rows[i];
        CHECK(bot_find(finder, (struct str){ text, n }) == want);
    }
}

static void test_long(void)
{
    static char text[USER_AGENT_BYTES_MAX + 20];
    memset(text, 'g', sizeof text);
    memcpy(text + USER_AGENT_BYTES_MAX - 10, " googlebot", 10);
    CHECK(bot_find(finder, (struct str){ text, USER_AGENT_BYTES_MAX }) != NULL);
    memcpy(text + USER_AGENT_BYTES_MAX - 10, "g googlebot ", 12);
    CHECK(bot_find(finder, (struct str){ text, sizeof text }) == NULL);
}

static void test_agents(void)
{
    const struct bot_row *row = bot_of_agent(STR("https://chatgpt.com"));
    CHECK(row && strcmp(row->name, "ChatGPT Agent") == 0 && strcmp(row->category, "ai_agent") == 0);
    CHECK(!bot_of_agent(STR("https://chatgpt.com.evil.example")));
    CHECK(!bot_of_agent(STR("")));
}

static void test_masks(void)
{
    static const struct { bool matches; const char *mask, *host; } rows[] = {
        { true, "crawl-*.googlebot.com", "crawl-66-249-66-1.googlebot.com" },
        { true, "crawl-*.googlebot.com", "CRAWL-66-249-66-1.GoogleBot.com." },
        { false, "crawl-*.googlebot.com", "crawl-66.249.googlebot.com" }, /* one label only */
        { false, "crawl-*.googlebot.com", "crawl-1.googlebot.com.evil.example" },
        { false, "crawl-*.googlebot.com", "crawl-1.notgooglebot.com" },
        { false, "crawl-*.googlebot.com", "evil.crawl-1.googlebot.com" },
        { false, "crawl-*.googlebot.com", "googlebot.com" },
        { false, "crawl-*.googlebot.com", "1-2-3-4.gae.googleusercontent.com" },
        { true, "*.search.msn.com", "msnbot-157-55-39-1.search.msn.com" },
        { true, "*.search.msn.com", "a.b.search.msn.com" },
        { false, "*.search.msn.com", "search.msn.com" },
        { false, "*.search.msn.com", "evilsearch.msn.com" },
        { false, "*.search.msn.com", ".search.msn.com" },
        { false, "*.search.msn.com", "a.search.msn.com.." },
        { true, "out.adyen.com", "out.adyen.com" },
        { false, "out.adyen.com", "x.out.adyen.com" },
        { false, "out.adyen.com", "adyen.com" },
        { false, "out.adyen.com", "" },
        { false, "out.adyen.com", "." },
        { true, "a*b*c.d", "aXXbYYbZc.d" },
        { false, "a*b*c.d", "aXXbYYbZ.d" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (bot_mask_matches(rows[i].mask, str_of(rows[i].host)) == rows[i].matches) continue;
        printf("# %s against %s\n", rows[i].host, rows[i].mask);
        test_failed_checks++;
    }
}

int main(void)
{
    REQUIRE(bot_finder_create(&finder) == ERR_OK);
    RUN(test_names);
    RUN(test_every_row);
    RUN(test_against_plain_search);
    RUN(test_long);
    RUN(test_agents);
    RUN(test_masks);
    bot_finder_destroy(finder);
    return test_end();
}
