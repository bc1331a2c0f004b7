/* main - starts and stops the server: wires the stages and owns nothing else. The commands that
 * work on a data directory are in control/cli.c. */
#include "api/app.h"
#include "api/assets.h"
#include "api/reader.h"
#include "base/clock.h"
#include "base/log.h"
#include "control/bot_key_feeds.h"
#include "control/cli.h"
#include "control/config.h"
#include "control/feeds.h"
#include "control/lists_cli.h"
#include "control/secrets.h"
#include "control/socket.h"
#include "control/transfer_cli.h"
#include "identify/dictionary.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum {
    ARENA_BYTES = 16 * 1024 * 1024,
    /* A new certificate is in use after two looks (net/certificate.h). */
    CERTIFICATE_CHECK_S = 2,
};

static struct app app; /* too large for the stack, and there is one */

/* What is open, in the order of opening; closed backwards. */
struct running {
    struct config config;
    struct arena arena;
    struct store *store;
    struct linkage *linkage;
    struct control *control;
    struct feeds *feeds;
    struct bot_key_feeds *bot_key_feeds;
    struct server *server;
    struct command_context commands;
    uint8_t master[SEAL_KEY_BYTES];
    struct hmac *receipts;
    pthread_mutex_t lock;
};

static enum err read_proxies(struct networks *out, const struct config_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (out->count == COUNT_OF(out->list) ||
            !network_parse(&out->list[out->count], str_of(list->item[i]))) {
            log_error("config", "--trusted-proxy %s is no address or CIDR", list->item[i]);
            return ERR_USAGE;
        }
        out->count++;
    }
    return ERR_OK;
}

/* How clients are found, and where they are seen from. */
static enum err read_forwarding(const struct config *config)
{
    static struct location location;
    struct identify_shared *out = &app.identify;
    if (!forwarded_rule_parse(&out->forwarded_rule, config->forwarded_header)) {
        log_error("config", "--forwarded-header is auto, x-forwarded-for or forwarded, not %s",
                  config->forwarded_header);
        return ERR_USAGE;
    }
    if (config->server_location && !location_parse(&location, str_of(config->server_location))) {
        log_error("config", "--server-location is LATITUDE,LONGITUDE in degrees, as 52.52,13.405, not %s",
                  config->server_location);
        return ERR_USAGE;
    }
    if (config->server_location) out->location = &location;
    app.proxy_listen = config->proxy_protocol.item;
    app.proxy_listen_count = config->proxy_protocol.count;
    out->clients = clients_create();
    return out->clients ? ERR_OK : ERR_NO_MEMORY;
}

/* Kept without a slash at its end. It goes into scripts and is compared with paths as they are sent,
 * so it may hold nothing that needs an escape. */
static enum err read_ingress(const struct config *config)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    struct str path = str_of(config->ingress_path);
    while (path.n && path.p[path.n - 1] == '/') path.n--;
    if (path.n && (path.p[0] != '/' || path.p[1] == '/' || strspn(path.p, plain) < path.n ||
                   path.n > INGRESS_PATH_BYTES_MAX)) {
        log_error("config", "--ingress-path is a path of letters, digits and -._~ such as /k3, "
                            "not %s", config->ingress_path);
        return ERR_USAGE;
    }
    app.ingress_path = path;
    return ERR_OK;
}

/* --high-activity: three whole numbers. */
static enum err read_activity(const struct config *config)
{
    struct str rest = str_of(config->high_activity), part;
    uint32_t *limit = app.identify.activity_limit;
    size_t count = 0;
    uint64_t number;
    bool fine = true;
    for (; fine && str_split(&rest, ',', &part); count++) {
        fine = count < VELOCITY_WINDOWS && str_to_u64(part, &number) && number <= UINT32_MAX;
        if (fine) limit[count] = (uint32_t)number;
    }
    if (fine && count == VELOCITY_WINDOWS) return ERR_OK;
    log_error("config", "--high-activity is three whole numbers with commas, as 100,300,1000, not %s",
              config->high_activity);
    return ERR_USAGE;
}

static bool all_loopback(const struct config_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *a = list->item[i];
        if (strncmp(a, "127.", 4) != 0 && strncmp(a, "[::1]", 5) != 0) return false;
    }
    return true;
}

