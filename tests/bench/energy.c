/* The tables of docs/energy.md: the constants of the energy estimate, and what it gives for published measurements. */
#include "energy.h"

#include <stdio.h>

static const double core_volts = 1.219;

static void print_constants(void)
{
    struct energy_constants constants = energy_constants();

    puts("| constant | value |\n| --- | --- |");
    printf("| static power | %.3f mW |\n", constants.static_mw);
    printf("| clock network and pad, a cycle | %.1f pJ |\n", constants.clock_pj);
    printf("| logic cell, a cycle, quiet | %.4f pJ |\n", constants.quiet_cell_pj);
    printf("| logic cell, a cycle, all of it changing | %.3f pJ |\n", constants.busy_cell_pj);
    printf("| logic cell, a cycle in which the array works (calibrated) | %.3f pJ (%.3f to %.3f) |\n",
           constants.cell_pj.typical, constants.cell_pj.low, constants.cell_pj.high);
    printf("| access to SPRAM, 16 bits | %.1f pJ (half to double) |\n", constants.spram_pj);
    printf("| access to EBR, 16 bits | %.2f pJ (half to double) |\n", constants.ebr_pj);
    printf("| addition to an accumulator | %.1f pJ (half to double) |\n", constants.lane_pj);
    printf("| multiplication in a DSP block | %.1f pJ (%.1f to %.1f by its source; half to double) |\n",
           constants.multiplier_pj.typical, constants.multiplier_pj.low, constants.multiplier_pj.high);
}

static void print_check(const char *what, double estimate_mw, double published_mw)
{
    printf("| %s | %.2f mW | %.2f mW | %+.0f %% |\n", what, estimate_mw, published_mw,
           100 * (estimate_mw / published_mw - 1));
}

static void print_checks(void)
{
    static const struct {
        double clock_mhz;
        double microampere; /* of core and PLL rail */
    } counters[] = {{48, 2184 + 4.1}, {24, 1162 + 4.1}, {6, 388.4 + 4.1}};
    char what[96];

    puts("\n| published | estimate | measured | off by |\n| --- | --- | --- | --- |");
    for (size_t index = 0; index < sizeof counters / sizeof counters[0]; index++) {
        snprintf(what, sizeof what, "counter of 28 cells, internal oscillator, %g MHz", counters[index].clock_mhz);
        print_check(what, energy_idle_mw(28, counters[index].clock_mhz, NULL),
                    1e-3 * core_volts * counters[index].microampere);
    }
    print_check("the same, clock halted", energy_idle_mw(28, 0, NULL), 1e-3 * core_volts * (92.1 + 4.4));
    print_check("SYNtzulu idle, taken as clock halted", energy_idle_mw(3473, 0, NULL), 0.3);
}

/* At which clock the cells and the clock network of a design would take so much power, in MHz. */
static void print_other_part(void)
{
    struct energy_constants constants = energy_constants();
    double cycle = constants.clock_pj + 7612 * constants.cell_pj.typical;

    printf("\nSpiker+ (7612 logic cells of a Xilinx part, 180 mW, no clock published): the cells alone would take 180 "
           "mW at %.0f MHz on an iCE40UP5K, which it does not fit.\n", 1e3 * 180 / cycle);
}

int main(void)
{
    print_constants();
    print_checks();
    print_other_part();
    return 0;
}
