/* lower() on graphs built by hand: the coefficients of populations, on paper, and what is refused. */
#include "hand_graph.h"

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

Test(lower_populations, coefficients)
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

Test(lower_populations, dt)
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

Test(lower_populations, resets)
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

Test(lower_populations, refuses_long_steps)
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

Test(lower_populations, reports_all_that_it_refuses)
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
    close_subject(&builder.subject);
}

Test(lower_populations, refuses_edges_that_do_not_fit)
{
    struct builder builder;

    begin(&builder);
    size_t input = add_node(&builder, "in", NODE_INPUT, 3, 3), lif = add_lif(&builder, "lif", 2, 1);
    size_t odd = add_lif(&builder, "odd", 2, 1), none = add_node(&builder, "none", NODE_SCALE, 0, 0);
    builder.nodes[odd].input.size[0] = 3;
    set_all(&builder, none, "scale", 1);
    join(&builder, input, lif);
    join(&builder, lif, add_node(&builder, "in2", NODE_INPUT, 2, 2));
    lower_graph(&builder.subject, options_default());
    cr_expect_eq(builder.subject.status, -1);
    cr_expect_eq(builder.subject.network.population_count, 0);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, "/lif", "takes 2 numbers", "/in sends 3", NULL), 1);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, "/in2: Input takes 0 numbers", "/lif sends 2", NULL), 1);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, "/odd", "3 inputs for 2 neurons", NULL), 1);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, "/none", "has no neurons", NULL), 1);
    cr_expect_eq(said(&builder.subject, SEVERITY_ERROR, NULL), 4);
    close_subject(&builder.subject);
}

Test(lower_populations, refuses_long_ways)
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

Test(lower_populations, currents)
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

/* A value that the array does not compute is refused where it changes what a node does, and there alone. */
Test(lower_populations, refuses_option_values)
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
Test(lower_populations, takes_gains_of_one)
{
    struct options options = options_default();
    struct builder builder;
    const double identity[] = {1, 0, 0, 1};

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
    expect_weights(&builder.subject.network, "in", "lif", 1, identity);
    expect_weights(&builder.subject.network, "lif", "if", 1, identity);
    close_subject(&builder.subject);
}
