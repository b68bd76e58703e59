/* lower() against the float oracle on random graphs: every primitive, doubled edges, skips, loops, Outputs that feed
 * others, Delays before and after anything, bottlenecks. Every node has 6 neurons, so that any may feed any, but for
 * those of bottlenecks. */
#include "float.h"
#include "hand_graph.h"
#include "network_model.h"

#include <math.h>
#include <stdio.h>

enum { NEURONS = 6, GRAPHS = 6000, STEPS = 20 };

static void set_random(struct builder *builder, size_t node, const char *name, double low, double high,
                       uint64_t *state)
{
    double numbers[NEURONS];

    for (size_t index = 0; index < NEURONS; index++)
        numbers[index] = low + (high - low) * random_unit(state);
    set(builder, node, name, random_below(state, 3) ? NEURONS : 1, 0, numbers);
}

/* Weights of many axes, some of them 0. */
static void set_weight(struct builder *builder, size_t node, struct shape shape, uint64_t *state)
{
    double numbers[256];
    size_t count = shape_count(&shape);

    cr_assert(count <= 256);
    for (size_t index = 0; index < count; index++)
        numbers[index] = random_below(state, 4) ? 0.8 * random_unit(state) - 0.4 : 0;
    set(builder, node, "weight", count, 0, numbers);
    for (size_t index = 0; index < builder->nodes[node].parameter_count; index++) {
        struct tensor *tensor = &builder->nodes[node].parameter[index].tensor;
        if (strcmp(builder->nodes[node].parameter[index].name, "weight") != 0)
            continue;
        tensor->rank = shape.rank;
        memcpy(tensor->size, shape.size, sizeof tensor->size);
    }
}

/* A matrix for all, one for each of two blocks, or one that both use. */
static void make_dense(struct builder *builder, size_t node, uint64_t *state)
{
    static const struct shape shapes[] = {
        {2, {6, 6}}, {3, {1, 6, 6}}, {3, {2, 3, 3}}, {2, {3, 3}}};
    static const size_t inputs[][2] = {{6, 0}, {1, 6}, {2, 3}, {2, 3}};
    size_t form = random_below(state, 4);

    set_weight(builder, node, shapes[form], state);
    builder->nodes[node].input = (struct shape){inputs[form][1] ? 2 : 1, {inputs[form][0], inputs[form][1]}};
    builder->nodes[node].output = builder->nodes[node].input;
    if (builder->nodes[node].type == NODE_AFFINE)
        set_random(builder, node, "bias", -0.3, 0.3, state);
}

struct sliding {
    enum node_type type;
    struct shape input;
    struct shape output;
    struct shape weight; /* or kernel_size */
    double stride[2];
    double padding[2];
    double dilation[2];
    double groups;
};

/* All forms that turn 6 numbers into 6. */
static const struct sliding slidings[] = {
    {NODE_CONV1D, {2, {2, 3}}, {2, {3, 2}}, {3, {3, 2, 3}}, {2}, {1}, {1}, 1},
    {NODE_CONV1D, {2, {2, 3}}, {2, {3, 2}}, {3, {3, 2, 1}}, {2}, {0}, {1}, 1}, /* the middle element meets nothing */
    {NODE_CONV1D, {2, {2, 3}}, {2, {2, 3}}, {3, {2, 1, 3}}, {1}, {2}, {2}, 2},
    {NODE_CONV1D, {2, {1, 6}}, {2, {2, 3}}, {3, {2, 1, 2}}, {2}, {0}, {1}, 1},
    {NODE_CONV2D, {3, {1, 2, 3}}, {3, {1, 2, 3}}, {4, {1, 1, 3, 1}}, {1, 1}, {1, 0}, {1, 1}, 1},
    {NODE_CONV2D, {3, {2, 1, 3}}, {3, {2, 3, 1}}, {4, {2, 1, 1, 3}}, {1, 2}, {1, 0}, {1, 1}, 2},
    {NODE_CONV2D, {3, {3, 2, 1}}, {3, {3, 2, 1}}, {4, {3, 3, 2, 1}}, {1, 1}, {1, 0}, {2, 1}, 1},
    {NODE_SUM_POOL_2D, {3, {1, 2, 3}}, {3, {1, 2, 3}}, {2, {3, 3}}, {1, 1}, {1, 1}, {0}, 0},
    {NODE_AVERAGE_POOL_2D, {3, {1, 2, 3}}, {3, {1, 2, 3}}, {2, {3, 3}}, {1, 1}, {1, 1}, {0}, 0},
    {NODE_AVERAGE_POOL_2D, {3, {1, 1, 6}}, {3, {1, 2, 3}}, {2, {2, 2}}, {1, 2}, {1, 0}, {0}, 0},
};

