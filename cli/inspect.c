/* nirloom inspect: what is in a network, an image or a data file. */
#include "arguments.h"
#include "arena.h"
#include "command.h"
#include "data.h"
#include "graph.h"
#include "image.h"
#include "session.h"
#include "summary.h"
#include "talk.h"
#include "transposed.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct command_form form = {
    .name = "inspect",
    .bit = COMMAND_BIT_INSPECT,
    .help =
        "nirloom inspect FILE [--json]\n"
        "\n"
        "Shows what is in a file: of a .nir the nodes, edges and what was repaired; of a .loom the board, options,\n"
        "populations and memory used; of a data file the series, samples, steps and labels.\n"
        "\n"
        "      --transpose-weights  of a .nir that stores weights of Linear and Affine as (inputs, outputs)\n"
        "      --json             one object on standard output (docs/json.md)\n"
        "\n"
        "Example: nirloom inspect net.nir\n"
        "Exit status: 0 done, 1 the input is at fault, 2 wrong usage.\n",
    .file = "FILE",
    .file_required = true,
};

static const double default_dt = 1e-4; /* grid of events in a data file, which has none of its own */

static struct json_object *shape_list(const struct shape *shape)
{
    struct json_object *list = json_object_new_array();

    for (size_t axis = 0; axis < shape->rank; axis++)
        json_object_array_add(list, json_object_new_int64((int64_t)shape->size[axis]));
    return list;
}

static void describe_network(struct json_object *object, const struct graph *graph)
{
    struct json_object *nodes = json_object_new_array(), *edges = json_object_new_array();

    for (size_t index = 0; index < graph->node_count; index++) {
        const struct node *node = &graph->nodes[index];
        struct json_object *entry = json_object_new_object();

        json_object_object_add(entry, "name", json_object_new_string(node->name));
        json_object_object_add(entry, "type", json_object_new_string(node_type_name(node->type)));
        json_object_object_add(entry, "input", shape_list(&node->input));
        json_object_object_add(entry, "output", shape_list(&node->output));
        json_object_array_add(nodes, entry);
    }
    for (size_t index = 0; index < graph->edge_count; index++) {
        const struct edge *edge = &graph->edges[index];
        struct json_object *entry = json_object_new_object();

        json_object_object_add(entry, "source", json_object_new_string(graph->nodes[edge->source].name));
        json_object_object_add(entry, "target", json_object_new_string(graph->nodes[edge->target].name));
        json_object_object_add(entry, "delayed", json_object_new_boolean(graph->delayed[index]));
        json_object_array_add(edges, entry);
    }
    json_object_object_add(object, "version", json_object_new_string(graph->version ? graph->version : ""));
    json_object_object_add(object, "nodes", nodes);
    json_object_object_add(object, "edges", edges);
}

static void print_shape(const struct shape *shape)
{
    if (shape->rank == 0)
        putchar('?');
    for (size_t axis = 0; axis < shape->rank; axis++)
        printf("%s%zu", axis ? "x" : "", shape->size[axis]);
}

static void print_network(const struct graph *graph)
{
    printf("NIR network%s%s: %zu nodes, %zu edges\n", graph->version && *graph->version ? ", version " : "",
           graph->version ? graph->version : "", graph->node_count, graph->edge_count);
    for (size_t index = 0; index < graph->node_count; index++) {
        const struct node *node = &graph->nodes[index];

        printf("  %-24s %-9s ", node->name, node_type_name(node->type));
        print_shape(&node->input);
        printf(" -> ");
        print_shape(&node->output);
        putchar('\n');
    }
    for (size_t index = 0; index < graph->edge_count; index++)
        printf("  %s -> %s%s\n", graph->nodes[graph->edges[index].source].name,
               graph->nodes[graph->edges[index].target].name, graph->delayed[index] ? "  one step later" : "");
}

static void print_messages(const struct diagnostics *diagnostics)
{
    if (diagnostics->count > 0)
        puts("repaired or assumed:");
    for (size_t index = 0; index < diagnostics->count; index++)
        printf("  %s: %s\n", diagnostics->messages[index].severity == SEVERITY_NOTE ? "note" : "warning",
               diagnostics->messages[index].text);
}

static int inspect_network(const struct arguments *arguments, struct json_object *object,
                           struct diagnostics *diagnostics)
{
    struct arena arena = {0};
    struct graph graph = {.arena = &arena};
    int status = graph_load(&graph, arguments->network, diagnostics) ? COMMAND_INPUT : COMMAND_DONE;

    if (status == COMMAND_DONE) {
        json_object_object_add(object, "kind", json_object_new_string("network"));
        describe_network(object, &graph);
        if (!arguments->json) {
            print_network(&graph);
            print_messages(diagnostics);
        }
    }
    arena_free(&arena);
    return status;
}

static int inspect_image(const struct arguments *arguments, struct json_object *object,
                         struct diagnostics *diagnostics)
{
    struct arena arena = {0};
    struct image image = {.arena = &arena};
    struct image_origin origin;
    int status = COMMAND_DONE;