static enum err check_flags(const struct config *config)
{
    bool loopback = all_loopback(&config->listen) && all_loopback(&config->tls_listen);
    if (config->test_clock && !loopback) {
        log_error("config",
                  "--test-clock lets clients choose the time; it is refused on other addresses "
                  "than loopback");
        return ERR_USAGE;
    }
    for (size_t i = 0; i < config->test_fault.count; i++) {
        const char *name = config->test_fault.item[i];
        if (loopback && (judge_knows(name) || app_knows_fault(name))) continue;
        log_error("config", "--test-fault %s: %s", config->test_fault.item[i],
                  loopback ? "there is no such verdict or fault"
                           : "it makes answers incomplete, and is refused on other addresses than loopback");
        return ERR_USAGE;
    }
    if (config->proxy_protocol.count && !config->trusted_proxy.count) {
        log_error("config", "--proxy-protocol needs --trusted-proxy: say whose PROXY headers count");
        return ERR_USAGE;
    }
    if (config->velocity_visits < 0 || config->velocity_visits > UINT32_MAX) {
        log_error("config", "--velocity-visits is 0 (no limit) to %u", UINT32_MAX);
        return ERR_USAGE;
    }
    if (config->workers < 0 || config->workers > WORKERS_MAX) {
        log_error("config", "--workers is 0 (one per processor) to %d", WORKERS_MAX);
        return ERR_USAGE;
    }
    if (config->demo && !loopback)
        log_warn("config", "--demo answers loopback connections only, also on a public address");
    return ERR_OK;
}

static enum err set_level(const char *name)
{
    static const char *const names[] = { "error", "warn", "info", "debug" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(name, names[i]) != 0) continue;
        log_set_level((enum log_level)i);
        return ERR_OK;
    }
    log_error("config", "--log-level is error, warn, info or debug, not %s", name);
    return ERR_USAGE;
}

/* The demo page needs a public key; it is made once and kept under this name. */
static enum err prepare_demo(struct running *r)
{
    uint32_t id;
    enum err e = store_get_value(r->store, STR("demo-key"), &r->arena, &app.demo_key);
    if (e != ERR_NOT_FOUND) return e;
    e = command_make_key(&r->commands, KEY_PUBLIC, WORKSPACE_DEFAULT, ENVIRONMENT_DEFAULT, true,
                         STR(""), 0, &r->arena, &id, &app.demo_key);
    return e ? e : store_set_value(r->store, STR("demo-key"), app.demo_key);
}

/* The bodies that tools/embed.mjs put among the assets. */
static enum err give_dictionary(struct running *r)
{
    struct str bodies[8], dictionary;
    size_t count = 0;
    for (size_t i = 0; i < assets_count && count < COUNT_OF(bodies); i++)
        if (str_starts(str_of(assets[i].name), STR("dictionary/")))
            bodies[count++] = (struct str){ (const char *)assets[i].bytes, assets[i].n };
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    enum err e = dictionary_make(bodies, count, &arena, &dictionary);
    if (!e) store_set_dictionary(r->store, dictionary);
    arena_free(&arena);
    return e;
}

static enum err open_store(struct running *r)
{
    enum err e = store_open_rocksdb(&r->store, r->config.data);
    /* before a client says what time it is, it is that of the latest event */
    if (!e && r->config.test_clock) store_set_time(r->store, store_latest_event_ms(r->store));
    if (!e) e = master_key_load(r->master, r->config.data);
    if (!e && !(r->receipts = forget_key(r->master))) e = ERR_NO_MEMORY;
    if (!e) e = token_keys_load(&app.token_keys, r->store, r->master, clock_wall_ms());
    if (!e) e = keys_load(&app.keys, r->store, r->master);
    if (!e) e = limits_create(&app.limits, r->store);
    if (!e) e = give_dictionary(r);
    if (e) return e;
    pthread_mutex_init(&r->lock, NULL);
    r->commands = (struct command_context){ .store = r->store, .identify = &app.identify,
                                            .keys = app.keys, .receipts = r->receipts, .master = r->master,
                                            .lock = &r->lock };
    return command_make_defaults(&r->commands, &r->arena);
}