static void make_sliding(struct builder *builder, size_t node, const struct sliding *sliding, uint64_t *state)
{
    bool pool = sliding->groups == 0;
    double kernel[] = {(double)sliding->weight.size[0], (double)sliding->weight.size[1]};
    size_t axes = sliding->type == NODE_CONV1D ? 1 : 2;

    builder->nodes[node].input = sliding->input;
    builder->nodes[node].output = sliding->output;
    set(builder, node, "stride", axes, 0, sliding->stride);
    set(builder, node, "padding", axes, 0, sliding->padding);
    if (pool) {
        set(builder, node, "kernel_size", axes, 0, kernel);
        return;
    }
    set(builder, node, "dilation", axes, 0, sliding->dilation);
    set_all(builder, node, "groups", sliding->groups);
    set_weight(builder, node, sliding->weight, state);
    double bias[] = {0.25, -0.125, 0.375};
    set(builder, node, "bias", sliding->output.size[0], 0, bias);
}

static void make_neurons(struct builder *builder, size_t node, uint64_t *state)
{
    static const struct {
        const char *name;
        double low;
        double high;
    } ranges[] = {{"tau", 1, 9},       {"tau_syn", 1, 9},       {"tau_mem", 1, 9},     {"r", 0.5, 1.5},
                  {"w_in", 0.5, 1.5},  {"v_leak", -0.2, 0.4},   {"v_threshold", 0.3, 1}, {"v_reset", -0.2, 0.2},
                  {"threshold", 0, 1}, {"scale", -0.9, 0.9},    {"delay", 0, 4}};

    for (size_t index = 0; index < sizeof ranges / sizeof *ranges; index++)
        for (size_t parameter = 0; parameter < builder->nodes[node].parameter_count; parameter++)
            if (strcmp(builder->nodes[node].parameter[parameter].name, ranges[index].name) == 0)
                set_random(builder, node, ranges[index].name, ranges[index].low, ranges[index].high, state);
}

/* An Affine to one neuron and a Linear back to all. */
static void make_bottleneck(struct builder *builder, const char *name, uint64_t *state)
{
    size_t narrow = add_node(builder, name, NODE_AFFINE, NEURONS, 1);
    size_t wide = add_node(builder, "wide", NODE_LINEAR, 1, NEURONS);

    set_weight(builder, narrow, (struct shape){2, {1, NEURONS}}, state);
    set_weight(builder, wide, (struct shape){2, {NEURONS, 1}}, state);
    set_all(builder, narrow, "bias", 0.5);
    join(builder, narrow, wide);
}

static void make_node(struct builder *builder, uint64_t *state)
{
    static const enum node_type types[] = {
        NODE_LINEAR, NODE_AFFINE, NODE_AFFINE, NODE_SCALE, NODE_FLATTEN, NODE_DELAY,   NODE_DELAY,    NODE_THRESHOLD,
        NODE_I,      NODE_IF,     NODE_LI,     NODE_LIF,   NODE_LIF,     NODE_CUBA_LI, NODE_CUBA_LIF, NODE_OUTPUT};
    size_t kinds = sizeof types / sizeof *types, kind = random_below(state, kinds + 7);
    const struct sliding *sliding = &slidings[random_below(state, sizeof slidings / sizeof *slidings)];
    char name[16];

    snprintf(name, sizeof name, "n%zu", builder->subject.graph.node_count);
    if (kind >= kinds + 5) {
        make_bottleneck(builder, name, state);
        return;
    }
    size_t node = add_node(builder, name, kind < kinds ? types[kind] : sliding->type, NEURONS, NEURONS);
    if (kind >= kinds)
        make_sliding(builder, node, sliding, state);
    else if (types[kind] == NODE_LINEAR || types[kind] == NODE_AFFINE)
        make_dense(builder, node, state);
    else
        make_neurons(builder, node, state);
}

/* One of the first nodes that puts out as many numbers as all; an Input does. */
static size_t choose_source(const struct builder *builder, size_t below, uint64_t *state)
{
    size_t source;

    do {
        source = random_below(state, below);
    } while (builder->nodes[source].output.size[0] == 1 && builder->nodes[source].output.rank == 1);
    return source;
}

/* False where the graph has a cycle without state. */
static bool make_graph(struct builder *builder, uint64_t *state)
{
    size_t inputs = 1 + random_below(state, 2), nodes = inputs + 2 + random_below(state, 9);

    begin(builder);
    for (size_t index = 0; index < inputs; index++)
        add_node(builder, index ? "b" : "a", NODE_INPUT, NEURONS, NEURONS);
    while (builder->subject.graph.node_count < nodes)
        make_node(builder, state);
    nodes = builder->subject.graph.node_count;
    for (size_t index = inputs; index < nodes; index++) {
        if (strcmp(builder->nodes[index].name, "wide") == 0)
            continue;
        for (size_t edge = random_below(state, 8) ? 0 : 1; edge < 1 + random_below(state, 2); edge++)
            join(builder, choose_source(builder, random_below(state, 5) ? index : nodes, state), index);
    }
    return graph_order(&builder->subject.graph, &builder->subject.diagnostics) == 0;
}

