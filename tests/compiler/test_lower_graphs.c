/* lower() on graphs built by hand, with the projections and coefficients that the equations of docs/architecture.md
 * give on paper. */
#include "hand_graph.h"

/* The dense matrix (targets, sources) of the only projection with that delay, 0 where there is no synapse. */
static void expect_delayed(const struct network *network, const char *source, const char *target, size_t delay,
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

static void expect_weights(const struct network *network, const char *source, const char *target, double gain,
                           const double *want)
{
    expect_delayed(network, source, target, 0, gain, want);
}

/* dt/tau r of add_lif() with tau 1, at the default dt. */
#define LIF_GAIN 3e-4

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
    expect_weights(network, "in", "lif", LIF_GAIN, (const double[]){14, -28, 7, 56});
    cr_expect_float_eq(population_named(network, "lif")->bias[0], LIF_GAIN * 7 * 0.125, 1e-12);
    cr_expect_float_eq(population_named(network, "lif")->bias[1], LIF_GAIN * -7, 1e-12);
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
    expect_weights(network, "x", "early", LIF_GAIN, weight_2x2);
    expect_weights(network, "y", "early", LIF_GAIN, weight_2x2);
    expect_weights(network, "x", "late", LIF_GAIN, weight_2x2);
    expect_weights(network, "y", "late", LIF_GAIN, weight_2x2);
    expect_weights(network, "early", "late", LIF_GAIN, identity);
    expect_weights(network, "early", "out", 1, identity);
    expect_weights(network, "late", "out", 1, twice);
    cr_expect_float_eq(population_named(network, "early")->bias[1], -LIF_GAIN, 1e-15);
    cr_expect_float_eq(population_named(network, "late")->bias[1], -LIF_GAIN, 1e-15);
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
    expect_weights(network, "in", "lif", LIF_GAIN, (const double[]){1, 0, 0, 1});
    expect_weights(network, "in", "echo", 1, (const double[]){1, 0, 0, 1});
    cr_expect_eq(population_named(network, "echo")->leak[1], 1);
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
    const double identity[] = {1, 0, 0, 1};

    lower_neurons(&builder, options);
    cr_assert_eq(builder.subject.status, 0);
    const struct population *lif = population_named(&builder.subject.network, "lif");
    const struct population *integrator = population_named(&builder.subject.network, "if");
    cr_expect_float_eq(lif->leak[1], leak, 1e-12, "%g", lif->leak[1]);
    cr_expect_float_eq(lif->drift[1], leak * 0.25, 1e-12, "%g", lif->drift[1]);
    expect_weights(&builder.subject.network, "in", "lif", lif_gain, identity);
    expect_weights(&builder.subject.network, "in", "if", if_gain, identity);
    cr_expect_eq(integrator->leak[1], 0);
    cr_expect_eq(integrator->drift[1], 0);
    cr_expect_eq(lif->threshold[1], 2);
    cr_expect_null(lif->current_leak);
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

/* What is wrong with several nodes and options is said at once. */
Test(lower_graphs, reports_all_that_it_refuses)
{
    struct options options = options_default();
    struct builder builder;

    begin(&builder);
    size_t input = add_node(&builder, "in", NODE_INPUT, 2, 2), early = add_node(&builder, "early", NODE_DELAY, 2, 2);
    size_t late = add_node(&builder, "late", NODE_DELAY, 2, 2), output = add_node(&builder, "out", NODE_OUTPUT, 2, 2);
    set(&builder, early, "delay", 2, 0, (const double[]){0.5, -1});
    set(&builder, late, "delay", 2, 0, (const double[]){4000, 4001});
    join(&builder, input, early);
    join(&builder, early, late);
    join(&builder, late, output);
    options.dt = 1;
    lower_graph(&builder.subject, options);
    cr_expect_eq(builder.subject.status, -1);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, NULL), 2);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, "/early/delay", "neuron 1", "-1 steps", "0 to 4000", NULL), 1);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, "/late/delay", "neuron 1", "4001 steps", "0 to 4000", NULL), 1);
    options.integrator = (enum integrator)9;
    options.reset = (enum reset)9;
    lower_graph(&builder.subject, options);
    cr_expect_eq(builder.subject.status, -1);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, "--integrator", "--device float", NULL), 1);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, "--reset", "--device float", NULL), 1);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, NULL), 4);
    close_subject(&builder.subject);
}

