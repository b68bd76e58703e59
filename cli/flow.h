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
    bool cached;           /* taken from the cache, not built now */
    struct json_object *resources; /* name: number used; yosys's cells and nextpnr's */
    struct json_object *available; /* name: number in the part; nextpnr's */
};

/* True if the board has a part that the flow reaches. */
bool flow_can_build(const struct board *board);

/* A file that each build leaves in its folder: what flow_describe() gives, but for paths. */
#define FLOW_FIGURES "figures.json"

/* Runs the flow, or takes its results from the cache in home's build/cache if nothing that they depend on has changed and
 * force is not set. Faults are told. Returns a command status; flow_close() in any case. */
int flow_run(struct flow *flow, const struct board *board, const char *folder, const unsigned *seeds,
             size_t seed_count, bool force);
void flow_close(struct flow *flow);

/* The figures as docs/json.md has them; the caller's to release. */
struct json_object *flow_describe(const struct flow *flow);

/* FLOW_FIGURES of flow's folder. Writing returns a command status; reading returns false, told, if the file is not of
 * this build. */
int flow_write_figures(const struct flow *flow);
bool flow_read_figures(struct flow *flow);

#endif
