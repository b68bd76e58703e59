/* lower() on graphs built by hand, with the projections and coefficients that the equations of docs/architecture.md give
 * on paper. */
#include "lower_subject.h"

enum { NODES = 12, EDGES = 24 };

/* Graphs by hand: nodes in the order in which they are added, vectors alone. */
struct builder {
    struct subject subject;
    struct node nodes[NODES];
    struct edge edges[EDGES];
    bool delayed[EDGES];
    size_t order[NODES];
};

static void begin(struct builder *builder)
{
    memset(builder, 0, sizeof *builder);
    struct graph *graph = &builder->subject.graph;
    *graph = (struct graph){.arena = &builder->subject.arena, .version = "", .nodes = builder->nodes,
                            .edges = builder->edges, .order = builder->order, .delayed = builder->delayed};
    diagnostics_begin(&builder->subject.diagnostics, "hand.nir");
}

static size_t add_node(struct builder *builder, const char *name, enum node_type type, size_t inputs, size_t outputs)
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

static void set(struct builder *builder, size_t node, const char *name, size_t rows, size_t columns,
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

static void set_all(struct builder *builder, size_t node, const char *name, double number)
{
    set(builder, node, name, 1, 0, &number);
}

static size_t add_lif(struct builder *builder, const char *name, size_t neurons, double tau)
{
    size_t node = add_node(builder, name, NODE_LIF, neurons, neurons);

    set_all(builder, node, "tau", tau);
    set_all(builder, node, "r", 3);
    set_all(builder, node, "v_leak", 0.25);
    set_all(builder, node, "v_threshold", 2);
    set_all(builder, node, "v_reset", -0.5);
    return node;
}

static void join(struct builder *builder, size_t source, size_t target)
{
    struct graph *graph = &builder->subject.graph;

    cr_assert(graph->edge_count < EDGES);
    builder->edges[graph->edge_count++] = (struct edge){source, target};
}

static const struct population *population_named(const struct network *network, const char *name)
{
    for (size_t index = 0; index < network->population_count; index++)
        if (strcmp(network->populations[index].name, name) == 0)
            return &network->populations[index];
    cr_assert_fail("no population %s", name);
    return NULL;
}

static void expect_weights(const struct network *network, const char *source, const char *target, size_t count,
                           const double *want)
{
    size_t from = (size_t)(population_named(network, source) - network->populations);
    size_t to = (size_t)(population_named(network, target) - network->populations);
    size_t found = 0;

    for (size_t index = 0; index < network->projection_count; index++) {
        if (network->projections[index].source != from || network->projections[index].target != to)
            continue;
        found++;
        for (size_t at = 0; at < count; at++)
            cr_expect_float_eq(network->projections[index].weight[at], want[at], 1e-12, "%s to %s, %zu: %g, not %g",
                               source, target, at, network->projections[index].weight[at], want[at]);
    }
    cr_expect_eq(found, 1, "%s to %s: %zu projections", source, target, found);
}

static const double weight_2x2[] = {1, -2, 0.5, 4};
static const double bias_2[] = {0.125, -1};

/* Both the edge into and the edge out of the Affine are there twice, and a third path goes through a uniform Scale: per
 * input spike W (2 + 2 + 2 x 5), per step b (1 + 1 + 5). */
Test(lower_graphs, doubled_edges)
{
    struct builder builder;

    begin(&builder);
    size_t input = add_node(&builder, "in", NODE_INPUT, 2, 2), affine = add_node(&builder, "w", NODE_AFFINE, 2, 2);
    size_t scale = add_node(&builder, "s", NODE_SCALE, 2, 2), lif = add_lif(&builder, "lif", 2, 1);
    size_t output = add_node(&builder, "out", NODE_OUTPUT, 2, 2);
    set(&builder, affine, "weight", 2, 2, weight_2x2);
    set(&builder, affine, "bias", 2, 0, bias_2);
    set_all(&builder, scale, "scale", 5);
    join(&builder, input, affine);
    join(&builder, input, affine);
    join(&builder, affine, lif);
    join(&builder, affine, lif);
    join(&builder, affine, scale);
    join(&builder, scale, lif);
    join(&builder, lif, output);
    lower_graph(&builder.subject, options_default());
    cr_assert_eq(builder.subject.status, 0);
    const struct network *network = &builder.subject.network;
    cr_expect_eq(network->population_count, 2);
    cr_expect_eq(network->projection_count, 1);
    expect_weights(network, "in", "lif", 4, (const double[]){14, -28, 7, 56});
    cr_expect_float_eq(population_named(network, "lif")->bias[0], 7 * 0.125, 1e-12);
    cr_expect_float_eq(population_named(network, "lif")->bias[1], -7, 1e-12);
    cr_expect_str_eq(network->outputs[0].name, "out");
    cr_expect_eq(network->outputs[0].population, 1);
    close_subject(&builder.subject);
}

/* Two Inputs share an Affine, which feeds two populations and through one of them the other: biases once for each. */
Test(lower_graphs, shared_affine)
{
    struct builder builder;

    begin(&builder);
    size_t first = add_node(&builder, "x", NODE_INPUT, 2, 2), second = add_node(&builder, "y", NODE_INPUT, 2, 2);
    size_t affine = add_node(&builder, "w", NODE_AFFINE, 2, 2), early = add_lif(&builder, "early", 2, 1);
    size_t late = add_lif(&builder, "late", 2, 1), output = add_node(&builder, "out", NODE_OUTPUT, 2, 2);
    set(&builder, affine, "weight", 2, 2, weight_2x2);
    set(&builder, affine, "bias", 2, 0, bias_2);
    join(&builder, first, affine);
    join(&builder, second, affine);
    join(&builder, affine, early);
    join(&builder, affine, late);
    join(&builder, early, late);
    join(&builder, early, output);
    join(&builder, late, output);
    join(&builder, late, output);
    lower_graph(&builder.subject, options_default());
    cr_assert_eq(builder.subject.status, 0);
    const struct network *network = &builder.subject.network;
    const double identity[] = {1, 0, 0, 1}, twice[] = {2, 0, 0, 2};
    cr_expect_eq(network->projection_count, 7);
    check_order(network, "shared_affine");
    expect_weights(network, "x", "early", 4, weight_2x2);
    expect_weights(network, "y", "early", 4, weight_2x2);
    expect_weights(network, "x", "late", 4, weight_2x2);
    expect_weights(network, "y", "late", 4, weight_2x2);
    expect_weights(network, "early", "late", 4, identity);
    expect_weights(network, "early", "out", 4, identity);
    expect_weights(network, "late", "out", 4, twice);
    cr_expect_eq(population_named(network, "early")->bias[1], -1);
    cr_expect_eq(population_named(network, "late")->bias[1], -1);
    cr_expect_eq(population_named(network, "late")->level, 2);
    cr_expect_eq(population_named(network, "out")->level, 3);
    cr_expect_eq(population_named(network, "out")->model, MODEL_RELAY);
    cr_expect(population_named(network, "out")->graded && !population_named(network, "late")->graded);
    cr_expect_eq(network->input_count, 2);
    close_subject(&builder.subject);
}

/* A Flatten between a population and its Output is no reason for a relay; an Input straight into an Output is. */
Test(lower_graphs, outputs)
{
    struct builder builder;

    begin(&builder);
    size_t input = add_node(&builder, "in", NODE_INPUT, 2, 2), lif = add_lif(&builder, "lif", 2, 1);
    size_t flatten = add_node(&builder, "flat", NODE_FLATTEN, 2, 2);
    size_t spikes = add_node(&builder, "spikes", NODE_OUTPUT, 2, 2),
           echo = add_node(&builder, "echo", NODE_OUTPUT, 2, 2);
    join(&builder, input, lif);
    join(&builder, lif, flatten);
    join(&builder, flatten, spikes);
    join(&builder, input, echo);
    lower_graph(&builder.subject, options_default());
    cr_assert_eq(builder.subject.status, 0);
    const struct network *network = &builder.subject.network;
    cr_expect_eq(network->population_count, 3);
    cr_expect_str_eq(network->populations[network->outputs[0].population].name, "lif");
    cr_expect_str_eq(network->populations[network->outputs[1].population].name, "echo");
    expect_weights(network, "in", "lif", 4, (const double[]){1, 0, 0, 1});
    expect_weights(network, "in", "echo", 4, (const double[]){1, 0, 0, 1});
    cr_expect_eq(population_named(network, "echo")->leak[1], 1);
    cr_expect_eq(population_named(network, "echo")->gain[1], 1);
    close_subject(&builder.subject);
}

/* Input into a LIF (tau 0.02, r 3), an IF (r 7) and an Output. */
static void lower_neurons(struct builder *builder, struct options options)
{
    begin(builder);
    size_t input = add_node(builder, "in", NODE_INPUT, 2, 2), lif = add_lif(builder, "lif", 2, 0.02);
    size_t integrator = add_node(builder, "if", NODE_IF, 2, 2), output = add_node(builder, "out", NODE_OUTPUT, 2, 2);
    set_all(builder, integrator, "r", 7);
    set_all(builder, integrator, "v_threshold", 4);
    set_all(builder, integrator, "v_reset", 0.75);
    join(builder, input, lif);
    join(builder, input, integrator);
    join(builder, lif, output);
    builder->subject.graph.metadata_dt = 0.004;
    lower_graph(&builder->subject, options);
}

static void expect_coefficients(struct options options, double leak, double lif_gain, double if_gain)
{
    struct builder builder;

    lower_neurons(&builder, options);
    cr_assert_eq(builder.subject.status, 0);
    const struct population *lif = population_named(&builder.subject.network, "lif");
    const struct population *integrator = population_named(&builder.subject.network, "if");
    cr_expect_float_eq(lif->leak[1], leak, 1e-12, "%g", lif->leak[1]);
    cr_expect_float_eq(lif->gain[1], lif_gain, 1e-12, "%g", lif->gain[1]);
    cr_expect_float_eq(integrator->gain[1], if_gain, 1e-12, "%g", integrator->gain[1]);
    cr_expect_eq(integrator->leak[1], 0);
    cr_expect_eq(lif->v_leak[1], 0.25);
    cr_expect_eq(lif->threshold[1], 2);
    close_subject(&builder.subject);
}

Test(lower_graphs, coefficients)
{
    struct options options = options_default();

    options.dt = 0.001;
    expect_coefficients(options, 0.05, 0.15, 0.007);
    options.integrator = INTEGRATOR_EXP;
    expect_coefficients(options, 0.048770575499285984, 0.14631172649785795, 0.007); /* 1 - e^-0.05 */
    options.integrator = INTEGRATOR_EULER;
    options.time_unit = 0.1; /* tau 0.002 s */
    expect_coefficients(options, 0.5, 1.5, 0.07);
    options.time_unit = 0; /* tau 0.02 steps would need dt/tau = 50 */
    options.integrator = INTEGRATOR_EXP;
    expect_coefficients(options, 1, 3, 7);
}

Test(lower_graphs, dt)
{
    struct options options = options_default();
    struct builder builder;

    lower_neurons(&builder, options);
    cr_expect_eq(builder.subject.network.options.dt, 0.004);
    cr_expect_float_eq(population_named(&builder.subject.network, "lif")->leak[0], 0.2, 1e-12);
    cr_expect_eq(said(&builder.subject, SEVERITY_NOTE, "0.004", "--dt", NULL), 1);
    builder.subject.graph.metadata_dt = 0;
    lower_graph(&builder.subject, options);
    cr_expect_eq(builder.subject.network.options.dt, 1e-4);
    cr_expect_eq(said(&builder.subject, SEVERITY_NOTE, "0.0001", "--dt", NULL), 1);
    options.dt = 0.002;
    lower_graph(&builder.subject, options);
    cr_expect_eq(builder.subject.network.options.dt, 0.002);
    cr_expect_eq(builder.subject.diagnostics.count, 2);
    close_subject(&builder.subject);
}

Test(lower_graphs, resets)
{
    static const struct {
        enum reset reset;
        double lif;
        double integrator;
        bool subtracts;
    } cases[] = {{RESET_VALUE, -0.5, 0.75, false}, {RESET_ZERO, 0, 0, false}, {RESET_SUBTRACT, -2, -4, true}};

    for (size_t index = 0; index < 3; index++) {
        struct options options = options_default();
        struct builder builder;
        options.reset = cases[index].reset;
        lower_neurons(&builder, options);
        const struct population *lif = population_named(&builder.subject.network, "lif");
        const struct population *integrator = population_named(&builder.subject.network, "if");
        cr_expect_eq(lif->reset[1], cases[index].lif);
        cr_expect_eq(integrator->reset[1], cases[index].integrator);
        cr_expect_eq(lif->reset_subtracts, cases[index].subtracts);
        cr_expect_eq(integrator->reset_subtracts, cases[index].subtracts);
        close_subject(&builder.subject);
    }
}

/* A value that the array does not compute is refused where it changes what a node does, and there alone. */
Test(lower_graphs, refuses_option_values)
{
    static const struct {
        const char *choice;
        unsigned value;
        const char *node; /* NULL: it is all the same to this network */
    } cases[] = {
        {"integrator", INTEGRATOR_EXP_MEMBRANE, NULL}, {"integrator", INTEGRATOR_EXP_DECAY, "/lif"},
        {"integrator", INTEGRATOR_LAVA_DL, "/lif"},    {"reset", RESET_SUBTRACT_LATE, "/lif"},
        {"reset", RESET_SUBTRACT_DOUBLE, "/lif"},      {"recurrent-bias", RECURRENT_BIAS_NEVER, NULL},
        {"cuba-order", CUBA_DECAYED, NULL},            {"spikes", SPIKES_MULTI, "/lif"},
        {"latency", LATENCY_CONNECTION, "/in"},        {"latency", LATENCY_SPIKE, "/lif"},
        {"input-gain", INPUT_GAIN_LEAKY, "/if"},       {"input-gain", INPUT_GAIN_CUBA, "/lif"},
        {"input-gain", INPUT_GAIN_NONE, "/lif"},       {"v-leak", V_LEAK_BOTH, NULL},
        {"v-leak", V_LEAK_BIAS, "/lif"},               {"v-leak", V_LEAK_IGNORED, "/lif"},
        {"membrane-floor", MEMBRANE_FLOOR_THRESHOLD, "/if"},
    };

    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        const struct option_choice *choice = option_choice_find(cases[index].choice);
        const char *word = choice->words[cases[index].value];
        struct options options = options_default();
        struct builder builder;
        option_choice_set(choice, &options, cases[index].value);
        lower_neurons(&builder, options);
        cr_expect_eq(builder.subject.status, cases[index].node ? -1 : 0, "--%s %s", choice->name, word);
        if (cases[index].node)
            cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, cases[index].node, choice->name, word, "use ", NULL), 1,
                         "--%s %s", choice->name, word);
        close_subject(&builder.subject);
    }
}