/* Two delays of 2500 steps each are allowed, one after the other they are too long. */
Test(lower_graphs, refuses_long_ways)
{
    struct options options = options_default();
    struct builder builder;

    begin(&builder);
    size_t input = add_node(&builder, "in", NODE_INPUT, 2, 2), early = add_node(&builder, "early", NODE_DELAY, 2, 2);
    size_t late = add_node(&builder, "late", NODE_DELAY, 2, 2), output = add_node(&builder, "out", NODE_OUTPUT, 2, 2);
    set_all(&builder, early, "delay", 2500);
    set_all(&builder, late, "delay", 2500);
    join(&builder, input, early);
    join(&builder, early, output);
    join(&builder, input, late);
    join(&builder, late, output);
    options.dt = 1;
    lower_graph(&builder.subject, options);
    cr_assert_eq(builder.subject.status, 0);
    expect_delayed(&builder.subject.network, "in", "out", 2500, 2, (const double[]){1, 0, 0, 1});
    cr_expect_eq(network_history(&builder.subject.network, 0), 2500);
    join(&builder, early, late);
    lower_graph(&builder.subject, options);
    cr_expect_eq(builder.subject.status, -1);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, "/out", "more than 4000 steps", NULL), 1);
    close_subject(&builder.subject);
}

/* in -> w -> delay (1, 3) -> lif, and in -> w -> lif: two delays and a bias, which acts at once on one way and, neuron
 * by neuron, 1 and 3 steps later on the other. */
Test(lower_graphs, delays)
{
    struct options options = options_default();
    struct builder builder;

    begin(&builder);
    size_t input = add_node(&builder, "in", NODE_INPUT, 2, 2), affine = add_node(&builder, "w", NODE_AFFINE, 2, 2);
    size_t delay = add_node(&builder, "late", NODE_DELAY, 2, 2), lif = add_lif(&builder, "lif", 2, 1);
    set(&builder, affine, "weight", 2, 2, weight_2x2);
    set(&builder, affine, "bias", 2, 0, bias_2);
    set(&builder, delay, "delay", 2, 0, (const double[]){0.26, 0.75});
    join(&builder, input, affine);
    join(&builder, affine, delay);
    join(&builder, delay, lif);
    join(&builder, affine, lif);
    options.dt = 0.25; /* dt/tau r = 0.75 */
    lower_graph(&builder.subject, options);
    cr_assert_eq(builder.subject.status, 0);
    const struct network *network = &builder.subject.network;
    cr_expect_eq(network->projection_count, 5);
    expect_delayed(network, "in", "lif", 0, 0.75, weight_2x2);
    expect_delayed(network, "in", "lif", 1, 0.75, (const double[]){1, -2, 0, 0});
    expect_delayed(network, "in", "lif", 3, 0.75, (const double[]){0, 0, 0.5, 4});
    expect_delayed(network, "w/bias", "lif", 1, 0.75, (const double[]){0.125, 0});
    expect_delayed(network, "w/bias", "lif", 3, 0.75, (const double[]){0, -1});
    cr_expect_eq(population_named(network, "lif")->bias[1], -0.75);
    const struct population *constant = population_named(network, "w/bias");
    cr_expect_eq(constant->model, MODEL_THRESHOLD);
    cr_expect(constant->threshold[0] < 0 && constant->bias[0] == 0 && constant->leak[0] == 1);
    cr_expect_eq(network_history(network, 0), 3);
    close_subject(&builder.subject);
}

