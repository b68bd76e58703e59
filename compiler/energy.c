/* Energy from events (energy.h). Powers are in mW, energies of events in pJ: a mW at a MHz is 1000 pJ a cycle. */
#include "energy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Currents of an iCE40UP5K in microampere, measured by tinyVision.ai (github.com/tinyvision-ai-inc/ice40_power, README
 * at 1af931e): the core's rail, at 1.219 V. */
static const double core_volts = 1.219;
static const double blank_design = 85.6, pll_rail = 4.1;
static const double counter_mhz = 12;
static const double small_counter = 613.5, small_counter_cells = 32; /* external clock, one counter */
static const double large_counter = 641.3, large_counter_cells = 228; /* eight of them */
static const double oscillator_counter = 645, oscillator_counter_cells = 28;
static const double math_in_cells = 996, math_in_cells_cells = 208; /* 8 x 8 bit product of two counters */
static const double math_in_dsp = 882, math_in_dsp_cells = 72;      /* the same with a MAC16 */

/* A 64-bit access to a memory of 8 kB in 45 nm at 0.9 V: M. Horowitz, "Computing's energy problem (and what we can do
 * about it)", ISSCC 2014. */
static const double horowitz_pj = 10, horowitz_kb = 8, horowitz_bits = 64, horowitz_nm = 45, horowitz_volts = 0.9;
static const double process_nm = 40, process_volts = 1.2;

/* 16 bits of adder and 8 of operand change in an addition. */
static const double lane_cells = 24;

/* SYNtzulu (TCSI.2024.3450966 and its README) on the same part. Accesses and operations of a cycle in which it works
 * are those of its description: two cores, each 4 synapses and a neuron a cycle. */
static const double syntzulu_mhz = 24, syntzulu_cells = 3473;
static const struct energy_range syntzulu_mw = {9.5, 12.05, 14.2};
static const struct energy_events syntzulu_cycle = {
    .cycles = 1, .spram = 4, .ebr = 6, .lanes = 8, .multiplications = 2
};

static const double event_factor = 2; /* either way: no source tells what accesses cost on this part */

static double cycle_pj(double microampere)
{
    return microampere * core_volts / counter_mhz;
}

/* An access to kilobytes by 16 bits: with the root of the size; 16 bits cost between a quarter of 64 bits and all of
 * it, taken is the geometric mean. */
static double access_pj(double kilobytes)
{
    double scaled = horowitz_pj * pow(process_volts / horowitz_volts, 2) * process_nm / horowitz_nm;

    return scaled * sqrt(kilobytes / horowitz_kb) * sqrt(16 / horowitz_bits);
}

static double events_pj(const struct energy_constants *constants, const struct energy_events *events)
{
    return events->spram * constants->spram_pj + events->ebr * constants->ebr_pj + events->lanes * constants->lane_pj +
           events->multiplications * constants->multiplier_pj.typical;
}

/* What is left for a cell of SYNtzulu's power; no less than a quiet cell takes. */
static double calibrate(const struct energy_constants *constants, double milliwatts, double factor)
{
    double left = 1e3 * (milliwatts - constants->static_mw) / syntzulu_mhz - constants->clock_pj -
                  factor * events_pj(constants, &syntzulu_cycle);

    return fmax(left / syntzulu_cells, constants->quiet_cell_pj);
}

struct energy_constants energy_constants(void)
{
    double slope = (large_counter - small_counter) / (large_counter_cells - small_counter_cells);
    struct energy_constants constants = {
        .static_mw = 1e-3 * core_volts * (blank_design + pll_rail),
        .clock_pj = cycle_pj(small_counter - small_counter_cells * slope - blank_design),
        .quiet_cell_pj = cycle_pj(slope),
        .busy_cell_pj =
            cycle_pj((math_in_cells - oscillator_counter) / (math_in_cells_cells - oscillator_counter_cells)),
        .spram_pj = access_pj(32),
        .ebr_pj = access_pj(0.5),
    };
    double with_dsp = cycle_pj(math_in_dsp - oscillator_counter), cells = math_in_dsp_cells - oscillator_counter_cells;

    constants.multiplier_pj.low = with_dsp - cells * constants.busy_cell_pj;
    constants.multiplier_pj.high = with_dsp - cells * constants.quiet_cell_pj;
    constants.multiplier_pj.typical = (constants.multiplier_pj.low + constants.multiplier_pj.high) / 2;
    constants.lane_pj = lane_cells * (constants.busy_cell_pj - constants.quiet_cell_pj);
    constants.cell_pj.low = calibrate(&constants, syntzulu_mw.low, event_factor);
    constants.cell_pj.typical = calibrate(&constants, syntzulu_mw.typical, 1);
    constants.cell_pj.high = calibrate(&constants, syntzulu_mw.high, 1 / event_factor);
    return constants;
}

unsigned energy_cells(const struct board *board)
{
    static const struct {
        const char *id;
        unsigned cells;
    } built[] = {
#define BUILT(id, logic_cells) {#id, logic_cells},
#include "built.def"
#undef BUILT
    };

    if (!board || strncmp(board->part, "up5k", 4) != 0)
        return 0;
    for (size_t index = 0; index < sizeof built / sizeof built[0]; index++)
        if (strcmp(built[index].id, board->id) == 0)
            return built[index].cells;
    return 0;
}