/* Gains that come to the same are no reason to refuse: dt r of the IF is 1, and so is dt/tau r of the LIF. */
Test(lower_graphs, takes_gains_of_one)
{
    struct options options = options_default();
    struct builder builder;

    options.dt = 0.125;
    options.input_gain = INPUT_GAIN_NONE;
    begin(&builder);
    size_t input = add_node(&builder, "in", NODE_INPUT, 2, 2), lif = add_lif(&builder, "lif", 2, 0.5);
    size_t integrator = add_node(&builder, "if", NODE_IF, 2, 2), output = add_node(&builder, "out", NODE_OUTPUT, 2, 2);
    set_all(&builder, lif, "r", 4);
    set_all(&builder, integrator, "r", 8);
    set_all(&builder, integrator, "v_threshold", 4);
    set_all(&builder, integrator, "v_reset", 0);
    join(&builder, input, lif);
    join(&builder, lif, integrator);
    join(&builder, integrator, output);
    lower_graph(&builder.subject, options);
    cr_assert_eq(builder.subject.status, 0);
    cr_expect_eq(population_named(&builder.subject.network, "lif")->gain[0], 1);
    cr_expect_eq(population_named(&builder.subject.network, "if")->gain[0], 1);
    close_subject(&builder.subject);
}

/* Each node with too short a time constant is told of, by the neuron that has it. */
Test(lower_graphs, refuses_long_steps)
{
    struct options options = options_default();
    struct builder builder;

    begin(&builder);
    size_t input = add_node(&builder, "in", NODE_INPUT, 3, 3), steep = add_lif(&builder, "steep", 3, 1);
    size_t wild = add_lif(&builder, "wild", 3, 0.25), output = add_node(&builder, "out", NODE_OUTPUT, 3, 3);
    set(&builder, steep, "tau", 3, 0, (const double[]){1, 2, 0.75});
    join(&builder, input, steep);
    join(&builder, steep, wild);
    join(&builder, wild, output);
    options.dt = 1;
    lower_graph(&builder.subject, options);
    cr_expect_eq(builder.subject.status, -1);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, NULL), 2);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, "/steep/tau", "neuron 2", "the array needs dt/tau <= 1", NULL),
                 1);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, "/wild/tau", "neuron 0", "unstable", NULL), 1);
    options.integrator = INTEGRATOR_EXP;
    lower_graph(&builder.subject, options);
    cr_expect_eq(builder.subject.status, 0);
    close_subject(&builder.subject);
}

Test(lower_graphs, reports_all_that_it_refuses)
{
    struct builder builder;

    begin(&builder);
    size_t input = add_node(&builder, "in", NODE_INPUT, 2, 2), delay = add_node(&builder, "wait", NODE_DELAY, 2, 2);
    size_t cuba = add_node(&builder, "cuba", NODE_CUBA_LIF, 2, 2),
           output = add_node(&builder, "out", NODE_OUTPUT, 2, 2);
    join(&builder, input, delay);
    join(&builder, delay, cuba);
    join(&builder, cuba, output);
    join(&builder, cuba, delay);
    builder.delayed[3] = true;
    lower_graph(&builder.subject, options_default());
    cr_expect_eq(builder.subject.status, -1);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, NULL), 3);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, "/wait: Delay", NULL), 1);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, "/cuba: CubaLIF", NULL), 1);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, "/wait: the edge from /cuba", "cycle", NULL), 1);
    close_subject(&builder.subject);
}