/* lif -> w -> lif: the bias of w acts at once, or from step 1 on. */
Test(lower_graphs, recurrence)
{
    for (int next = 0; next <= 1; next++) {
        struct options options = options_default();
        struct builder builder;
        begin(&builder);
        size_t input = add_node(&builder, "in", NODE_INPUT, 2, 2), lif = add_lif(&builder, "lif", 2, 1);
        size_t affine = add_node(&builder, "w", NODE_AFFINE, 2, 2);
        size_t output = add_node(&builder, "out", NODE_OUTPUT, 2, 2);
        set(&builder, affine, "weight", 2, 2, weight_2x2);
        set(&builder, affine, "bias", 2, 0, bias_2);
        join(&builder, input, lif);
        join(&builder, lif, affine);
        join(&builder, affine, lif);
        join(&builder, lif, output);
        cr_assert_eq(graph_order(&builder.subject.graph, &builder.subject.diagnostics), 0);
        options.recurrent_bias = next ? RECURRENT_BIAS_NEXT : RECURRENT_BIAS_NOW;
        lower_graph(&builder.subject, options);
        cr_assert_eq(builder.subject.status, 0);
        const struct network *network = &builder.subject.network;
        expect_delayed(network, "lif", "lif", 1, LIF_GAIN, weight_2x2);
        cr_expect_eq(network->projection_count, next ? 3 : 2);
        cr_expect_float_eq(population_named(network, "lif")->bias[1], next ? 0 : -LIF_GAIN, 1e-15);
        cr_expect_eq(population_named(network, "lif")->level, 1);
        if (next)
            expect_delayed(network, "w/bias", "lif", 1, LIF_GAIN, bias_2);
        close_subject(&builder.subject);
    }
}

/* A cycle through a Delay alone is kept in a relay: y(t) = x(t - 2) + 0.5 y(t - 3). */
Test(lower_graphs, delay_in_a_cycle)
{
    struct options options = options_default();
    struct builder builder;

    begin(&builder);
    size_t input = add_node(&builder, "in", NODE_INPUT, 2, 2), delay = add_node(&builder, "line", NODE_DELAY, 2, 2);
    size_t scale = add_node(&builder, "half", NODE_SCALE, 2, 2), output = add_node(&builder, "out", NODE_OUTPUT, 2, 2);
    set_all(&builder, delay, "delay", 2);
    set_all(&builder, scale, "scale", 0.5);
    join(&builder, input, delay);
    join(&builder, delay, scale);
    join(&builder, scale, delay);
    join(&builder, delay, output);
    cr_assert_eq(graph_order(&builder.subject.graph, &builder.subject.diagnostics), 0);
    options.dt = 1;
    lower_graph(&builder.subject, options);
    cr_assert_eq(builder.subject.status, 0);
    const struct network *network = &builder.subject.network;
    const double identity[] = {1, 0, 0, 1};
    cr_expect_eq(population_named(network, "line")->model, MODEL_RELAY);
    cr_expect_eq(network->projection_count, 3);
    expect_delayed(network, "in", "line", 2, 1, identity);
    expect_delayed(network, "line", "line", 3, 0.5, identity);
    expect_delayed(network, "line", "out", 0, 1, identity);
    close_subject(&builder.subject);
}

/* dt/tau_syn w_in = 0.25 x 8, dt/tau_mem r = 0.125 x 5. */
Test(lower_graphs, currents)
{
    struct options options = options_default();
    struct builder builder;

    begin(&builder);
    size_t input = add_node(&builder, "in", NODE_INPUT, 2, 2), cuba = add_node(&builder, "cuba", NODE_CUBA_LIF, 2, 2);
    size_t fast = add_node(&builder, "fast", NODE_CUBA_LI, 2, 2);
    static const char *const names[] = {"tau_syn", "tau_mem", "r", "v_leak", "w_in"};
    static const double numbers[] = {4, 8, 5, 0.5, 8};
    for (size_t index = 0; index < 5; index++) {
        set_all(&builder, cuba, names[index], numbers[index]);
        set_all(&builder, fast, names[index], numbers[index]);
    }
    set_all(&builder, cuba, "v_threshold", 2);
    set_all(&builder, cuba, "v_reset", 1);
    join(&builder, input, cuba);
    join(&builder, cuba, fast);
    options.dt = 1;
    lower_graph(&builder.subject, options);
    cr_assert_eq(builder.subject.status, 0);
    const struct network *network = &builder.subject.network;
    const struct population *population = population_named(network, "cuba");
    cr_expect_eq(population->current_leak[1], 0.25);
    cr_expect_eq(population->current_gain[1], 0.625);
    cr_expect_eq(population->leak[1], 0.125);
    cr_expect_eq(population->drift[1], 0.0625);
    expect_weights(network, "in", "cuba", 2, (const double[]){1, 0, 0, 1});
    cr_expect(!population->graded && population_named(network, "fast")->graded);
    set_all(&builder, fast, "tau_syn", 0.5);
    set_all(&builder, cuba, "tau_mem", 0.8);
    lower_graph(&builder.subject, options);
    cr_expect_eq(builder.subject.status, -1);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, "/fast/tau_syn", "dt/tau_syn = 2", NULL), 1);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, "/cuba/tau_mem", "dt/tau_mem = 1.25", NULL), 1);
    close_subject(&builder.subject);
}

