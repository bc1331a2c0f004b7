/* lists_cli - see lists_cli.h. Neither command needs the server or its store: `check` reads files, and
 * `update` writes DATA/lists, where a running server sees new files by itself. */
#include "control/lists_cli.h"

#include "base/clock.h"
#include "base/log.h"
#include "control/feeds.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { ARENA_BYTES = 4 * 1024 * 1024 };

/* ---- check --------------------------------------------------------------------------------- */

static void print_counts(const struct iplist_report *r)
{
    printf("  format     %s\n", r->format);
    printf("  entries    %zu: %zu IPv4, %zu IPv6, %zu AS numbers\n", r->v4 + r->v6 + r->asn, r->v4,
           r->v6, r->asn);
    printf("  ignored    %zu private or reserved, %zu too wide, %zu unreadable\n", r->reserved,
           r->too_wide, r->unreadable);
    printf("  corrected  %zu with bits behind the network\n", r->host_bits);
}

static void print_notes(const struct iplist_report *r)
{
    size_t all = r->reserved + r->too_wide + r->unreadable + r->host_bits;
    for (size_t i = 0; i < r->notes_count; i++)
        printf("  line %-5zu %s: %s\n", r->notes[i].line, r->notes[i].text, r->notes[i].why);
    if (all > r->notes_count) printf("  ... and %zu more\n", all - r->notes_count);
}

static bool check_file(const char *path)
{
    struct iplist_builder b = { 0 };
    struct iplist_report r;
    struct iplist_table *t;
    size_t twice, inside;
    printf("%s\n", path);
    if (iplist_read_file(path, 0, &b, &r)) {
        printf("  refused    %s\n", r.problem);
        print_notes(&r);
        iplist_builder_free(&b);
        return false;
    }
    iplist_builder_overlaps(&b, &twice, &inside);
    print_counts(&r);
    printf("  overlaps   %zu there twice, %zu inside a wider entry\n", twice, inside);
    if (iplist_table_build(&t, &b) == ERR_OK) {
        printf("  memory     %zu bytes for look-ups\n", iplist_table_bytes(t));
        iplist_table_destroy(t);
    }
    print_notes(&r);
    return true;
}

static int check_usage(void)
{
    fprintf(stderr, "whorl: lists check FILE... [--kind KIND]\n");
    return 2;
}

static int run_check(int argc, char **argv)
{
    char text[64], problem[IPLIST_PROBLEM_BYTES];
    const char *rest, *kind = NULL;
    struct iplist_spec spec;
    int status = 0, files = 0;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--kind") != 0) continue;
        if (i + 1 == argc) return check_usage();
        kind = argv[i + 1];
        snprintf(text, sizeof text, "%s=file", kind);
        if (!iplist_spec_parse(&spec, text, &rest, problem)) {
            fprintf(stderr, "whorl: --kind: %s\n", problem);
            return 2;
        }
    }
    for (int i = 0; i < argc; i++) {
        char name[IPLIST_NAME_BYTES_MAX + 1];
        if (strcmp(argv[i], "--kind") == 0) {
            i++;
            continue;
        }
        if (argv[i][0] == '-') return check_usage();
        files++;
        if (!check_file(argv[i])) {
            status = 1;
            continue;
        }
        iplist_name_from_path(name, argv[i]);
        printf("  to use it  --list %s:%s=%s\n", kind ? kind : "KIND", name, argv[i]);
    }
    return files ? status : check_usage();
}

/* ---- update -------------------------------------------------------------------------------- */

static void print_result(void *context, const struct feed_result *r)
{
    int *failed = context;
    char day[ISO_TIME_BYTES];
    printf("%s:%s ", iplist_kind_name(r->spec->kind), r->spec->name);
    switch (r->outcome) {
    case FEED_UPDATED:
        printf("updated: %zu entries (%zu IPv4, %zu IPv6, %zu AS numbers)\n",
               r->report.v4 + r->report.v6 + r->report.asn, r->report.v4, r->report.v6,
               r->report.asn);
        break;
    case FEED_UNCHANGED: printf("unchanged\n"); break;
    case FEED_FAILED:
        ++*failed;
        clock_iso(day, r->kept_ms);
        if (r->kept_ms) printf("failed: %s; the copy of %.10s stays\n", r->problem, day);
        else printf("failed: %s; there is no copy yet\n", r->problem);
        break;
    }
    fflush(stdout);
}

static int update(const struct config *config)
{
    char problem[IPLIST_PROBLEM_BYTES] = "out of memory";
    struct feeds *feeds;
    int failed = 0;
    if (feeds_create(&feeds, config, problem)) {
        fprintf(stderr, "whorl: %s\n", problem);
        return 2;
    }
    enum err e = ERR_OK;
    if (feeds_count(feeds) == 0)
        printf("no feed is configured; a feed is a setting like tor:exits=https://... (--feed, or a line "
               "\"feed = ...\" of the configuration file)\n");
    else e = feeds_update(feeds, false, print_result, &failed);
    if (e == ERR_IN_USE) fprintf(stderr, "whorl: another update is running; try again later\n");
    else if (e) fprintf(stderr, "whorl: %s/lists cannot be written: %s\n", config->data, strerror(errno));
    feeds_destroy(feeds);
    return e || failed ? 1 : 0;
}

static int run_update(int argc, char **argv)
{
    static struct config config;
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    int status = 2;
    if (config_read(&config, argc, argv, &arena)) fprintf(stderr, "whorl: %s\n", config.problem);
    else status = update(&config);
    arena_free(&arena);
    return status;
}

int lists_cli_run(int argc, char **argv)
{
    const char *what = argc > 0 ? argv[0] : "";
    if (strcmp(what, "check") == 0) return run_check(argc - 1, argv + 1);
    if (strcmp(what, "update") == 0) return run_update(argc - 1, argv + 1);
    fprintf(stderr, "whorl: lists check FILE..., or lists update with the flags of serve\n");
    return 2;
}
