/* Graph to network: each stateful node and Threshold becomes a population with the coefficients of one step, each
 * Input one that the host fills, each Output a port, with a relay behind it where no single population is what it
 * shows. lower_flow.c finds them, lower_population.c fills them, lower_linear.c makes the projections between them.
 * What the array does not run is refused here and there, as much of it at once as can be. */
#include "lower_flow.h"
#include "lower_linear.h"
#include "lower_options.h"
#include "lower_population.h"

static int out_of_memory(struct diagnostics *diagnostics)
{
    return diagnostics_error(diagnostics, "", "the network does not fit into memory; try one with fewer neurons");
}

/* Every node and edge whose sizes do not fit is an error; returns -1 if there is one. */
static int refuse_sizes(const struct graph *graph, struct arena *scratch, struct diagnostics *diagnostics)
{
    int status = 0;

    for (size_t index = 0; index < graph->node_count; index++) {
        const struct node *node = &graph->nodes[index];
        const char *place = arena_print(scratch, "/%s", node->name);
        enum node_type type = node->type;
        bool keeps = node_is_elementwise(type) || type == NODE_FLATTEN;
        if (!place)
            return out_of_memory(diagnostics);
        if (shape_count(flow_shape(node)) == 0 || type == NODE_GRAPH)
            status = diagnostics_error(diagnostics, place, "%s has no neurons; give it a shape without 0",
                                       node_type_name(type));
        else if (keeps && shape_count(&node->input) != shape_count(&node->output))
            status = diagnostics_error(diagnostics, place, "%s has %zu inputs for %zu neurons; give one for each",
                                       node_type_name(type), shape_count(&node->input), shape_count(&node->output));
    }
    for (size_t index = 0; index < graph->edge_count; index++) {
        const struct node *source = &graph->nodes[graph->edges[index].source];
        const struct node *target = &graph->nodes[graph->edges[index].target];
        const char *place = arena_print(scratch, "/%s", target->name);
        if (!place)
            return out_of_memory(diagnostics);
        if (target->type == NODE_INPUT || shape_count(flow_shape(source)) != shape_count(&target->input))
            status = diagnostics_error(
                diagnostics, place, "%s takes %zu numbers, but /%s sends %zu; the two must agree",
                node_type_name(target->type), target->type == NODE_INPUT ? 0 : shape_count(&target->input),
                source->name, shape_count(flow_shape(source)));
    }
    return status;
}

/* A population for each stage that is one, Inputs first; a leak that the array cannot express does not hide that of
 * another node. */
static int add_populations(struct network *network, double **gains, struct flow *flow, const struct graph *graph,
                           double step, struct arena *scratch, struct diagnostics *diagnostics)
{
    int status = 0;

    for (int inputs = 1; inputs >= 0; inputs--) {
        for (size_t index = 0; index < flow->count; index++) {
            struct stage *stage = &flow->stages[index];
            enum model model = MODEL_RELAY;
            if (stage->kind != STAGE_POPULATION || (graph->nodes[stage->node].type == NODE_INPUT) != inputs)
                continue;
            if (!stage->relay)
                lower_find_model(graph->nodes[stage->node].type, &model);
            stage->population = network->population_count;
            if (lower_add_population(network, &gains[stage->population], graph, stage->node, model, step, scratch,
                                     diagnostics) != 0)
                status = -1;
        }
    }
    return status;
}

/* Inputs and Outputs in the order of the graph's nodes. */
static int add_ports(struct network *network, const struct flow *flow, const struct graph *graph,
                     struct arena *scratch, struct diagnostics *diagnostics)
{
    size_t *stage_of = arena_allocate(scratch, graph->node_count, sizeof *stage_of);

    network->inputs = arena_allocate(network->arena, graph->node_count, sizeof *network->inputs);
    network->outputs = arena_allocate(network->arena, graph->node_count, sizeof *network->outputs);
    if (!stage_of || !network->inputs || !network->outputs)
        return out_of_memory(diagnostics);
    for (size_t index = 0; index < flow->count; index++)
        if (!flow->stages[index].relay)
            stage_of[flow->stages[index].node] = index;
    for (size_t index = 0; index < graph->node_count; index++) {
        const struct node *node = &graph->nodes[index];
        if (node->type != NODE_INPUT && node->type != NODE_OUTPUT)
            continue;
        size_t stage = flow->shown[index] == LOWER_NONE ? stage_of[index] : flow->shown[index];
        struct port port = {arena_copy(network->arena, node->name), flow->stages[stage].population};
        if (!port.name)
            return out_of_memory(diagnostics);
        if (node->type == NODE_INPUT)
            network->inputs[network->input_count++] = port;
        else
            network->outputs[network->output_count++] = port;
    }
    return 0;
}

static void choose_dt(struct network *network, const struct graph *graph, struct diagnostics *diagnostics)
{
    if (network->options.dt > 0)
        return;
    network->options.dt = graph->metadata_dt > 0 ? graph->metadata_dt : 1e-4;
    if (graph->metadata_dt > 0)
        diagnostics_note(diagnostics, "", "dt is %g, as the file's metadata says; --dt gives another",
                         network->options.dt);
    else
        diagnostics_note(diagnostics, "", "dt is %g, as the file says nothing of it; --dt gives another",
                         network->options.dt);
}

static int lower(struct network *network, const struct graph *graph, struct arena *scratch,
                 struct diagnostics *diagnostics)
{
    struct flow flow;
    int status = refuse_sizes(graph, scratch, diagnostics);

    choose_dt(network, graph, diagnostics);
    double step = network->options.time_unit > 0 ? network->options.dt / network->options.time_unit : 1;
    if (lower_options(&network->options, graph, step, diagnostics) != 0 || status != 0)
        return -1;
    if (flow_make(&flow, graph, &network->options, step, scratch, diagnostics) != 0 ||
        lower_relays(&flow, graph, diagnostics) != 0)
        return -1;
    double **gains = arena_allocate(scratch, flow.count, sizeof *gains);
    network->populations = arena_allocate(network->arena, flow.count + 1, sizeof *network->populations);
    if (!gains || !network->populations)
        return out_of_memory(diagnostics);
    if (add_populations(network, gains, &flow, graph, step, scratch, diagnostics) != 0 ||
        add_ports(network, &flow, graph, scratch, diagnostics) != 0)
        return -1;
    return lower_project(network, &flow, graph, gains, diagnostics);
}

int network_lower(struct network *network, const struct graph *graph, const struct options *options,
                  struct diagnostics *diagnostics)
{
    struct arena *arena = network->arena;
    struct arena scratch = {0};

    *network = (struct network){.arena = arena, .options = *options};
    int status = lower(network, graph, &scratch, diagnostics);
    arena_free(&scratch);
    if (status != 0)
        *network = (struct network){.arena = arena, .options = *options};
    return status;
}

size_t network_history(const struct network *network, size_t population)
{
    size_t longest = 0;

    for (size_t index = 0; index < network->projection_count; index++)
        if (network->projections[index].source == population && longest < network->projections[index].delay)
            longest = network->projections[index].delay;
    return longest;
}