/* in (neurons) -> first -> second -> lif (neurons), with between outputs of first. */
static void lower_chain(struct builder *builder, size_t neurons, size_t between)
{
    double numbers[64];

    begin(builder);
    size_t input = add_node(builder, "in", NODE_INPUT, neurons, neurons);
    size_t first = add_node(builder, "first", NODE_AFFINE, neurons, between);
    size_t second = add_node(builder, "second", NODE_LINEAR, between, neurons);
    size_t lif = add_lif(builder, "lif", neurons, 1);
    for (size_t index = 0; index < 64; index++)
        numbers[index] = (double)index;
    set(builder, first, "weight", between, neurons, numbers);
    set(builder, first, "bias", between, 0, numbers + 3);
    set(builder, second, "weight", neurons, between, numbers);
    join(builder, input, first);
    join(builder, first, second);
    join(builder, second, lif);
    lower_graph(&builder->subject, options_default());
    cr_assert_eq(builder->subject.status, 0);
}

/* 5 x 5 against 2 x 5 x 1: a relay; 4 x 4 against 2 x 4 x 1 is just twice: none. */
Test(lower_graphs, bottlenecks)
{
    struct builder builder;
    const double column[] = {0, 1, 2, 3, 4};

    lower_chain(&builder, 5, 1);
    const struct network *network = &builder.subject.network;
    const struct population *relay = population_named(network, "first");
    cr_expect_eq(network->population_count, 3);
    cr_expect(relay->model == MODEL_RELAY && relay->graded && relay->size == 1 && relay->level == 1);
    cr_expect_eq(relay->bias[0], 3);
    cr_expect_eq(population_named(network, "lif")->bias[1], 0);
    expect_weights(network, "in", "first", 1, column);
    expect_weights(network, "first", "lif", LIF_GAIN, column);
    close_subject(&builder.subject);
    lower_chain(&builder, 4, 1);
    network = &builder.subject.network;
    cr_expect_eq(network->population_count, 2);
    cr_expect_float_eq(population_named(network, "lif")->bias[2], LIF_GAIN * 6, 1e-15);
    expect_weights(network, "in", "lif", LIF_GAIN, (const double[]){0, 0, 0, 0, 0, 1, 2, 3, 0, 2, 4, 6, 0, 3, 6, 9});
    close_subject(&builder.subject);
}

/* An Output that shows a population may feed others in its place. */
Test(lower_graphs, output_in_the_middle)
{
    struct builder builder;

    begin(&builder);
    size_t input = add_node(&builder, "in", NODE_INPUT, 2, 2), lif = add_lif(&builder, "lif", 2, 1);
    size_t output = add_node(&builder, "out", NODE_OUTPUT, 2, 2), late = add_lif(&builder, "late", 2, 1);
    join(&builder, input, lif);
    join(&builder, lif, output);
    join(&builder, output, late);
    join(&builder, lif, late);
    lower_graph(&builder.subject, options_default());
    cr_assert_eq(builder.subject.status, 0);
    const struct network *network = &builder.subject.network;
    cr_expect_eq(network->population_count, 3);
    expect_weights(network, "lif", "late", LIF_GAIN, (const double[]){2, 0, 0, 2});
    cr_expect_str_eq(network->populations[network->outputs[0].population].name, "lif");
    close_subject(&builder.subject);
}

