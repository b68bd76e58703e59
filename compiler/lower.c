/* Graph to network: each stateful node and Threshold becomes a population with the coefficients of one step, each
 * Input one that the host fills, each Output a port, with a relay behind it where no single population is what it
 * shows. lower_linear.c makes the projections between them. What the array does not run is refused here, all of
 * it at once. */
#include "lower_linear.h"
#include "lower_options.h"

#include <math.h>

static int out_of_memory(struct diagnostics *diagnostics)
{
    return diagnostics_error(diagnostics, "", "the network does not fit into memory; try one with fewer neurons");
}

/* The model of a node that is a population of its own. */
static bool find_model(enum node_type type, enum model *model)
{
    switch (type) {
    case NODE_INPUT:
        *model = MODEL_INPUT;
        return true;
    case NODE_THRESHOLD:
        *model = MODEL_THRESHOLD;
        return true;
    case NODE_I:
        *model = MODEL_I;
        return true;
    case NODE_IF:
        *model = MODEL_IF;
        return true;
    case NODE_LI:
        *model = MODEL_LI;
        return true;
    case NODE_LIF:
        *model = MODEL_LIF;
        return true;
    default:
        return false;
    }
}

static const struct shape *population_shape(const struct node *node)
{
    return node->type == NODE_OUTPUT ? &node->input : &node->output;
}

/* Every node and edge that the array cannot run is an error; returns -1 if there is one. */
static int refuse(const struct graph *graph, struct arena *scratch, struct diagnostics *diagnostics)
{
    int status = 0;

    for (size_t index = 0; index < graph->node_count; index++) {
        const struct node *node = &graph->nodes[index];
        const char *place = arena_print(scratch, "/%s", node->name);
        enum model model;
        if (!place)
            return out_of_memory(diagnostics);
        if (!find_model(node->type, &model) && !lower_is_linear(node->type) && node->type != NODE_OUTPUT)
            status = diagnostics_error(
                diagnostics, place,
                "%s is not run by the array yet; use Linear, Affine, Scale, Flatten, Threshold, I, IF, LI and LIF",
                node_type_name(node->type));
        else if (shape_count(population_shape(node)) == 0)
            status = diagnostics_error(diagnostics, place, "%s has no neurons; give it a shape without 0",
                                       node_type_name(node->type));
        else if (node->type != NODE_INPUT && !lower_is_linear(node->type) && node->type != NODE_OUTPUT &&
                 shape_count(&node->input) != shape_count(&node->output))
            status = diagnostics_error(diagnostics, place, "%s has %zu inputs for %zu neurons; give one for each",
                                       node_type_name(node->type), shape_count(&node->input),
                                       shape_count(&node->output));
    }
    for (size_t index = 0; index < graph->edge_count; index++) {
        const struct node *source = &graph->nodes[graph->edges[index].source];
        const struct node *target = &graph->nodes[graph->edges[index].target];
        const char *place = arena_print(scratch, "/%s", target->name);
        if (!place)
            return out_of_memory(diagnostics);
        if (graph->delayed[index])
            status = diagnostics_error(
                diagnostics, place,
                "the edge from /%s (%s) to this %s closes a cycle, which is not run by the array yet; use a graph "
                "without one",
                source->name, node_type_name(source->type), node_type_name(target->type));
        else if (target->type == NODE_INPUT || shape_count(population_shape(source)) != shape_count(&target->input))
            status = diagnostics_error(
                diagnostics, place, "%s takes %zu numbers, but /%s sends %zu; the two must agree",
                node_type_name(target->type), target->type == NODE_INPUT ? 0 : shape_count(&target->input),
                source->name, shape_count(population_shape(source)));
    }
    return status;
}

/* The only edge into node, edge_count if there is none or more than one. */
static size_t only_edge(const struct graph *graph, size_t node)
{
    size_t found = graph->edge_count;

    for (size_t edge = 0; edge < graph->edge_count; edge++) {
        if (graph->edges[edge].target != node)
            continue;
        if (found != graph->edge_count)
            return graph->edge_count;
        found = edge;
    }
    return found;
}

