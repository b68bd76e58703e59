/* Graphs built by hand, node by node, for the tests of lower(). */
#ifndef NIRLOOM_TESTS_HAND_GRAPH_H
#define NIRLOOM_TESTS_HAND_GRAPH_H

#include "lower_subject.h"

enum { NODES = 24, EDGES = 48 };

/* Nodes in the order in which they are added; order and delayed are those unless graph_order() sets them. Nodes are
 * vectors unless their shapes are changed. */
struct builder {
    struct subject subject;
    struct node nodes[NODES];
    struct edge edges[EDGES];
    bool delayed[EDGES];
    size_t order[NODES];
};

static inline void begin(struct builder *builder)
{
    memset(builder, 0, sizeof *builder);
    struct graph *graph = &builder->subject.graph;
    *graph = (struct graph){.arena = &builder->subject.arena, .version = "", .nodes = builder->nodes,
                            .edges = builder->edges, .order = builder->order, .delayed = builder->delayed};
    diagnostics_begin(&builder->subject.diagnostics, "hand.nir");
}

static inline size_t add_node(struct builder *builder, const char *name, enum node_type type, size_t inputs,
                              size_t outputs)
{
    static const struct {
        enum node_type type;
        const char *name;
    } parameters[] = {
#define NODE(id, type)
#define PARAMETER(node, name, need, fallback) {NODE_##node, #name},
#include "nodes.def"
#undef NODE
#undef PARAMETER
    };
    struct graph *graph = &builder->subject.graph;
    struct node *node = &builder->nodes[graph->node_count];

    cr_assert(graph->node_count < NODES);
    node->name = arena_copy(graph->arena, name);
    node->type = type;
    for (size_t index = 0; index < sizeof parameters / sizeof *parameters; index++)
        if (parameters[index].type == type)
            node->parameter[node->parameter_count++].name = parameters[index].name;
    node->input = (struct shape){.rank = 1, .size = {inputs}};
    node->output = (struct shape){.rank = 1, .size = {outputs}};
    builder->order[graph->node_count] = graph->node_count;
    return graph->node_count++;
}

static inline void set(struct builder *builder, size_t node, const char *name, size_t rows, size_t columns,
                const double *numbers)
{
    struct parameter *parameter = builder->nodes[node].parameter;

    while (strcmp(parameter->name, name) != 0)
        parameter++;
    size_t rank = columns ? 2 : 1, count = columns ? rows * columns : rows;
    parameter->present = true;
    parameter->tensor = (struct tensor){.rank = rank, .size = {rows, columns}, .count = count};
    parameter->tensor.data = arena_allocate(&builder->subject.arena, count, sizeof(double));
    memcpy(parameter->tensor.data, numbers, count * sizeof(double));
}

static inline void set_all(struct builder *builder, size_t node, const char *name, double number)
{
    set(builder, node, name, 1, 0, &number);
}

static inline size_t add_lif(struct builder *builder, const char *name, size_t neurons, double tau)
{
    size_t node = add_node(builder, name, NODE_LIF, neurons, neurons);

    set_all(builder, node, "tau", tau);
    set_all(builder, node, "r", 3);
    set_all(builder, node, "v_leak", 0.25);
    set_all(builder, node, "v_threshold", 2);
    set_all(builder, node, "v_reset", -0.5);
    return node;
}

static inline void join(struct builder *builder, size_t source, size_t target)
{
    struct graph *graph = &builder->subject.graph;

    cr_assert(graph->edge_count < EDGES);
    builder->edges[graph->edge_count++] = (struct edge){source, target};
}

static inline const struct population *population_named(const struct network *network, const char *name)
{
    for (size_t index = 0; index < network->population_count; index++)
        if (strcmp(network->populations[index].name, name) == 0)
            return &network->populations[index];
    cr_assert_fail("no population %s", name);
    return NULL;
}

/* dt/tau r of add_lif() with tau 1, at the default dt. */
#define LIF_GAIN 3e-4

/* The dense matrix (targets, sources) of the only projection with that delay, 0 where there is no synapse. */
static inline void expect_delayed(const struct network *network, const char *source, const char *target, size_t delay,
                           double gain, const double *want)
{
    size_t from = (size_t)(population_named(network, source) - network->populations);
    size_t to = (size_t)(population_named(network, target) - network->populations);
    size_t columns = network->populations[from].size, rows = network->populations[to].size, found = 0;

    for (size_t index = 0; index < network->projection_count; index++) {
        const struct projection *projection = &network->projections[index];
        const struct linear_map *map = &projection->map;
        double got[64] = {0};
        if (projection->source != from || projection->target != to || projection->delay != delay)
            continue;
        found++;
        cr_assert(linear_map_check(map) && rows * columns <= 64);
        for (size_t neuron = 0; neuron < columns; neuron++)
            for (size_t entry = 0; map->pattern[neuron] != LINEAR_MAP_NONE &&
                                   entry < map->first[map->pattern[neuron] + 1] - map->first[map->pattern[neuron]];
                 entry++) {
                size_t at = map->first[map->pattern[neuron]] + entry;
                got[(map->offset[neuron] + map->target[at]) * columns + neuron] = projection->weight[at];
            }
        for (size_t at = 0; at < rows * columns; at++)
            cr_expect_float_eq(got[at], gain * want[at], 1e-12, "%s to %s, delay %zu, %zu: %g, not %g", source, target,
                               delay, at, got[at], gain * want[at]);
    }
    cr_expect_eq(found, 1, "%s to %s, delay %zu: %zu projections", source, target, delay, found);
}

static inline void expect_weights(const struct network *network, const char *source, const char *target, double gain,
                           const double *want)
{
    expect_delayed(network, source, target, 0, gain, want);
}

#endif