/* A Conv2d of 3 x 3 with padding 1 on 2 channels of 8 x 8: a pattern for each channel and kind of place (first, inner,
 * last, in both directions), and no more. An AvgPool2d of 2 x 2: one. */
Test(lower_graphs, patterns)
{
    struct builder builder;
    double numbers[3 * 2 * 9];

    begin(&builder);
    size_t input = add_node(&builder, "in", NODE_INPUT, 128, 128);
    size_t convolution = add_node(&builder, "conv", NODE_CONV2D, 128, 192), lif = add_lif(&builder, "lif", 192, 1);
    size_t pool = add_node(&builder, "pool", NODE_AVERAGE_POOL_2D, 192, 48), late = add_lif(&builder, "late", 48, 1);
    builder.nodes[convolution].input = (struct shape){.rank = 3, .size = {2, 8, 8}};
    builder.nodes[convolution].output = builder.nodes[pool].input = (struct shape){.rank = 3, .size = {3, 8, 8}};
    builder.nodes[pool].output = (struct shape){.rank = 3, .size = {3, 4, 4}};
    for (size_t index = 0; index < 54; index++)
        numbers[index] = (double)(index + 1);
    set(&builder, convolution, "weight", 54, 0, numbers);
    builder.nodes[convolution].parameter[1].tensor = (struct tensor){
        .rank = 4, .size = {3, 2, 3, 3}, .count = 54, .data = builder.nodes[convolution].parameter[1].tensor.data};
    set_all(&builder, convolution, "stride", 1);
    set_all(&builder, convolution, "padding", 1);
    set_all(&builder, convolution, "dilation", 1);
    set_all(&builder, convolution, "groups", 1);
    set(&builder, convolution, "bias", 3, 0, (const double[]){1, 0, 2});
    set_all(&builder, pool, "kernel_size", 2);
    set_all(&builder, pool, "stride", 2);
    set_all(&builder, pool, "padding", 0);
    join(&builder, input, convolution);
    join(&builder, convolution, lif);
    join(&builder, lif, pool);
    join(&builder, pool, late);
    lower_graph(&builder.subject, options_default());
    cr_assert_eq(builder.subject.status, 0, "%s", builder.subject.diagnostics.messages[0].text);
    const struct network *network = &builder.subject.network;
    cr_assert_eq(network->projection_count, 2);
    const struct linear_map *map = &network->projections[0].map;
    cr_expect_eq(map->pattern_count, 2 * 9);
    cr_expect_eq(linear_map_entries(map), 2 * 3 * (4 * 4 + 4 * 6 + 9));
    cr_expect_float_eq(population_named(network, "lif")->bias[191], 2 * LIF_GAIN, 1e-15);
    /* Channel 1, row 3, column 5 meets channel 0, row 2, column 4 first, with the kernel's last place. */
    size_t neuron = 64 + 3 * 8 + 5, first = map->first[map->pattern[neuron]];
    cr_expect_eq(map->offset[neuron], 2 * 8 + 4);
    cr_expect_eq(map->target[first + 4], 8 + 1);
    cr_expect_eq(map->target[first + 9], 64);
    cr_expect_float_eq(network->projections[0].weight[first], LIF_GAIN * numbers[9 + 8], 1e-15);
    cr_expect_float_eq(network->projections[0].weight[first + 5], LIF_GAIN * numbers[9 + 3], 1e-15);
    cr_expect_float_eq(network->projections[0].weight[first + 9], LIF_GAIN * numbers[27 + 8], 1e-15);
    map = &network->projections[1].map;
    cr_expect_eq(map->pattern_count, 1);
    cr_expect_eq(linear_map_entries(map), 1);
    cr_expect_eq(map->offset[64 + 3 * 8 + 5], 16 + 1 * 4 + 2);
    cr_expect_float_eq(network->projections[1].weight[0], LIF_GAIN / 4, 1e-15);
    close_subject(&builder.subject);
}
