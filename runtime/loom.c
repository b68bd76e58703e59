/* libnirloom: an image and the device that runs it (nirloom.h has the contract). */
#include "device.h"
#include "diagnostics.h"
#include "hardware.h"
#include "image.h"
#include "object_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct loom {
    struct arena arena;
    struct image image;
    struct device *device;
    bool is_float;
    char error[DEVICE_ERROR_BYTES];
};

static enum loom_status open_device(struct loom *loom, const char *path, const char *name)
{
    const struct image *image = &loom->image;
    const char *kind = device_netlist_kind(name);
    char netlist[OBJECT_PATH_BYTES], netlist_name[128];

    if (!strcmp(name, "float")) {
        loom->is_float = true;
        return device_float_open(&loom->device, image, path, loom->error);
    }
    if (!strcmp(name, "ref"))
        return device_ref_open(&loom->device, image, NULL, loom->error);
    if (!strcmp(name, "sim"))
        return device_sim_open(&loom->device, image, NULL, loom->error);
    if (!strncmp(name, "sim:", 4) && name[4])
        return device_sim_open(&loom->device, image, name + 4, loom->error);
    if (kind) {
        const struct board *board = board_find(image->board);
        snprintf(netlist_name, sizeof netlist_name, "%.100s.%s", board ? board->id : image->board, kind);
        object_path(netlist, "netlist", netlist_name);
        return device_netlist_open(&loom->device, image, netlist, loom->error);
    }
    if (!strncmp(name, "serial:", 7) && name[7])
        return device_serial_open(&loom->device, image, name + 7, loom->error);
    snprintf(loom->error, sizeof loom->error,
             "there is no device \"%s\"; known: float, ref, sim, netlist, netlist:synthesis, netlist:routed, "
             "netlist:bitstream, netlist:board, serial:PATH", name);
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
    const struct device *device = loom->device;

    return device->operations->population_count ? device->operations->population_count(device)
                                                : loom->image.population_count;
}

static bool keeps_membrane(enum model model)
{
    return model != MODEL_INPUT && model != MODEL_RELAY && model != MODEL_THRESHOLD;
}

static struct loom_port describe(const struct loom *loom, const char *name, size_t index)
{
    const struct image_population *population = &loom->image.populations[index];

    return (struct loom_port){
        .name = name,
        .size = population->size,
        .graded = population->graded,
        .scale = loom->is_float ? 0 : population->scale,
        .membrane = keeps_membrane(population->model),
        .current = model_has_current(population->model),
        .history = image_history(&loom->image, index),
    };
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
    const struct device *device = loom->device;

    return device->operations->population ? device->operations->population(device, index)
                                          : describe(loom, loom->image.populations[index].name, index);
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

/* Refuses an unknown population, and members that it does not have. */
static enum loom_status check_state(struct loom *loom, size_t population, const struct loom_state *state)
{
    const char *wrong = NULL;

    if (population >= loom_population_count(loom)) {
        snprintf(loom->error, sizeof loom->error, "there is no population %zu; the device has %zu", population,
                 loom_population_count(loom));
        return LOOM_BAD_ARGUMENT;
    }
    struct loom_port port = loom_population(loom, population);
    bool readable = population < loom->image.population_count &&
                    loom->image.populations[population].model != MODEL_INPUT;
    if (state->v && !readable)
        wrong = "has no v";
    else if (state->i && !port.current)
        wrong = "has no current i";
    else if (state->spikes && port.graded)
        wrong = "puts out values, not spikes";
    else if (state->values && !port.graded)
        wrong = "puts out spikes, not values";
    if (!wrong)
        return LOOM_OK;
    snprintf(loom->error, sizeof loom->error, "/%s %s: leave that member of the state NULL", port.name, wrong);
    return LOOM_BAD_ARGUMENT;
}

enum loom_status loom_get_state(struct loom *loom, size_t population, const struct loom_state *state)
{
    enum loom_status status = check_state(loom, population, state);

    if (status != LOOM_OK)
        return status;
    return finish(loom, loom->device->operations->get_state(loom->device, population, state));
}

enum loom_status loom_set_state(struct loom *loom, size_t population, const struct loom_state *state)
{
    enum loom_status status = check_state(loom, population, state);

    if (status != LOOM_OK)
        return status;
    return finish(loom, loom->device->operations->set_state(loom->device, population, state));
}

struct loom_counters loom_counters(const struct loom *loom)
{
    return loom->device->counters;
}
