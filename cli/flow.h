/* The flow from RTL to a bitstream: yosys, nextpnr-ice40, icetime, icepack, with everything kept in one folder. */
#ifndef NIRLOOM_FLOW_H
#define NIRLOOM_FLOW_H

#include "hardware.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

struct flow {
    const struct board *board;
    const char *folder;
    char *home;         /* the project's root: rtl/ and build/hardware.vh are there */
    const unsigned *seeds;
    size_t seed_count;
    double *clock_mhz;     /* (seed_count) by nextpnr */
    double *icetime_mhz;   /* (seed_count) NAN where icetime has no figure */
    size_t best;           /* seed of the bitstream: the fastest */
    char *critical_path;   /* of the best */
    char *bitstream;
    struct json_object *resources; /* name: number used; yosys's cells and nextpnr's */
    struct json_object *available; /* name: number in the part; nextpnr's */
};

/* True if the board has a part that the flow reaches. */
bool flow_can_build(const struct board *board);

/* Runs the flow. Faults are told. Returns a command status; flow_close() in any case. */
int flow_run(struct flow *flow, const struct board *board, const char *folder, const unsigned *seeds,
             size_t seed_count);
void flow_close(struct flow *flow);

#endif
