/* The Verilated arrays and board tops: a shared object each, loaded when a board is simulated. */
#include "hardware.h"
#include "model.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = PATH_MAX + 64 };

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

/* Under NIRLOOM_HOME; else beside the program, or in the folder above where it is a sanitized build. */
static void object_path(char path[PATH_BYTES], const char *name)
{
    const char *home = getenv("NIRLOOM_HOME");
    char folder[PATH_MAX];

    if (home && *home) {
        snprintf(path, PATH_BYTES, "%s/build/models/%s.so", home, name);
        return;
    }
    program_folder(folder);
    snprintf(path, PATH_BYTES, "%s/models/%s.so", folder, name);
    if (access(path, F_OK) != 0) {
        char above[PATH_BYTES];
        int length = snprintf(above, PATH_BYTES, "%s/../models/%s.so", folder, name);
        if (length > 0 && length < PATH_BYTES && access(above, F_OK) == 0)
            memcpy(path, above, (size_t)length + 1);
    }
}

/* The symbol of an object, which stays loaded: its code runs until the process ends. */
static const void *load(const char *name, const char *symbol, const char *command, char *error)
{
    char path[PATH_BYTES];

    object_path(path, name);
    if (access(path, F_OK) != 0) {
        snprintf(error, MODEL_ERROR_BYTES, "%.300s is missing; `%s` in the project's folder makes it", path, command);
        return NULL;
    }
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const void *found = object ? dlsym(object, symbol) : NULL;
    if (!found)
        snprintf(error, MODEL_ERROR_BYTES, "%.200s cannot be loaded (%.150s); `%s` makes it anew once it is deleted", path,
                 dlerror(), command);
    return found;
}

static const struct model_operations *find(const char *name, const char *suffix, const char *target, char *error)
{
    const struct board *board = board_find(name);
    char command[128], file[128];

    if (!board) {
        snprintf(error, MODEL_ERROR_BYTES, "there is no board %.100s in boards.def", name);
        return NULL;
    }
    snprintf(command, sizeof command, "make %s BOARD=%.90s", target, name);
    snprintf(file, sizeof file, "%.100s%s", board->id, suffix);
    const struct model_operations *operations = load(file, "model", command, error);
    if (operations && strcmp(operations->board, name) != 0) {
        snprintf(error, MODEL_ERROR_BYTES, "the model of %.100s is of board %.100s; `%s` makes it anew once it is deleted",
                 name, operations->board, command);
        return NULL;
    }
    return operations;
}

const struct model_operations *sim_model_find(const char *name, char *error)
{
    return find(name, "", "model", error);
}

const struct model_operations *sim_model_find_traced(const char *name, char *error)
{
    return find(name, "_traced", "traced-model", error);
}

const struct board_model_operations *sim_board_find(const char *name, char *error)
{
    if (strcmp(name, "icebreaker") != 0) {
        snprintf(error, MODEL_ERROR_BYTES, "there is no board top of %.100s to simulate; icebreaker has one", name);
        return NULL;
    }
    return load("icebreaker_board", "board_model", "make models", error);
}
