/* replay - runs a fuzz target over the files of the folders given as arguments, each in a process of
 * its own so that a crash is one failure and not the end. The last line is "N passed, N failed". */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) return 1;
    static uint8_t bytes[1 << 20];
    size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    uint8_t *copy = malloc(n + (n == 0)); /* of exactly this size, for the sanitizers */
    for (size_t i = 0; i < n; i++) copy[i] = bytes[i];
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
    return 0;
}

int main(int argc, char **argv)
{
    static DIR *dir; /* static: a child still has it, and LeakSanitizer must see that */
    unsigned passed = 0, failed = 0;
    for (int i = 1; i < argc; i++) {
        dir = opendir(argv[i]);
        if (!dir) {
            printf("# %s: no such folder\n", argv[i]);
            failed++;
            continue;
        }
        for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
            char path[4096];
            int status = 1;
            if (entry->d_name[0] == '.') continue;
            snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            fflush(stdout);
            pid_t pid = fork();
            if (pid == 0) exit(run_file(path));
            if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0) {
                passed++;
            } else {
                printf("not ok %s\n", path);
                failed++;
            }
        }
        closedir(dir);
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
