/* The energy estimate against small cases that were worked out by hand from the published figures (docs/energy.md): the
 * constants, the events of the example network, and the estimate of round numbers of events. */
#include <criterion/criterion.h>

#include "compile.h"
#include "energy.h"
#include "support.h"

#include <stdlib.h>

static void expect_near(double got, double wanted, const char *what)
{
    cr_expect_float_eq(got, wanted, 1e-3 * wanted, "%s is %g, by hand %g", what, got, wanted);
}

/* 12 MHz at 1.219 V: a microampere is 0.101583 pJ a cycle. (641.3 - 613.5) / 196 = 0.141837 uA a cell; 613.5 - 85.6 -
 * 32 of these = 523.361 uA of clock; (996 - 645) / 180 = 1.95 uA a busy cell; (882 - 645) uA are 24.0753 pJ, of which
 * 44 cells take 0.634 to 8.716. A 64-bit access to 8 kB is 10 pJ x (1.2 / 0.9)^2 x 40 / 45 = 15.8025 pJ; 32 kB the
 * double, 0.5 kB a quarter, 16 bits the half. */
Test(energy, constants_are_those_of_the_sources)
{
    struct energy_constants constants = energy_constants();

    expect_near(constants.static_mw, 0.10934, "static power");
    expect_near(constants.clock_pj, 53.1648, "the clock");
    expect_near(constants.quiet_cell_pj, 0.0144082, "a quiet cell");
    expect_near(constants.busy_cell_pj, 0.198088, "a busy cell");
    expect_near(constants.multiplier_pj.low, 15.3594, "a multiplication, low");
    expect_near(constants.multiplier_pj.typical, 19.4003, "a multiplication");
    expect_near(constants.multiplier_pj.high, 23.4413, "a multiplication, high");
    expect_near(constants.spram_pj, 15.8025, "an access to SPRAM");
    expect_near(constants.ebr_pj, 1.97531, "an access to EBR");
    expect_near(constants.lane_pj, 4.40830, "an addition");
    /* SYNtzulu's cycle: 4 x 15.8025 + 6 x 1.97531 + 8 x 4.4083 + 2 x 19.4003 = 149.129 pJ, of 12.05 mW at 24 MHz =
     * 502.083 less 4.556 static and 53.165 clock: 295.234 pJ are left for 3473 cells. */
    expect_near(constants.cell_pj.typical, 0.0850083, "a working cell");
    expect_near(constants.cell_pj.low, 0.0144082, "a working cell, low: twice the events leave less than a quiet one");
    expect_near(constants.cell_pj.high, 0.132272, "a working cell, high");
}

/* 1000 cycles at 30 MHz of 4000 cells: 1000 x (3.64481 + 53.1648 + 4000 x 0.0850083) pJ = 396.843 nJ, and 2000 x
 * 15.8025 + 3000 x 1.97531 + 4000 x 4.4083 + 500 x 19.4003 = 64.864 nJ. */
Test(energy, round_numbers_of_events)
{
    const struct energy_events events = {1000, 2000, 3000, 4000, 500};
    struct energy_range energy = energy_estimate(&events, 4000, 30);

    expect_near(energy.typical, 0.461707, "the estimate");
    expect_near(energy.low, 0.244171, "9.5 mW, events doubled: the cells are quiet ones");
    expect_near(energy.high, 0.618331, "14.2 mW, events halved");
    expect_near(energy_idle_mw(4000, 30, NULL), 3.43328, "waiting, memories at rest");
    expect_near(energy_idle_mw(4000, 0, NULL), 0.10934, "halted");
}

/* 784-128-10 on 8 lanes and 4 slots, two steps of 250 cycles, with 7 spikes of the input and 3 of lif1, which meet 16
 * and 2 units, 118 in all. The weights' four blocks and the eight accumulators are read in each cycle. A step: the
 * scanner reads 49 and 8 words, the host's 49 words are moved three times; 128 and 3 x 4 neurons are updated, each with
 * an accumulator cleared, a v written and two products, and 8 and 1 words of spikes. States and spikes, 5 blocks, are
 * read in the 382 cycles without a unit and for each word scanned. */
Test(energy, events_of_the_example)
{
    struct compile_request request = {
        .path = "examples/mnist/mnist.nir", .options = options_default(), .board = board_find("icebreaker")
    };
    struct diagnostics diagnostics;
    struct arena arena = {0};
    struct image image;
    struct energy_events events;
    uint64_t active[] = {7, 3, 1};
    struct prediction prediction = {
        .samples = 1, .steps = 2, .cycles = 1000, .units = 7 * 16 + 3 * 2, .active = active
    };

    diagnostics_begin(&diagnostics, request.path);
    cr_assert_eq(compile_network(&image, &arena, &request, &diagnostics, &diagnostics), 0);
    cr_assert_eq(energy_count(&events, &image, &prediction, 500), 0);
    cr_expect_eq(events.cycles, 500);
    cr_expect_eq(events.lanes, 118 * 8);
    cr_expect_eq(events.spram, 500 * 4);
    cr_expect_eq(events.ebr, 500 * 8 + 118 * 8 + (382 + 2 * 57) * 5 + 2 * (2 * (128 + 12) + 9 + 3 * 49), "%g",
                 events.ebr);
    cr_expect_eq(events.multiplications, 2 * 2 * (128 + 12));
    diagnostics_free(&diagnostics);
    arena_free(&arena);
}

/* A waiting icebreaker reads 4 blocks of weights, 8 of accumulators, 4 of states and one of spikes: 63.210 and 25.679
 * pJ a cycle, 2.6667 mW at 30 MHz beside the 3.43328 of the cells above. */
Test(energy, memories_are_read_while_the_array_waits)
{
    struct energy_events cycle = energy_waiting(board_find("icebreaker"));

    cr_expect_eq(cycle.spram, 4);
    cr_expect_eq(cycle.ebr, 13);
    expect_near(energy_idle_mw(4000, 30, &cycle), 3.43328 + 2.66667, "waiting");
}

Test(energy, only_boards_that_were_built_have_an_estimate)
{
    cr_expect_gt(energy_cells(board_find("icebreaker")), 1000);
    cr_expect_leq(energy_cells(board_find("icebreaker")), 5280);
    cr_expect_eq(energy_cells(board_find("sim-large")), 0);
    cr_expect_eq(energy_cells(NULL), 0);
}
