/* The compiler as a whole: the list of passes, in the order in which they run. */
#include "compile.h"

#include "calibrate.h"
#include "data.h"
#include "times.h"

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

static int quantize(struct image *image, const struct graph *graph, const struct network *network,
                    const struct data *data, const struct compile_request *request, struct diagnostics *diagnostics,
                    struct diagnostics *sample_diagnostics)
{
    struct input_range *ranges = arena_allocate(network->arena, network->input_count, sizeof *ranges);
    struct calibration calibration;

    if (!ranges)
        return diagnostics_error(diagnostics, "", "out of memory");
    if (request->samples) {
        if (match_samples(data, network, sample_diagnostics))
            return -1;
        calibrate_inputs(ranges, data, network->inputs, network->input_count);
    }
    if (!request->calibrate)
        return image_quantize(image, network, ranges, NULL, diagnostics);
    if (calibrate_states(&calibration, graph, network, data, diagnostics))
        return -1;
    return image_quantize(image, network, ranges, &calibration, diagnostics);
}

int compile_network(struct image *image, struct arena *arena, const struct compile_request *request,
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
    if (status == 0)
        status = quantize(image, &graph, &network, &data, request, diagnostics, sample_diagnostics);
    if (status == 0)
        status = image_place(image, request->board, diagnostics);
    data_free(&data);
    return status;
}
