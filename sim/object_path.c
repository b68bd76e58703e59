/* Paths of shared objects (object_path.h). */
#include "object_path.h"

#include "sources.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder of the program; "." where it is not known. */
static void program_folder(char folder[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    folder[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    else
        strcpy(folder, ".");
}

void object_path(char path[OBJECT_PATH_BYTES], const char *folder, const char *name)
{
    const char *home = getenv("NIRLOOM_HOME");
    char program[PATH_MAX];

    if (home && *home) {
        snprintf(path, OBJECT_PATH_BYTES, "%s/build/%s/%s.so", home, folder, name);
        return;
    }
    program_folder(program);
    snprintf(path, OBJECT_PATH_BYTES, "%s/%s/%s.so", program, folder, name);
    if (access(path, F_OK) != 0) {
        char above[OBJECT_PATH_BYTES];
        int length = snprintf(above, OBJECT_PATH_BYTES, "%s/../%s/%s.so", program, folder, name);
        if (length > 0 && length < OBJECT_PATH_BYTES && access(above, F_OK) == 0)
            memcpy(path, above, (size_t)length + 1);
    }
}

bool object_is_current(const char *path, void *object)
{
    const char *sources = dlsym(object, "model_sources");
    char home[OBJECT_PATH_BYTES], now[SOURCES_BYTES];
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) : 1;
    int length = snprintf(home, sizeof home, "%.*s/../..", folder, slash ? path : ".");

    if (length < 0 || (size_t)length >= sizeof home || sources_identity(now, home) != 0)
        return true;
    return sources && strcmp(sources, now) == 0;
}
