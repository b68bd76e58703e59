/* lower() on graphs built by hand, with the projections and coefficients that the equations of docs/architecture.md
 * give on paper. */
#include "hand_graph.h"

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

/* Each node with too short a time constant is told of, by the neuron that has it. */
/* What is wrong with several nodes and options is said at once. */
/* Edges between nodes of other sizes, and into an Input, would be read out of bounds. */
/* Two delays of 2500 steps each are allowed, one after the other they are too long. */
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

/* lif -> first -> second -> lif: what feeds the bottleneck stands behind it in the order, over a cut edge. */
Test(lower_graphs, recurrent_bottleneck)
{
    struct builder builder;
    double numbers[16];
    const double row[] = {0, 1, 2, 3, 4, 5, 6};

    begin(&builder);
    size_t input = add_node(&builder, "in", NODE_INPUT, 7, 7), first = add_node(&builder, "first", NODE_LINEAR, 7, 1);
    size_t second = add_node(&builder, "second", NODE_LINEAR, 1, 7), lif = add_lif(&builder, "lif", 7, 1);
    for (size_t index = 0; index < 16; index++)
        numbers[index] = (double)index;
    set(&builder, first, "weight", 1, 7, numbers);
    set(&builder, second, "weight", 7, 1, numbers);
    join(&builder, input, lif);
    join(&builder, first, second);
    join(&builder, second, lif);
    join(&builder, lif, first);
    cr_assert_eq(graph_order(&builder.subject.graph, &builder.subject.diagnostics), 0);
    lower_graph(&builder.subject, options_default());
    cr_assert_eq(builder.subject.status, 0);
    const struct network *network = &builder.subject.network;
    cr_expect_eq(network->projection_count, 3);
    expect_delayed(network, "lif", "first", 1, 1, row);
    expect_weights(network, "first", "lif", LIF_GAIN, row);
    cr_expect_eq(population_named(network, "lif")->level, 2);
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
