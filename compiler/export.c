/* Export: parameters of neurons first, then weights, then biases, each from what the integers stand for (export_parts.h).
 * Nothing is believed: the file is read again and quantised, and it stays only if the integers are the image's. */
#include "export.h"

#include "compile.h"
#include "export_parts.h"
#include "hdf5_access.h"
#include "quantize.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int out_of_memory(const struct export *export)
{
    return diagnostics_error(export->diagnostics, "", "out of memory");
}

/* Loads a graph without a word: what there is to say of it was said when it was compiled. */
static int load(struct graph *graph, const char *path, struct diagnostics *diagnostics)
{
    struct diagnostics silent;

    diagnostics_begin(&silent, NULL);
    int status = graph_load(graph, path, &silent);
    for (size_t index = 0; status && index < silent.count; index++)
        if (silent.messages[index].severity == SEVERITY_ERROR)
            diagnostics_error(diagnostics, "", "%s", silent.messages[index].text);
    diagnostics_free(&silent);
    return status;
}

/* ---- the graph ---- */

static int begin(struct export *export, const char *image_path)
{
    struct arena *arena = export->arena;
    struct input_range *ranges = arena_allocate(arena, export->image->input_count, sizeof *ranges);

    export->original.arena = export->graph.arena = export->real.arena = arena;
    if (!ranges)
        return out_of_memory(export);
    if (load(&export->original, image_path, export->diagnostics) ||
        load(&export->graph, image_path, export->diagnostics))
        return -1;
    export->changed = arena_allocate(arena, export->graph.node_count, sizeof *export->changed);
    if (!export->changed || image_dequantize(&export->real, ranges, export->image) || export_begin_neurons(export) ||
        export_choose_carriers(export))
        return out_of_memory(export);
    return export->way == EXPORT_NOTHING || export_set_neurons(export) == 0 ? 0 : out_of_memory(export);
}

static int fill(struct export *export)
{
    struct arena scratch = {NULL};
    struct network lowered = {.arena = &scratch};

    if (export->way == EXPORT_NOTHING)
        return 0;
    if (export_solve_gains(export))
        return -1;
    if (export_set_neurons(export))
        return out_of_memory(export);
    if (export_solve_weights(export) || export_solve_biases(export))
        return -1;
    int status = export_lower(export, &lowered);
    if (status == 0) {
        export_balance(export, &lowered);
        status = export_lower(export, &lowered);
    }
    if (status == 0)
        status = export_compare_networks(export, &lowered);
    arena_free(&scratch);
    return status;
}

/* ---- the proof ---- */

static int prove(const struct export *export, const char *path, struct diagnostics *diagnostics)
{
    const struct image *image = export->image;
    struct arena scratch = {NULL};
    struct diagnostics silent;
    struct image again = {.arena = &scratch};
    struct compile_request request = {.path = path, .options = image->options, .widths_of = image};

    diagnostics_begin(&silent, NULL);
    int status = compile_integers(&again, &scratch, &request, &silent, &silent);
    for (size_t index = 0; status && index < silent.count; index++)
        if (silent.messages[index].severity == SEVERITY_ERROR)
            diagnostics_error(diagnostics, "", "read again: %s", silent.messages[index].text);
    if (status == 0)
        status = export_compare_images(image, &again, diagnostics);
    diagnostics_free(&silent);
    arena_free(&scratch);
    return status;
}

/* Writes and proves; the file is then under its temporary name, or gone. */
static int write_and_prove(struct export *export, const char *image_path, const char *path, char *temporary)
{
    struct diagnostics first;

    if (export_write(export, image_path, path, temporary))
        return -1;
    diagnostics_begin(&first, NULL);
    int status = prove(export, temporary, &first);
    diagnostics_free(&first);
    if (status == 0)
        return 0;
    unlink(temporary);
    export->ranges = true;
    if (export_write(export, image_path, path, temporary))
        return -1;
    status = prove(export, temporary, export->diagnostics);
    if (status)
        unlink(temporary);
    return status;
}

/* One way, with its messages in diagnostics. */
static int export_as(enum export_way way, const struct image *image, const char *image_path, const char *path,
                     bool *ranges, struct diagnostics *diagnostics)
{
    struct arena arena = {NULL};
    struct export export = {.image = image, .arena = &arena, .diagnostics = diagnostics, .way = way};
    char temporary[HDF5_PATH_BYTES];

    int status = begin(&export, image_path);
    if (status == 0)
        status = fill(&export);
    if (status == 0)
        status = write_and_prove(&export, image_path, path, temporary);
    if (status == 0 && rename(temporary, path) != 0) {
        status = diagnostics_error(diagnostics, "", "%s cannot be written: %s", path, strerror(errno));
        unlink(temporary);
    }
    *ranges = export.ranges;
    arena_free(&arena);
    return status;
}

static void tell(struct diagnostics *diagnostics, const struct diagnostics *source, bool failed)
{
    for (size_t index = 0; index < source->count; index++) {
        const struct message *message = &source->messages[index];
        if (failed && message->severity == SEVERITY_ERROR)
            diagnostics_error(diagnostics, "", "cannot be exported: %s", message->text);
        else if (!failed && message->severity == SEVERITY_WARNING)
            diagnostics_warning(diagnostics, "", "%s", message->text);
    }
}

/* The first way's errors say what the file cannot carry: alone, or as the reason why less is replaced. */
int network_export(const struct image *image, const char *image_path, const char *path, bool *ranges,
                   struct diagnostics *diagnostics)
{
    struct diagnostics messages[EXPORT_WAYS];
    int status = -1;
    enum export_way way = 0;

    for (; status && way < EXPORT_WAYS; way++) {
        diagnostics_begin(&messages[way], NULL);
        status = export_as(way, image, image_path, path, ranges, &messages[way]);
    }
    if (status)
        tell(diagnostics, &messages[0], true);
    else
        tell(diagnostics, &messages[way - 1], false);
    if (status == 0 && way - 1 >= EXPORT_NEURONS)
        diagnostics_warning(diagnostics, "", "%s as before rounding, from which the array's integers follow: %s",
                            way - 1 == EXPORT_NEURONS ? "weights and biases are" : "all parameters are",
                            messages[0].count ? messages[0].messages[messages[0].count - 1].text : "");
    while (way-- > 0)
        diagnostics_free(&messages[way]);
    return status;
}