static enum err prepare_app(struct running *r)
{
    struct ua_table *ua;
    enum err e = ua_table_create(&ua);
    if (e) return e;
    for (size_t i = 0; i < WORKERS_MAX; i++) /* small until used */
        if (!(app.parser[i] = json_parser_create()) || !(app.proven[i] = proven_create())) return ERR_NO_MEMORY;
    if (!(app.reader = reader_create())) return ERR_NO_MEMORY;
    if ((e = linkage_open(&r->linkage, r->store))) return e;
    app.identify = (struct identify_shared){ .store = r->store, .linkage = r->linkage, .ua = ua,
                                             .token_keys = &app.token_keys, .receipts = r->receipts,
                                             .trusted_proxies = &app.trusted_proxies };
    if ((e = recent_open(&app.identify.recent, r->store, (uint32_t)r->config.velocity_visits))) return e;
    if ((e = rarity_open(&app.identify.rarity, r->linkage))) return e;
    if ((e = weight_tables_create(&app.identify.weights, r->store))) return e;
    e = read_activity(&r->config);
    if (!e) e = read_forwarding(&r->config);
    if (!e) e = read_ingress(&r->config);
    if (e) return e;
    app.identify.test_faults = r->config.test_fault.item;
    app.identify.test_faults_count = r->config.test_fault.count;
    app.demo = r->config.demo;
    app.test_clock = r->config.test_clock;
    store_on_aged(r->store, identify_aged, &app.identify);
    if (app_has_fault(&app, FAULT_SLOW_WRITES)) store_slow_down(r->store, SLOW_MS);
    return app.demo ? prepare_demo(r) : ERR_OK;
}

static enum err open_bots(struct running *r)
{
    enum err e = bot_key_feeds_create(&r->bot_key_feeds, &r->config);
    if (e) return e;
    struct bots_config bots = {
        .verify_dns = r->config.verify_bots, .resolver = r->config.resolver,
        .keys = r->config.bot_keys.item, .keys_count = r->config.bot_keys.count,
    };
    bots.fetched = bot_key_feeds_sources(r->bot_key_feeds, &bots.fetched_count);
    e = bots_create(&app.identify.bots, &bots);
    return e ? e : bot_key_feeds_start(r->bot_key_feeds);
}

/* Copies and compiled files of geo data are kept in DIR/geo. */
static enum err open_geo(struct running *r)
{
    const struct config *c = &r->config;
    const struct geo_files files = {
        .city = c->geo_city.item, .city_count = c->geo_city.count,
        .asn = c->geo_asn.item, .asn_count = c->geo_asn.count,
        .dir = arena_format(&r->arena, "%s/geo", c->data).p,
    };
    if (files.city_count + files.asn_count == 0) return ERR_OK;
    return geo_data_open(&app.identify.geo, &files);
}

static bool trusts_proxy(void *context, const struct sockaddr_storage *peer)
{
    const struct app *of = context;
    struct address address;
    address_from_socket(&address, peer);
    return networks_have(&of->trusted_proxies, &address);
}

/* --list and --feed. A file that cannot be read is no reason not to start: it is logged, /readyz says
 * so, and it is tried again when it changes. */
static enum err open_lists(struct running *r)
{
    static struct iplist_spec specs[IPLISTS_MAX];
    char problem[IPLIST_PROBLEM_BYTES] = "out of memory";
    size_t count = 0;
    enum err e = feeds_create(&r->feeds, &r->config, problem);
    if (!e) e = lists_of_config(specs, &count, &r->config, r->feeds, problem);
    if (e) {
        log_error("config", "%s", problem);
        return e;
    }
    e = iplists_create(&app.identify.lists, specs, count);
    if (e) return e;
    iplists_start(app.identify.lists);
    feeds_start(r->feeds, r->config.feed_interval);
    return ERR_OK;
}

static enum err listen_all(struct running *r)
{
    const struct config *c = &r->config;
    struct server_config server = {
        .listen = c->listen.item, .listen_count = c->listen.count,
        .tls_listen = c->tls_listen.item, .tls_listen_count = c->tls_listen.count,
        .tls_cert = c->tls_cert, .tls_key = c->tls_key,
        .admin_listen = c->admin_listen.item, .admin_listen_count = c->admin_listen.count,
        .proxy_listen = c->proxy_protocol.item, .proxy_listen_count = c->proxy_protocol.count,
        .trusts = trusts_proxy,
        .workers = (unsigned)c->workers, .brief_path = EDGE_PATH,
        .app = &app, .on_request = app_on_request, .on_refused = app_on_refused,
    };
    return server_start(&r->server, &server);
}