/* The population that an Output shows unchanged, but for its shape; LOWER_NO_POPULATION if it needs a relay. */
static size_t shown_population(const struct graph *graph, size_t output, const size_t *population_of,
                               const struct network *network)
{
    size_t node = output;

    do {
        size_t edge = only_edge(graph, node);
        if (edge == graph->edge_count)
            return LOWER_NO_POPULATION;
        node = graph->edges[edge].source;
    } while (graph->nodes[node].type == NODE_FLATTEN);
    size_t population = population_of[node];
    if (population != LOWER_NO_POPULATION && network->populations[population].model == MODEL_INPUT)
        return LOWER_NO_POPULATION;
    return population;
}

static void fill_reset(struct population *population, const struct node *node, const struct options *options)
{
    population->reset_subtracts = options->reset == RESET_SUBTRACT;
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        population->threshold[neuron] = node_value(node, "v_threshold", neuron);
        if (options->reset == RESET_SUBTRACT)
            population->reset[neuron] = -population->threshold[neuron];
        else if (options->reset == RESET_VALUE)
            population->reset[neuron] = node_value(node, "v_reset", neuron);
    }
}

/* step: dt in the file's unit of time. dt/tau above 1 overshoots, which the array's leak cannot express; above 2 it
 * does not even settle. */
static int fill_leak(struct population *population, const struct node *node, double step, enum integrator integrator,
                     struct arena *scratch, struct diagnostics *diagnostics)
{
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        double tau = node_value(node, "tau", neuron);
        double ratio = step / tau;
        double leak = integrator == INTEGRATOR_EXP ? 1 - exp(-ratio) : ratio;
        if (!(leak <= 1)) {
            const char *place = arena_print(scratch, "/%s/tau", node->name);
            if (!place)
                return out_of_memory(diagnostics);
            return diagnostics_error(diagnostics, place, "%s of neuron %zu has dt/tau = %g (tau %g, dt %g): %s; give a "
                                     "smaller dt, the right unit of time, or the integrator exp",
                                     node_type_name(node->type), neuron, ratio, tau, step,
                                     leak > 2 ? "this is unstable, the array needs dt/tau <= 1"
                                              : "the array needs dt/tau <= 1");
        }
        population->leak[neuron] = leak;
        population->gain[neuron] = leak * node_value(node, "r", neuron);
        population->v_leak[neuron] = node_value(node, "v_leak", neuron);
    }
    return 0;
}

static int fill_parameters(struct population *population, const struct node *node, double step,
                           const struct options *options, struct arena *scratch, struct diagnostics *diagnostics)
{
    switch (population->model) {
    case MODEL_INPUT:
        return 0;
    case MODEL_RELAY:
    case MODEL_THRESHOLD:
        for (size_t neuron = 0; neuron < population->size; neuron++) {
            population->leak[neuron] = population->gain[neuron] = 1;
            if (population->model == MODEL_THRESHOLD)
                population->threshold[neuron] = node_value(node, "threshold", neuron);
        }
        /* Adding 0 is no reset: v stays the summed input. */
        population->reset_subtracts = population->model == MODEL_THRESHOLD;
        return 0;
    case MODEL_I:
    case MODEL_IF:
        for (size_t neuron = 0; neuron < population->size; neuron++)
            population->gain[neuron] = step * node_value(node, "r", neuron);
        break;
    case MODEL_LI:
    case MODEL_LIF:
        if (fill_leak(population, node, step, options->integrator, scratch, diagnostics) != 0)
            return -1;
        break;
    }
    if (!population->graded)
        fill_reset(population, node, options);
    return 0;
}

