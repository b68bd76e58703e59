/* The Verilated arrays and board tops: a shared object each, loaded when a board is simulated. */
#include "hardware.h"
#include "model.h"
#include "object_path.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The symbol of an object, which stays loaded: its code runs until the process ends. One of other sources is refused: it
 * would run, and count other cycles. */
static const void *load(const char *name, const char *symbol, const char *command, char *error)
{
    char path[OBJECT_PATH_BYTES];

    object_path(path, "models", name);
    if (access(path, F_OK) != 0) {
        snprintf(error, MODEL_ERROR_BYTES, "%.300s is missing; `%s` in the project's folder makes it", path, command);
        return NULL;
    }
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const void *found = object ? dlsym(object, symbol) : NULL;
    if (!found)
        snprintf(error, MODEL_ERROR_BYTES, "%.200s cannot be loaded (%.150s); `%s` makes it anew once it is deleted", path,
                 dlerror(), command);
    if (found && !object_is_current(path, object)) {
        snprintf(error, MODEL_ERROR_BYTES, "%.300s was made from other Verilog than that of rtl/ now; `%s` makes it anew",
                 path, command);
        dlclose(object);
        return NULL;
    }
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
