/* An estimate of what a sample costs in energy on an iCE40UP5K, from counted events. It is an estimate and no
 * measurement: docs/energy.md has the source of every constant, what is assumed, and what the estimate was checked
 * with.
 *
 *     energy = static power x time + cycles x (clock network + logic cells x cell)
 *            + accesses to SPRAM and EBR, additions of lanes, multiplications, each times its own energy
 *
 * The energy of a cell in a working cycle is the one calibrated constant: what is left of the power that SYNtzulu was
 * published with. */
#ifndef NIRLOOM_ENERGY_H
#define NIRLOOM_ENERGY_H

#include "hardware.h"
#include "image.h"
#include "predict.h"

/* What happens while a design works: of a sample, or of a cycle. */
struct energy_events {
    double cycles;
    double spram;           /* accesses to a block of 16K x 16 bits, reads (wanted or not) and writes */
    double ebr;             /* the same of 256 x 16 bits */
    double lanes;           /* additions to an accumulator */
    double multiplications;
};

/* What is known of a constant, or of an estimate. */
struct energy_range {
    double low;
    double typical;
    double high;
};

struct energy_constants {
    double static_mw;
    double clock_pj;                     /* a cycle: clock network and pad, of a design of any size */
    double quiet_cell_pj;                /* a logic cell and cycle in which hardly anything changes */
    double busy_cell_pj;                 /* the same where all of it changes */
    struct energy_range multiplier_pj;   /* a multiplication */
    double spram_pj;                     /* an access; within a factor of energy_event_factor */
    double ebr_pj;
    double lane_pj;                      /* an addition of 16 bits */
    struct energy_range cell_pj;         /* a logic cell and cycle in which the array works: calibrated */
};

struct energy_constants energy_constants(void);

/* Logic cells of the board's design as it was built last; 0 where the board has no iCE40UP5K or was not built. */
unsigned energy_cells(const struct board *board);

/* What a core's memories do in a cycle in which the array waits. */
struct energy_events energy_waiting(const struct board *board);

/* Events of a sample of so many cycles, otherwise on average over those of prediction, as the cost model counts units.
 * Every population is taken to be updated in every step. 0, or -1 if memory is short. */
int energy_count(struct energy_events *events, const struct image *image, const struct prediction *prediction,
                 double cycles);

/* Microjoules that so many events take on a design of so many cells at that clock. */
struct energy_range energy_estimate(const struct energy_events *events, unsigned cells, double clock_mhz);

/* Milliwatts of a design of so many cells whose clock runs while it waits for input, its memories doing in a cycle what
 * cycle says (NULL: nothing). Clock 0: it is halted. */
double energy_idle_mw(unsigned cells, double clock_mhz, const struct energy_events *cycle);

#endif