static int add_population(struct network *network, const struct graph *graph, size_t index, enum model model,
                          double step, struct arena *scratch, struct diagnostics *diagnostics)
{
    const struct node *node = &graph->nodes[index];
    struct population *population = &network->populations[network->population_count++];

    population->name = arena_copy(network->arena, node->name);
    population->node = index;
    population->model = model;
    population->shape = *population_shape(node);
    population->size = shape_count(&population->shape);
    population->graded = model != MODEL_IF && model != MODEL_LIF && model != MODEL_THRESHOLD;
    double **arrays[] = {&population->leak,      &population->gain,  &population->v_leak,
                         &population->threshold, &population->reset, &population->bias};
    bool complete = population->name != NULL;
    for (size_t array = 0; array < sizeof arrays / sizeof *arrays; array++) {
        *arrays[array] = arena_allocate(network->arena, population->size, sizeof(double));
        complete &= *arrays[array] != NULL;
    }
    if (!complete)
        return out_of_memory(diagnostics);
    return fill_parameters(population, node, step, &network->options, scratch, diagnostics);
}

static int add_port(struct network *network, struct port *ports, size_t *count, const struct node *node,
                    size_t population, struct diagnostics *diagnostics)
{
    char *name = arena_copy(network->arena, node->name);

    if (!name)
        return out_of_memory(diagnostics);
    ports[(*count)++] = (struct port){.name = name, .population = population};
    return 0;
}

static int add_inputs(struct network *network, const struct graph *graph, size_t *population_of,
                      struct arena *scratch, struct diagnostics *diagnostics)
{
    for (size_t index = 0; index < graph->node_count; index++) {
        if (graph->nodes[index].type != NODE_INPUT)
            continue;
        population_of[index] = network->population_count;
        if (add_population(network, graph, index, MODEL_INPUT, 0, scratch, diagnostics) != 0 ||
            add_port(network, network->inputs, &network->input_count, &graph->nodes[index], population_of[index],
                     diagnostics) != 0)
            return -1;
    }
    return 0;
}

/* Everything but the Inputs; a leak that the array cannot express does not hide that of another node. */
static int add_rest(struct network *network, const struct graph *graph, size_t *population_of, double step,
                    struct arena *scratch, struct diagnostics *diagnostics)
{
    int status = 0;

    for (size_t rank = 0; rank < graph->node_count; rank++) {
        size_t index = graph->order[rank];
        const struct node *node = &graph->nodes[index];
        enum model model = MODEL_RELAY;
        if (node->type == NODE_INPUT || (!find_model(node->type, &model) && node->type != NODE_OUTPUT))
            continue;
        if (node->type == NODE_OUTPUT)
            population_of[index] = shown_population(graph, index, population_of, network);
        if (population_of[index] != LOWER_NO_POPULATION)
            continue;
        population_of[index] = network->population_count;
        if (add_population(network, graph, index, model, step, scratch, diagnostics) != 0)
            status = -1;
    }
    for (size_t index = 0; index < graph->node_count; index++)
        if (graph->nodes[index].type == NODE_OUTPUT &&
            add_port(network, network->outputs, &network->output_count, &graph->nodes[index], population_of[index],
                     diagnostics) != 0)
            status = -1;
    return status;
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
    if (refuse(graph, scratch, diagnostics) != 0)
        return -1;
    choose_dt(network, graph, diagnostics);
    double step = network->options.time_unit > 0 ? network->options.dt / network->options.time_unit : 1;
    if (lower_options(&network->options, graph, step, diagnostics) != 0)
        return -1;
    size_t *population_of = arena_allocate(scratch, graph->node_count, sizeof *population_of);
    network->populations = arena_allocate(network->arena, graph->node_count, sizeof *network->populations);
    network->inputs = arena_allocate(network->arena, graph->node_count, sizeof *network->inputs);
    network->outputs = arena_allocate(network->arena, graph->node_count, sizeof *network->outputs);
    if (!population_of || !network->populations || !network->inputs || !network->outputs)
        return out_of_memory(diagnostics);
    for (size_t index = 0; index < graph->node_count; index++)
        population_of[index] = LOWER_NO_POPULATION;
    if (add_inputs(network, graph, population_of, scratch, diagnostics) != 0 ||
        add_rest(network, graph, population_of, step, scratch, diagnostics) != 0)
        return -1;
    return lower_project(network, graph, population_of, diagnostics);
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