/* ---- events of a sample ---- */

/* rtl/loom_weight_memory.v has no select and rtl/loom_lane.v reads in every cycle; the spike memory and the states are
 * read in all cycles but those in which units are walked and no word is scanned (state_read of rtl/loom_core.v). */
struct energy_events energy_waiting(const struct board *board)
{
    return (struct energy_events){
        .cycles = 1,
        .spram = board->word_bits / 16,
        .ebr = board->lanes + board->slots + 1,
    };
}

/* Writes and products of an UPDATE of a slice, in a step: groups of slots neurons. */
static void count_update(struct energy_events *step, const struct image *image, const struct image_slice *slice,
                         const struct board *board)
{
    double wide = ceil((double)slice->neurons / board->slots) * board->slots;
    double states = slice->current_address ? 2 : 1;

    step->ebr += wide; /* accumulators cleared */
    if (slice->state_space == HW_SPACE_STATE)
        step->ebr += wide * states;
    if (image->populations[slice->population].fire)
        step->ebr += ceil((double)slice->neurons / 16);
    step->multiplications += wide * 2 * states; /* leak and gain */
}

/* Words that the scanner reads for the slices of a population, in a step. */
static double scanned_words(const struct image *image, const struct image_projection *projection)
{
    double words = 0;

    for (size_t index = 0; index < image->slice_count; index++)
        if (image->slices[index].population == projection->target)
            words += (double)image->buffers[projection->source].words;
    return words;
}

int energy_count(struct energy_events *events, const struct image *image, const struct prediction *prediction,
                 double cycles)
{
    const struct board *board = board_find(image->board);
    struct cost *cost = cost_open(image);
    struct cost_projection *layouts = calloc(image->projection_count + 1, sizeof *layouts);
    double steps = (double)(prediction->samples * prediction->steps), scanned = 0;
    struct energy_events step = {0};

    *events = (struct energy_events){0};
    if (!board || !cost || !layouts || steps == 0) {
        free(layouts);
        cost_close(cost);
        return -1;
    }
    cost_describe(cost, layouts);
    for (size_t index = 0; index < image->projection_count; index++) {
        const struct image_projection *projection = &image->projections[index];
        double active = (double)prediction->active[projection->source] / steps;

        scanned += scanned_words(image, projection);
        if (projection->graded)
            step.multiplications += active * layouts[index].units * board->slots;
    }
    for (size_t index = 0; index < image->slice_count; index++)
        count_update(&step, image, &image->slices[index], board);
    /* Into the link's buffer, out of it, and into the core. */
    for (size_t input = 0; input < image->input_count; input++)
        step.ebr += 3 * (double)image->buffers[image->inputs[input].population].words;
    double per_sample = (double)prediction->steps, units = (double)prediction->units / (double)prediction->samples;
    double not_walking = fmax(cycles - units, 0) + scanned * per_sample;
    *events = (struct energy_events){
        .cycles = cycles,
        .spram = cycles * board->word_bits / 16,
        .ebr = cycles * board->lanes + units * board->lanes + not_walking * (board->slots + 1) + step.ebr * per_sample,
        .lanes = units * board->lanes,
        .multiplications = step.multiplications * per_sample,
    };
    free(layouts);
    cost_close(cost);
    return 0;
}

/* ---- energy ---- */

static double estimate(const struct energy_constants *constants, const struct energy_events *events, double cells,
                       double clock_mhz, double milliwatts, double factor)
{
    double cell = calibrate(constants, milliwatts, factor);
    double cycle = 1e3 * constants->static_mw / clock_mhz + constants->clock_pj + cells * cell;

    return 1e-6 * (events->cycles * cycle + factor * events_pj(constants, events));
}

/* The extremes over all combinations of the published power and of the factor. */
struct energy_range energy_estimate(const struct energy_events *events, unsigned cells, double clock_mhz)
{
    struct energy_constants constants = energy_constants();
    const double powers[] = {syntzulu_mw.low, syntzulu_mw.typical, syntzulu_mw.high};
    const double factors[] = {1 / event_factor, 1, event_factor};
    struct energy_range range = {INFINITY, 0, 0};

    for (size_t power = 0; power < sizeof powers / sizeof powers[0]; power++) {
        for (size_t factor = 0; factor < sizeof factors / sizeof factors[0]; factor++) {
            double energy = estimate(&constants, events, cells, clock_mhz, powers[power], factors[factor]);

            range.low = fmin(range.low, energy);
            range.high = fmax(range.high, energy);
        }
    }
    range.typical = estimate(&constants, events, cells, clock_mhz, syntzulu_mw.typical, 1);
    return range;
}

double energy_idle_mw(unsigned cells, double clock_mhz, const struct energy_events *cycle)
{
    struct energy_constants constants = energy_constants();
    double memories = cycle ? events_pj(&constants, cycle) : 0;

    return constants.static_mw + 1e-3 * clock_mhz * (constants.clock_pj + cells * constants.quiet_cell_pj + memories);
}
