/* libnirloom: an image and the device that runs it (nirloom.h has the contract). */
#include "device.h"
#include "diagnostics.h"
#include "hardware.h"
#include "image.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = PATH_MAX + 64 };

struct loom {
    struct arena arena;
    struct image image;
    struct device *device;
    size_t *states; /* populations that can be read */
    size_t state_count;
    bool is_float;
    char error[DEVICE_ERROR_BYTES];
};

/* Where `make netlist` leaves the simulated netlist of a board: beside the program, or under NIRLOOM_HOME. */
static void netlist_path(char *path, const char *board)
{
    char program[PATH_MAX];
    const char *home = getenv("NIRLOOM_HOME");
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);

    program[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(program, '/');
    if (slash)
        *slash = '\0';
    if (home)
        snprintf(path, PATH_BYTES, "%s/build/netlist/%s.so", home, board);
    else
        snprintf(path, PATH_BYTES, "%s/netlist/%s.so", program, board);
}

static enum loom_status open_device(struct loom *loom, const char *path, const char *name)
{
    const struct image *image = &loom->image;
    char netlist[PATH_BYTES];

    if (!strcmp(name, "float")) {
        loom->is_float = true;
        return device_float_open(&loom->device, image, path, loom->error);
    }
    if (!strcmp(name, "ref"))
        return device_ref_open(&loom->device, image, NULL, loom->error);
    if (!strcmp(name, "sim"))
        return device_sim_open(&loom->device, image, NULL, loom->error);
    if (!strcmp(name, "netlist")) {
        const struct board *board = board_find(image->board);
        netlist_path(netlist, board ? board->id : image->board);
        return device_netlist_open(&loom->device, image, netlist, loom->error);
    }
    if (!strncmp(name, "serial:", 7) && name[7])
        return device_serial_open(&loom->device, image, name + 7, loom->error);
    snprintf(loom->error, sizeof loom->error,
             "there is no device \"%s\"; known: float, ref, sim, netlist, serial:PATH", name);
    return LOOM_BAD_ARGUMENT;
}

enum loom_status loom_open(struct loom **result, const char *path, const char *device)
{
    struct loom *loom = calloc(1, sizeof *loom);
    struct diagnostics diagnostics;

    *result = loom;
    if (!loom)
        return LOOM_NO_MEMORY;
    loom->image.arena = &loom->arena;
    diagnostics_begin(&diagnostics, path);
    if (image_load(&loom->image, path, &diagnostics)) {
        for (size_t index = 0; index < diagnostics.count; index++) {
            if (diagnostics.messages[index].severity == SEVERITY_ERROR)
                snprintf(loom->error, sizeof loom->error, "%s", diagnostics.messages[index].text);
        }
        diagnostics_free(&diagnostics);
        return LOOM_BAD_IMAGE;
    }
    diagnostics_free(&diagnostics);
    loom->states = arena_allocate(&loom->arena, loom->image.population_count, sizeof *loom->states);
    if (!loom->states) {
        snprintf(loom->error, sizeof loom->error, "not enough memory for %s", path);
        return LOOM_NO_MEMORY;
    }
    for (size_t population = 0; population < loom->image.population_count; population++) {
        if (loom->image.populations[population].model != MODEL_INPUT)
            loom->states[loom->state_count++] = population;
    }
    return open_device(loom, path, device);
}

void loom_close(struct loom *loom)
{
    if (!loom)
        return;
    if (loom->device)
        loom->device->operations->close(loom->device);
    arena_free(&loom->arena);
    free(loom);
}

const char *loom_error(const struct loom *loom)
{
    return loom->error;
}

size_t loom_input_count(const struct loom *loom)
{
    return loom->image.input_count;
}

size_t loom_output_count(const struct loom *loom)
{
    return loom->image.output_count;
}

size_t loom_population_count(const struct loom *loom)
{
    return loom->state_count;
}

static struct loom_port describe(const struct loom *loom, const char *name, size_t index)
{
    const struct image_population *population = &loom->image.populations[index];

    return (struct loom_port){ name, population->size, population->graded, loom->is_float ? 0 : population->scale };
}

struct loom_port loom_input(const struct loom *loom, size_t index)
{
    return describe(loom, loom->image.inputs[index].name, loom->image.inputs[index].population);
}

struct loom_port loom_output(const struct loom *loom, size_t index)
{
    return describe(loom, loom->image.outputs[index].name, loom->image.outputs[index].population);
}

struct loom_port loom_population(const struct loom *loom, size_t index)
{
    return describe(loom, loom->image.populations[loom->states[index]].name, loom->states[index]);
}

static enum loom_status finish(struct loom *loom, enum loom_status status)
{
    if (status != LOOM_OK)
        memcpy(loom->error, loom->device->error, sizeof loom->error);
    return status;
}

enum loom_status loom_reset(struct loom *loom)
{
    return finish(loom, loom->device->operations->reset(loom->device));
}

enum loom_status loom_run(struct loom *loom, size_t steps, const struct loom_buffer *inputs,
                          const struct loom_buffer *outputs)
{
    return finish(loom, loom->device->operations->run(loom->device, steps, inputs, outputs));
}

enum loom_status loom_read_state(struct loom *loom, size_t population, double *v)
{
    if (population >= loom->state_count) {
        snprintf(loom->error, sizeof loom->error, "there is no population %zu; the image has %zu", population,
                 loom->state_count);
        return LOOM_BAD_ARGUMENT;
    }
    return finish(loom, loom->device->operations->read_state(loom->device, loom->states[population], v));
}

struct loom_counters loom_counters(const struct loom *loom)
{
    return loom->device->counters;
}
