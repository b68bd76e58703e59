#include "support.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, PATHS = 4 };

static const char own_micro[] = "own/micro";

/* What follows own/micro in a path: "" or "/FILE"; NULL for other paths. */
static const char *after_own_micro(const char *relative)
{
    const char *rest = relative + sizeof own_micro - 1;

    return strncmp(relative, own_micro, sizeof own_micro - 1) == 0 && (!*rest || *rest == '/') ? rest : NULL;
}

const char *shared_data(const char *relative)
{
    static char paths[PATHS][PATH_BYTES];
    static unsigned next;
    const char *root = getenv("NIRLOOM_DATA");
    struct stat status;
    const char *micro = after_own_micro(relative);
    char *path = paths[next++ % PATHS];

    if (micro)
        snprintf(path, PATH_BYTES, "tests/micro%s", micro);
    else
        snprintf(path, PATH_BYTES, "%s/%s", root ? root : "../shared/data", relative);
    return stat(path, &status) == 0 ? path : NULL;
}

static char temporary_folder[] = "/tmp/nirloom-test-XXXXXX";
static pid_t temporary_owner;

static void remove_temporary_folder(void)
{
    char command[PATH_BYTES];

    if (getpid() != temporary_owner)
        return;
    snprintf(command, sizeof command, "rm -rf '%s'", temporary_folder);
    if (system(command) != 0)
        perror(temporary_folder);
}

const char *temporary_path(const char *name)
{
    static char paths[PATHS][PATH_BYTES];
    static unsigned next;
    char *path = paths[next++ % PATHS];

    if (temporary_owner != getpid()) {
        strcpy(temporary_folder + sizeof temporary_folder - 7, "XXXXXX");
        if (!mkdtemp(temporary_folder))
            return NULL;
        temporary_owner = getpid();
        atexit(remove_temporary_folder);
    }
    snprintf(path, PATH_BYTES, "%s/%s", temporary_folder, name);
    return path;
}

uint64_t random_next(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * UINT64_C(0x2545F4914F6CDD1D);
}

size_t random_below(uint64_t *state, size_t below)
{
    return (size_t)((random_next(state) >> 11) % below);
}

double random_unit(uint64_t *state)
{
    return (double)(random_next(state) >> 11) * 0x1p-53;
}

int run_command(char **output, const char *format, ...)
{
    char command[PATH_BYTES];
    size_t used = 0, capacity = 1 << 16;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    *output = malloc(capacity);
    FILE *pipe = popen(command, "r");
    if (!*output || !pipe)
        return -1;
    for (size_t got; (got = fread(*output + used, 1, capacity - used - 1, pipe)) > 0;) {
        used += got;
        if (capacity - used < 2) {
            capacity *= 2;
            char *larger = realloc(*output, capacity);
            if (!larger) {
                pclose(pipe);
                return -1;
            }
            *output = larger;
        }
    }
    (*output)[used] = '\0';
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