    if (image_load(&image, arguments->file, diagnostics) ||
        image_origin_open(&origin, &image, arguments->file, diagnostics))
        status = COMMAND_INPUT;

    if (status == COMMAND_DONE) {
        json_object_object_add(object, "kind", json_object_new_string("image"));
        summary_json(object, &origin);
        if (!arguments->json) {
            puts("nirloom image");
            summary_print(stdout, &origin);
        }
    }
    arena_free(&arena);
    return status;
}

/* Mean of |value|, or share of spikes, over all samples, steps and neurons. */
static double mean_magnitude(const struct data *data, const struct data_series *series)
{
    size_t count = data->samples * data->steps * series->neurons;
    double sum = 0;

    for (size_t element = 0; element < count; element++) {
        double value = series->values ? series->values[element] : series->spikes[element];
        sum += value < 0 ? -value : value;
    }
    return count ? sum / (double)count : 0;
}

static void describe_data(struct json_object *object, const struct data *data)
{
    struct json_object *list = json_object_new_array();

    for (size_t index = 0; index < data->series_count; index++) {
        const struct data_series *series = &data->series[index];
        struct json_object *entry = json_object_new_object();

        json_object_object_add(entry, "node", json_object_new_string(series->node));
        json_object_object_add(entry, "observable", json_object_new_string(series->observable));
        json_object_object_add(entry, "neurons", json_object_new_int64((int64_t)series->neurons));
        json_object_object_add(entry, "graded", json_object_new_boolean(series->values != NULL));
        json_object_object_add(entry, "mean", talk_json_number(mean_magnitude(data, series)));
        json_object_array_add(list, entry);
    }
    json_object_object_add(object, "samples", json_object_new_int64((int64_t)data->samples));
    json_object_object_add(object, "steps", json_object_new_int64((int64_t)data->steps));
    json_object_object_add(object, "dt", data->dt > 0 ? talk_json_number(data->dt) : NULL);
    json_object_object_add(object, "labels", json_object_new_boolean(data->labels != NULL));
    json_object_object_add(object, "targets", json_object_new_int64((int64_t)data->target_width));
    json_object_object_add(object, "series", list);
}

static void print_data(const struct data *data)
{
    printf("data: %zu samples of %zu steps, dt %g, %s\n", data->samples, data->steps, data->dt,
           data->labels ? "with labels" : "no labels");
    for (size_t index = 0; index < data->series_count; index++) {
        const struct data_series *series = &data->series[index];

        printf("  %-24s %-9s %6zu neurons  %s %.4g\n", series->node, series->observable, series->neurons,
               series->values ? "values, mean magnitude" : "spikes, mean", mean_magnitude(data, series));
    }
}

static int inspect_data(const struct arguments *arguments, struct json_object *object,
                        struct diagnostics *diagnostics)
{
    struct data data = {0};
    int status = data_read(&data, arguments->file, 0, 0, default_dt, diagnostics) ? COMMAND_INPUT : COMMAND_DONE;

    if (status == COMMAND_DONE) {
        json_object_object_add(object, "kind", json_object_new_string("data"));
        describe_data(object, &data);
        if (!arguments->json)
            print_data(&data);
    }
    data_free(&data);
    return status;
}

static bool is_port(const char *path)
{
    struct stat status;

    return strncmp(path, "serial:", 7) == 0 || (stat(path, &status) == 0 && S_ISCHR(status.st_mode));
}

int command_inspect(int argc, char **argv)
{
    struct arguments arguments;
    struct diagnostics diagnostics;
    int status;

    if (!arguments_parse(&arguments, argc, argv, &form, &status))
        return status;
    if ((status = transposed_take(&arguments)) != COMMAND_DONE)
        return status;
    if (is_port(arguments.file)) {
        fprintf(stderr, "nirloom inspect: %s: boards cannot be inspected in this version; name a .nir, a .loom or a "
                        "data file\n", arguments.file);
        return COMMAND_USAGE;
    }
    struct json_object *object = json_object_new_object();
    json_object_object_add(object, "file", json_object_new_string(arguments.file));
    diagnostics_begin(&diagnostics, arguments.file);
    enum file_kind kind = session_file_kind(arguments.file);
    if (kind == FILE_IMAGE)
        status = inspect_image(&arguments, object, &diagnostics);
    else if (kind == FILE_DATA)
        status = inspect_data(&arguments, object, &diagnostics);
    else
        status = inspect_network(&arguments, object, &diagnostics);
    if (status != COMMAND_DONE)
        talk_messages(&diagnostics, false);
    if (status == COMMAND_DONE && arguments.json) {
        struct json_object *messages = json_object_new_array();

        talk_json_messages(messages, &diagnostics);
        json_object_object_add(object, "messages", messages);
        status = talk_json(json_object_get(object));
    }
    json_object_put(object);
    diagnostics_free(&diagnostics);
    return status;
}