static void expect_equal(size_t graph, const char *what, const char *name, size_t count, size_t step,
                         const double *got, const double *want)
{
    for (size_t neuron = 0; neuron < count; neuron++)
        cr_assert(fabs(got[neuron] - want[neuron]) <= 1e-9 * fmax(1, fabs(want[neuron])),
                  "graph %zu, %s of %s, step %zu, neuron %zu: %.17g, not %.17g", graph, what, name, step, neuron,
                  got[neuron], want[neuron]);
}

static void compare_states(size_t graph, const struct network_model *model, const struct float_network *oracle,
                           size_t step)
{
    const struct network *network = model->network;

    for (size_t index = 0; index < network->population_count; index++) {
        const struct population *population = &network->populations[index];
        size_t size = population->size;
        if (size == 1 && population->model == MODEL_THRESHOLD) /* the constant one is none of the graph's */
            continue;
        cr_assert_eq(size, float_network_size(oracle, population->node));
        const double *v = float_network_membrane(oracle, population->node);
        const double *current = float_network_current(oracle, population->node);
        expect_equal(graph, "output", population->name, size, step, network_model_output(model, index),
                     float_network_output(oracle, population->node));
        if (v)
            expect_equal(graph, "v", population->name, size, step, model->v[index], v);
        if (current)
            expect_equal(graph, "current", population->name, size, step, model->current[index], current);
    }
}

static void compare_outputs(size_t graph, struct builder *builder, const struct network_model *model,
                            const struct float_network *oracle, size_t step)
{
    size_t outputs = 0;

    for (size_t node = 0; node < builder->subject.graph.node_count; node++)
        if (builder->nodes[node].type == NODE_OUTPUT)
            expect_equal(graph, "output", builder->nodes[node].name, NEURONS, step,
                         network_model_output(model, model->network->outputs[outputs++].population),
                         float_network_output(oracle, node));
    cr_assert_eq(outputs, model->network->output_count);
}

static void run(size_t graph, struct builder *builder, const struct options *options, uint64_t *state)
{
    struct float_network *oracle;
    struct network_model model;

    lower_graph(&builder->subject, *options);
    cr_assert_eq(builder->subject.status, 0, "graph %zu: %s", graph,
                 builder->subject.diagnostics.messages[builder->subject.diagnostics.count - 1].text);
    cr_assert_eq(float_network_open(&oracle, &builder->subject.graph, options, &builder->subject.diagnostics), 0);
    check_order(&builder->subject.network, "random");
    network_model_open(&model, &builder->subject.network);
    for (size_t step = 0; step < STEPS; step++) {
        double inputs[2][NEURONS];
        const double *pointers[2] = {inputs[0], inputs[1]};
        for (size_t index = 0; index < 2 * NEURONS; index++)
            inputs[index / NEURONS][index % NEURONS] = random_below(state, 2) ? random_unit(state) : 0;
        float_network_step(oracle, pointers);
        network_model_step(&model, pointers);
        compare_states(graph, &model, oracle, step);
        compare_outputs(graph, builder, &model, oracle, step);
    }
    network_model_close(&model);
    float_network_close(oracle);
}

Test(lower_random, equals_the_oracle)
{
    uint64_t state = 20;
    size_t ran = 0, relays = 0, constants = 0, loops = 0, bottlenecks = 0;

    for (size_t graph = 0; graph < GRAPHS; graph++) {
        struct options options = options_default();
        struct builder builder;
        options.dt = 1;
        options.integrator = random_below(&state, 2) ? INTEGRATOR_EXP : INTEGRATOR_EULER;
        options.reset = (enum reset)random_below(&state, 3);
        options.compare = (enum compare)random_below(&state, 2);
        options.recurrent_bias = (enum recurrent_bias)random_below(&state, 2);
        options.cuba_order = (enum cuba_order)random_below(&state, 2);
        if (make_graph(&builder, &state)) {
            run(graph, &builder, &options, &state);
            ran++;
            const struct network *network = &builder.subject.network;
            for (size_t index = 0; index < network->population_count; index++) {
                bool single = network->populations[index].size == 1;
                bottlenecks += single && network->populations[index].model == MODEL_RELAY;
                constants += single && network->populations[index].model == MODEL_THRESHOLD;
                relays += network->populations[index].model == MODEL_RELAY;
            }
            for (size_t edge = 0; edge < builder.subject.graph.edge_count; edge++)
                loops += builder.subject.graph.delayed[edge];
        }
        close_subject(&builder.subject);
    }
    cr_expect(ran > GRAPHS / 2 && relays > 1000 && constants > 100 && loops > 1000 && bottlenecks > 100,
              "%zu graphs, %zu relays, %zu constants, %zu delayed edges, %zu bottlenecks", ran, relays, constants,
              loops, bottlenecks);
}