static enum err start(struct running *r)
{
    enum err e = set_level(r->config.log_level);
    if (!e) e = check_flags(&r->config);
    if (!e) e = read_proxies(&app.trusted_proxies, &r->config.trusted_proxy);
    if (!e) e = open_store(r);
    if (!e) e = prepare_app(r);
    if (!e) e = open_geo(r);
    if (!e) e = open_lists(r);
    if (!e) e = open_bots(r);
    /* before the ports: whoever sees them open may run a command at once */
    if (!e) e = control_start(&r->control, r->config.data, &r->commands);
    if (!e) e = listen_all(r);
    return e;
}

static void stop(struct running *r)
{
    control_stop(r->control);
    if (r->server) server_stop(r->server);
    reader_destroy(app.reader);
    if (r->linkage) linkage_close(r->linkage); /* before the store: it writes what was learnt */
    feeds_destroy(r->feeds);
    bot_key_feeds_destroy(r->bot_key_feeds);
    iplists_destroy(app.identify.lists);
    if (app.limits) limits_save(app.limits);
    if (r->store) store_close(r->store);
    recent_close(app.identify.recent);
    rarity_close(app.identify.rarity);
    weight_tables_free(app.identify.weights);
    geo_data_close(app.identify.geo);
    bots_destroy(app.identify.bots);
    ua_table_destroy(app.identify.ua);
    clients_destroy(app.identify.clients);
    keys_free(app.keys);
    limits_destroy(app.limits);
    hmac_destroy(r->receipts);
    explicit_bzero(r->master, sizeof r->master);
    token_keys_free(&app.token_keys);
    for (size_t i = 0; i < WORKERS_MAX; i++) json_parser_destroy(app.parser[i]), proven_destroy(app.proven[i]);
    arena_free(&r->arena);
}

static void announce(const struct running *r)
{
    size_t proxies = app.trusted_proxies.count;
    if (proxies == 0)
        log_info("clients", "their address is that of the connection; a proxy in front has to be "
                            "named with --trusted-proxy");
    else
        log_info("clients", "their address is that of the connection, or what %zu trusted %s say%s; "
                            "GET /clients on the admin listener shows what arrives",
                 proxies, proxies == 1 ? "proxy" : "proxies", proxies == 1 ? "s" : "");
    if (r->config.demo && r->config.listen.count)
        log_info("demo", "http://%s/demo", server_address(r->server, 0));
}

/* A connection is an open file, and the usual soft limit of 1,024 is for programs of another
 * kind. */
static void raise_open_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log_warn("start", "the limit of open files stays as it is");
}

/* Returns when the server is to stop. Until then looks at the certificate's files and the age of the token key every
 * few seconds, and at once on SIGHUP, which fetches key directories, too. */
static void wait_for_stop(struct running *r, const sigset_t *signals)
{
    const struct timespec pause = { .tv_sec = CERTIFICATE_CHECK_S };
    for (;;) {
        int caught = sigtimedwait(signals, NULL, &pause);
        if (caught == SIGINT || caught == SIGTERM) return;
        server_check_certificate(r->server, caught == SIGHUP);
        limits_save(app.limits); /* what fails is tried again */
        (void)token_keys_rotate(&app.token_keys, r->store, r->master, clock_wall_ms());
        if (caught == SIGHUP) bot_key_feeds_hurry(r->bot_key_feeds);
    }
}

static int serve(int argc, char **argv)
{
    static struct running r;
    sigset_t signals;
    arena_init(&r.arena, ARENA_BYTES);
    if (config_read(&r.config, argc, argv, &r.arena)) {
        fprintf(stderr, "whorl: %s\n", r.config.problem);
        return 2;
    }
    /* Blocked before any thread starts, so that only wait_for_stop gets them. */
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    raise_open_files();
    enum err e = start(&r);
    if (!e) {
        announce(&r);
        wait_for_stop(&r, &signals);
        log_info("stop", "finishing what was accepted");
    } else {
        log_error("start", "whorl does not start: %s", err_name(e));
    }
    stop(&r);
    if (!e) log_info("stop", "done");
    return e ? 1 : 0;
}

