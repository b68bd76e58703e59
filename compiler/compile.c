/* The compiler as a whole: the list of passes, in the order in which they run. */
#include "compile.h"

#include "calibrate.h"
#include "data.h"
#include "times.h"

#include <math.h>
#include <string.h>

static const double default_dt = 1e-4; /* where neither the user nor a file says */

static double graph_step(const struct graph *graph, double dt)
{
    return dt > 0 ? dt : graph->metadata_dt > 0 ? graph->metadata_dt : default_dt;
}

/* Reads the samples, and settles the step: the user's word, then the network's, then the data's. */
static int read_samples(struct data *data, struct options *options, const struct graph *graph,
                        const struct compile_request *request, struct diagnostics *diagnostics)
{
    double fallback = graph_step(graph, options->dt);
    size_t limit = request->calibrate ? CALIBRATION_SAMPLES : 0;

    if (data_read(data, request->samples, 0, limit, fallback, diagnostics))
        return -1;
    if (options->dt == 0 && graph->metadata_dt == 0 && data->dt > 0 && data->dt != default_dt) {
        options->dt = data->dt;
        diagnostics_note(diagnostics, "", "dt %g taken from here, as the network states none", data->dt);
    } else if (request->calibrate && options->time_unit == 1 && data->dt > 0 &&
               fabs(data->dt - fallback) > 1e-6 * fallback) {
        diagnostics_warning(diagnostics, "",
                            "dt is %g, the network's is %g; each step of the data is taken as one of the network's. Give "
                            "samples of that step, or --dt %g if theirs is the network's",
                            data->dt, fallback, data->dt);
    }
    return 0;
}

static int match_samples(const struct data *data, const struct network *network, struct diagnostics *diagnostics)
{
    size_t *sizes = arena_allocate(network->arena, network->input_count, sizeof *sizes);

    if (!sizes)
        return diagnostics_error(diagnostics, "", "out of memory");
    for (size_t index = 0; index < network->input_count; index++)
        sizes[index] = network->populations[network->inputs[index].population].size;
    return calibrate_match(data, network->inputs, network->input_count, sizes, diagnostics);
}

/* What the network itself notes of its Inputs counts more than samples that it is not calibrated with, which may not
 * reach as far. */
static void note_inputs(struct input_range *ranges, const struct graph *graph, const struct network *network)
{
    for (size_t index = 0; index < network->input_count; index++) {
        size_t node = network->populations[network->inputs[index].population].node;
        if (graph->nodes[node].range > 0)
            ranges[index] = (struct input_range){true, graph->nodes[node].range};
    }
}

/* The largest states that the network notes, as if they had been seen; negative where it says nothing. 0, or -1 if
 * memory is short. */
static int note_states(struct calibration *calibration, bool *noted, const struct graph *graph,
                       const struct network *network)
{
    size_t count = network->population_count;

    calibration->magnitude = arena_allocate(network->arena, count, sizeof *calibration->magnitude);
    calibration->current_magnitude = arena_allocate(network->arena, count, sizeof *calibration->current_magnitude);
    *noted = false;
    if (!calibration->magnitude || !calibration->current_magnitude)
        return -1;
    for (size_t index = 0; index < count; index++) {
        const struct population *population = &network->populations[index];
        const struct node *node = &graph->nodes[population->node];
        bool own = strcmp(population->name, node->name) == 0 && population->model != MODEL_INPUT;

        calibration->magnitude[index] = own && node->range > 0 ? node->range : -1;
        calibration->current_magnitude[index] = own && node->current_range > 0 ? node->current_range : -1;
        *noted |= calibration->magnitude[index] > 0;
    }
    return 0;
}

static int quantize(struct image *image, const struct graph *graph, const struct network *network,
                    const struct data *data, const struct compile_request *request, struct diagnostics *diagnostics,
                    struct diagnostics *sample_diagnostics)
{
    struct input_range *ranges = arena_allocate(network->arena, network->input_count, sizeof *ranges);
    struct calibration calibration = {0};

    if (!ranges)
        return diagnostics_error(diagnostics, "", "out of memory");
    if (request->samples) {
        if (match_samples(data, network, sample_diagnostics) ||
            calibrate_check(data, network->inputs, network->input_count, request->calibrate, sample_diagnostics))
            return -1;
        calibrate_inputs(ranges, data, network->inputs, network->input_count);
    }
    if (!request->calibrate) {
        bool noted;
        note_inputs(ranges, graph, network);
        if (note_states(&calibration, &noted, graph, network))
            return diagnostics_error(diagnostics, "", "out of memory");
        return image_quantize(image, network, ranges, noted ? &calibration : NULL, diagnostics);
    }
    if (calibrate_states(&calibration, graph, network, data, diagnostics))
        return -1;
    return image_quantize(image, network, ranges, &calibration, diagnostics);
}

/* The widths of an image that was made from the same network. */
static void take_widths(struct network *network, const struct image *from)
{
    for (size_t index = 0; index < network->projection_count; index++)
        for (size_t other = 0; other < from->projection_count; other++) {
            struct projection *projection = &network->projections[index];
            const struct image_projection *like = &from->projections[other];
            if (projection->source == like->source && projection->target == like->target &&
                projection->delay == like->delay)
                projection->weight_bits = like->weight_bits;
        }
}

int compile_integers(struct image *image, struct arena *arena, const struct compile_request *request,
                    struct diagnostics *diagnostics, struct diagnostics *sample_diagnostics)
{
    struct graph graph = {.arena = arena};
    struct network network = {.arena = arena};
    struct options options = request->options;
    struct data data = {0};
    int status = graph_load(&graph, request->path, diagnostics);

    *image = (struct image){.arena = arena};
    if (status == 0 && request->samples)
        status = read_samples(&data, &options, &graph, request, sample_diagnostics);
    if (status == 0)
        graph_check_times(&graph, graph_step(&graph, options.dt), &options, diagnostics);
    if (status == 0)
        status = network_lower(&network, &graph, &options, diagnostics);
    if (status == 0 && request->widths_of)
        take_widths(&network, request->widths_of);
    if (status == 0)
        status = quantize(image, &graph, &network, &data, request, diagnostics, sample_diagnostics);
    data_free(&data);
    return status;
}

int compile_network(struct image *image, struct arena *arena, const struct compile_request *request,
                    struct diagnostics *diagnostics, struct diagnostics *sample_diagnostics)
{
    int status = compile_integers(image, arena, request, diagnostics, sample_diagnostics);

    return status == 0 ? image_place(image, request->board, diagnostics) : status;
}
