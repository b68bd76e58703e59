/* --board auto and any: which boards are chosen among, in which order, and what is said where only an array for
 * simulation holds a network. */
#include "board_choice.h"
#include "data.h"
#include "hand_graph.h"
#include "nirloom_command.h"
#include "write_graph.h"

#include <stdio.h>
#include <stdlib.h>

enum { LARGE_INPUTS = 520 };

static void expect_order(enum board_choice choice, const char *const *names)
{
    const struct board *board = NULL;

    for (size_t index = 0; names[index]; index++) {
        board = board_next(board, choice);
        cr_assert(board, "%s is missing", names[index]);
        cr_expect_str_eq(board->name, names[index]);
    }
    if (choice == BOARD_AUTO)
        cr_expect_null(board_next(board, choice));
}

/* By hand from rtl/boards.def: all three have 8 lanes, the iCE40HX8K has the least memory. */
Test(board_choice, smaller_arrays_come_first)
{
    expect_order(BOARD_AUTO, (const char *const[]){"hx8k-b-evn", "icebreaker", "upduino3", NULL});
    expect_order(BOARD_ANY,
                 (const char *const[]){"hx8k-b-evn", "sim-small", "icebreaker", "upduino3", "sim-sixteen", NULL});
    expect_order(BOARD_SIMULATED, (const char *const[]){"sim-small", "sim-sixteen", NULL});
}

Test(board_choice, every_board_is_reached_once)
{
    size_t boards = 0, reached = 0;

    while (board_at((unsigned)boards))
        boards++;
    for (const struct board *board = board_next(NULL, BOARD_ANY); board && reached <= boards;
         board = board_next(board, BOARD_ANY))
        reached++;
    cr_expect_eq(reached, boards);
}

static void expect_board(const char *network, const char *choice, const char *wanted)
{
    struct json_object *object =
        nirloom_json("compile '%s' -o '%s' --json --board %s", network, temporary_path("chosen.loom"), choice);

    cr_expect_str_eq(json_text(object, "board"), wanted, "%s of %s: %s", choice, network, json_text(object, "board"));
    json_object_put(object);
}

/* 100,352 weights of a byte are more than the 8 KiB of the iCE40HX8K, and fit the 128 KiB of the others. */
Test(board_choice, the_smallest_that_holds_it)
{
    expect_board("examples/mnist/mnist.nir", "auto", "icebreaker");
    expect_board("examples/mnist/mnist.nir", "any", "sim-small");
    expect_board("tests/micro/lif.nir", "auto", "hx8k-b-evn");
    expect_board("tests/micro/lif.nir", "any", "hx8k-b-evn");
}

/* Linear of 512 x 520 into IF. 8-bit weights are more than the 256 KiB of sim-quad, 4-bit weights more than the 128 KiB
 * of boards. Of the arrays with more, sim-large comes first in rtl/boards.def, and sim-scale-1 has the fewest lanes. */
static const char *write_large(void)
{
    enum { SIDE = 512, INPUTS = LARGE_INPUTS };
    static double weights[SIDE * INPUTS];
    const char *path = temporary_path("large.nir");
    struct builder builder;
    uint64_t state = 3;

    begin(&builder);
    size_t input = add_node(&builder, "in", NODE_INPUT, INPUTS, INPUTS);
    size_t linear = add_node(&builder, "w", NODE_LINEAR, INPUTS, SIDE);
    size_t fire = add_node(&builder, "n", NODE_IF, SIDE, SIDE);
    size_t output = add_node(&builder, "out", NODE_OUTPUT, SIDE, SIDE);
    for (size_t index = 0; index < SIDE * INPUTS; index++)
        weights[index] = random_unit(&state) - 0.5;
    set_all(&builder, input, "shape", INPUTS);
    set_all(&builder, output, "shape", SIDE);
    set(&builder, linear, "weight", SIDE, INPUTS, weights);
    set_all(&builder, fire, "r", 1e4);
    set_all(&builder, fire, "v_threshold", 4);
    join(&builder, input, linear);
    join(&builder, linear, fire);
    join(&builder, fire, output);
    cr_assert_eq(write_graph(&builder.subject.graph, path, 0), 0);
    close_subject(&builder.subject);
    return path;
}

static void expect_refused(const char *network, const char *options, const char *wanted)
{
    char *said = nirloom_output(1, "compile '%s' -o '%s' %s 2>&1", network, temporary_path("none.loom"), options);

    cr_expect(strstr(said, wanted), "%s: said\n%s\nwanted\n%s", options, said, wanted);
    free(said);
}

Test(board_choice, a_simulated_array_is_said_to_hold_it)
{
    char network[256];

    snprintf(network, sizeof network, "%s", write_large());
    expect_refused(network, "--board auto",
                   "no board that a bitstream can be made for holds it; sim-scale-1, an array for simulation alone, "
                   "does: --board any");
    expect_refused(network, "--board icebreaker", "it fits --board sim-large, an array for simulation alone");
    expect_board(network, "any", "sim-scale-1");
}

static const char *write_samples(size_t samples)
{
    const char *path = temporary_path("samples.h5");
    struct data data = {.samples = samples, .steps = 4, .dt = 1e-4};
    struct data_series *series = data_add(&data, "in", "spikes", LARGE_INPUTS, true);
    struct diagnostics diagnostics;
    uint64_t state = 9;

    for (size_t element = 0; element < samples * 4 * LARGE_INPUTS; element++)
        series->spikes[element] = random_unit(&state) < 0.1;
    diagnostics_begin(&diagnostics, path);
    cr_assert_eq(data_write(&data, path, &diagnostics), 0);
    diagnostics_free(&diagnostics);
    data_free(&data);
    return path;
}

Test(board_choice, a_search_says_it_too, .timeout = 60)
{
    char network[256], options[512];

    snprintf(network, sizeof network, "%s", write_large());
    snprintf(options, sizeof options, "--bits auto --trials 2 --max-loss 100 --calibrate '%s' --board auto",
             write_samples(102));
    expect_refused(network, options, "; sim-scale-1, an array for simulation alone, holds it: --board any");
}
