#include "control/socket.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char dir[] = "/tmp/whorl-socket-XXXXXX", path[100];
static struct store *store;
static struct command_context context;
static struct control *control;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void begin(void)
{
    REQUIRE(store_open_memory(&store) == ERR_OK);
    context = (struct command_context){ .store = store, .lock = &lock };
    REQUIRE(keys_load(&context.keys, store, NULL) == ERR_OK);
    REQUIRE(control_start(&control, dir, &context) == ERR_OK);
}

static void end(void)
{
    control_stop(control);
    keys_free(context.keys);
    store_close(store);
}

#define CREATE "{\"command\":\"key create\",\"kind\":\"public\"}"

static enum err ask(const char *request, struct str *answer, struct arena *arena)
{
    arena_init(arena, 1 << 20);
    *answer = STR("");
    return control_ask(dir, str_of(request), arena, answer);
}

static void test_ask_and_answer(void)
{
    struct arena arena;
    struct str answer;
    struct stat st;
    begin();
    CHECK(stat(path, &st) == 0 && S_ISSOCK(st.st_mode) && (st.st_mode & 0777) == 0600);
    CHECK_INT(ask(CREATE, &answer, &arena), ERR_OK);
    CHECK(str_starts(answer, STR("{\"id\":\"key_1\",\"key\":\"fiq_live_")) &&
          answer.p[answer.n - 1] == '}');
    arena_free(&arena);
    CHECK_INT(ask("{\"command\":\"nonsense\"}", &answer, &arena), ERR_OK);
    CHECK(str_starts(answer, STR("{\"error\":\"")));
    arena_free(&arena);
    CHECK_INT(ask("not json", &answer, &arena), ERR_OK);
    CHECK_STR(answer, STR("{\"error\":\"the command is not JSON\"}"));
    arena_free(&arena);
    CHECK_INT(ask(CREATE, &answer, &arena), ERR_OK); /* and it serves on */
    CHECK(str_starts(answer, STR("{\"id\":\"key_2\"")));
    arena_free(&arena);
    end();
    CHECK(stat(path, &st) != 0 && errno == ENOENT);
}

static void test_no_server(void)
{
    struct arena arena;
    struct str answer;
    CHECK_INT(ask(CREATE, &answer, &arena), ERR_NOT_FOUND);
    arena_free(&arena);
    /* the socket of a server that was killed */
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    REQUIRE(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    close(fd);
    CHECK_INT(ask(CREATE, &answer, &arena), ERR_NOT_FOUND);
    arena_free(&arena);
    begin(); /* takes the name over */
    CHECK_INT(ask(CREATE, &answer, &arena), ERR_OK);
    arena_free(&arena);
    end();
}

static void test_long_paths(void)
{
    struct arena arena;
    struct str answer;
    char longest[200];
    struct control *none = NULL;
    memset(longest, 'a', sizeof longest);
    longest[0] = '/', longest[sizeof longest - 1] = 0;
    arena_init(&arena, 1 << 20);
    CHECK_INT(control_ask(longest, STR("{}"), &arena, &answer), ERR_NOT_FOUND);
    CHECK_INT(control_start(&none, longest, &context), ERR_IO);
    CHECK_INT(control_start(&none, "/nonexistent", &context), ERR_IO);
    CHECK(!none);
    arena_free(&arena);
}

static int connected(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    REQUIRE(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    return fd;
}

static size_t received(int fd, char *out, size_t max)
{
    size_t n = 0;
    for (ssize_t got; n < max && (got = read(fd, out + n, max - n)) > 0;) n += (size_t)got;
    return n;
}

static void test_odd_clients(void)
{
    struct arena arena;
    struct str answer;
    static char big[70 * 1024], text[1000];
    begin();
    close(connected()); /* says nothing */
    int fd = connected();
    REQUIRE(write(fd, CREATE, sizeof CREATE - 1) == sizeof CREATE - 1);
    shutdown(fd, SHUT_WR); /* the end stands for the newline */
    CHECK(str_has((struct str){ text, received(fd, text, sizeof text) }, STR("\"key_1\"")));
    close(fd);
    fd = connected(); /* byte by byte */
    for (size_t i = 0; i < sizeof CREATE - 1; i++) REQUIRE(write(fd, &CREATE[i], 1) == 1);
    REQUIRE(write(fd, "\n", 1) == 1);
    CHECK(str_has((struct str){ text, received(fd, text, sizeof text) }, STR("\"key_2\"")));
    close(fd);
    fd = connected(); /* more than a command can be: no answer, and no more is read */
    memset(big, 'x', sizeof big);
    CHECK(send(fd, big, sizeof big, MSG_NOSIGNAL) > 0);
    shutdown(fd, SHUT_WR);
    CHECK_INT(received(fd, text, sizeof text), 0);
    close(fd);
    fd = connected(); /* leaves before its answer */
    REQUIRE(write(fd, CREATE "\n", sizeof CREATE) == sizeof CREATE);
    close(fd);
    CHECK_INT(ask(CREATE, &answer, &arena), ERR_OK);
    CHECK(str_has(answer, STR("\"key_4\"")));
    arena_free(&arena);
    end();
}

struct client {
    pthread_t thread;
    size_t answered;
};

static void *ask_often(void *argument)
{
    struct client *client = argument;
    for (int i = 0; i < 20; i++) {
        struct arena arena;
        struct str answer;
        client->answered +=
            ask(CREATE, &answer, &arena) == ERR_OK && str_has(answer, STR("\"key\""));
        arena_free(&arena);
    }
    return NULL;
}

static void test_many_clients(void)
{
    struct client clients[4] = { { .answered = 0 } };
    struct arena arena;
    struct str answer;
    begin();
    for (size_t i = 0; i < COUNT_OF(clients); i++)
        pthread_create(&clients[i].thread, NULL, ask_often, &clients[i]);
    for (size_t i = 0; i < COUNT_OF(clients); i++) {
        pthread_join(clients[i].thread, NULL);
        CHECK_INT(clients[i].answered, 20);
    }
    CHECK_INT(ask(CREATE, &answer, &arena), ERR_OK);
    CHECK(str_has(answer, STR("\"key_81\""))); /* no number was given twice */
    arena_free(&arena);
    end();
}

/* Regression: once there was no descriptor left, nobody listened any more, and commands hung. */
static void test_out_of_descriptors(void)
{
    struct rlimit all, few;
    char text[1000];
    begin();
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), probe = dup(fd);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    REQUIRE(fd >= 0 && probe >= 0 && getrlimit(RLIMIT_NOFILE, &all) == 0);
    close(probe);
    few = (struct rlimit){ (rlim_t)probe, all.rlim_max };
    REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
    REQUIRE(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    REQUIRE(write(fd, CREATE "\n", sizeof CREATE) == sizeof CREATE);
    usleep(50 *
           1000); /* until the other thread has tried; too short would only make the test weaker */
    REQUIRE(setrlimit(RLIMIT_NOFILE, &all) == 0);
    struct timeval limit = { .tv_sec = 30 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    CHECK(str_has((struct str){ text, received(fd, text, sizeof text) }, STR("\"key_1\"")));
    close(fd);
    end();
}

int main(void)
{
    REQUIRE(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/control.sock", dir);
    RUN(test_ask_and_answer);
    RUN(test_no_server);
    RUN(test_long_paths);
    RUN(test_odd_clients);
    RUN(test_many_clients);
    RUN(test_out_of_descriptors);
    rmdir(dir);
    return test_end();
}