static int print_config(int argc, char **argv)
{
    struct arena arena;
    struct config config;
    struct json_out out;
    arena_init(&arena, ARENA_BYTES);
    bool print = argc > 0 && strcmp(argv[0], "print") == 0;
    if (!print && (argc == 0 || strcmp(argv[0], "check") != 0)) {
        fprintf(stderr, "whorl: config check or config print, then the flags of serve\n");
        return 2;
    }
    enum err e = config_read(&config, argc - 1, argv + 1, &arena);
    json_out_init(&out, &arena);
    config_print(&config, &out);
    if (e) fprintf(stderr, "whorl: %s\n", config.problem);
    else if (print) printf("%.*s", STR_ARG(json_out_text(&out)));
    else printf("the configuration is right\n");
    arena_free(&arena);
    return e ? 2 : 0;
}

static int help(void)
{
    struct arena arena;
    struct json_out out;
    arena_init(&arena, ARENA_BYTES);
    json_out_init(&out, &arena);
    config_help(&out);
    printf(
        "whorl - tells a site which device this is, and what is odd about it\n\n"
        "  whorl serve [flags]                 runs the server until Ctrl-C\n"
        "  whorl key create --kind public|secret|management|proxy|sealing [--data DIR] [--workspace W]\n"
        "                   [--environment E] [--origin PATTERN]... [--rate N] [--test] [--json]\n"
        "  whorl key list|revoke ID|rotate --kind sealing|token [--workspace W] [--environment E]\n"
        "  whorl workspace create|set NAME [--active|--inactive] [--quota N] [--host NAME]...\n"
        "                   [--disable FEATURE]... [--enable FEATURE]... [--delete-limits on|off]\n"
        "                   [--retention-days N|forever] [--visitor-retention-days N|forever]\n"
        "  whorl environment create|set NAME [--workspace W] [--retention-days N|forever|default]\n"
        "  whorl workspace list | environment list [--workspace W]\n"
        "  whorl ruleset create|set ID|delete ID|list [--file FILE] [--workspace W]   for GET /v4/events/{id}\n"
        "  whorl weights show|set [--environment E] [--weight NAME=N]... [--data DIR] [--json]\n"
        "                                      what each signal adds to the suspect score\n"
        "  whorl delete-visitor ID [--data DIR] [--workspace W] [--json]\n"
        "                                      the visitor with all its events\n"
        "  whorl deletion list [--workspace W] [--visitor ID] [--limit N]   receipts of deletions\n"
        "  whorl export [--data DIR] [--workspace W] [--environment E] [--form v4|v3-webhook]\n"
        "                   [--since T] [--until T] [--out FILE [--force]] [--quiet]\n"
        "                                      events as JSON, one a line; the server may run\n"
        "  whorl import [FILE|-]... [--data DIR] [--workspace W] [--environment E]\n"
        "                   [--strict] [--dry-run] [--quiet] [--json]\n"
        "                                      events of Fingerprint or of whorl export (docs/moving.md)\n"
        "  whorl lists check FILE... [--kind K] explains files of --list\n"
        "  whorl lists update [flags]          fetches the feeds of --feed into DATA/lists\n"
        "  whorl config check|print [flags]    reads the settings of serve and says what holds\n\n"
        "Flags of serve, also lines of a file and variables WHORL_FLAG:\n%.*s",
        STR_ARG(json_out_text(&out)));
    arena_free(&arena);
    return 0;
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "--help";
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return help();
    if (strcmp(command, "--help") == 0 || strcmp(command, "help") == 0) return help();
    if (strcmp(command, "serve") == 0) return serve(argc - 2, argv + 2);
    if (strcmp(command, "config") == 0) return print_config(argc - 2, argv + 2);
    if (strcmp(command, "export") == 0 || strcmp(command, "import") == 0) return transfer_cli_run(argc - 1, argv + 1);
    if (strcmp(command, "lists") == 0) return lists_cli_run(argc - 2, argv + 2);
    if (strcmp(command, "key") == 0 || strcmp(command, "delete-visitor") == 0 ||
        strcmp(command, "workspace") == 0 || strcmp(command, "environment") == 0 || strcmp(command, "ruleset") == 0 ||
        strcmp(command, "weights") == 0 || strcmp(command, "deletion") == 0)
        return cli_run(argc - 1, argv + 1);
    fprintf(stderr, "whorl: there is no command \"%s\"; see: whorl --help\n", command);
    return 2;
}
