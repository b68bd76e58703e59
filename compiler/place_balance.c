/* How much of each population each core gets. A population is a row of pieces, which cores are given one at a time: each
 * to the core that is done first with it. So cores are done at about the same time with all that they do beside each
 * other, and none is given half of what takes no longer whole: an event takes two cycles, be it for one unit of weights
 * or two.
 *
 * What pieces take is a guess, from the structure of the projections and place_assumed_activity. */
#include "place.h"

#include <math.h>
#include <string.h>

enum {
    EVENT_CYCLES = 2,     /* an event takes no less */
    VISITS_MAX = 1 << 22  /* synapses of a projection that are looked at */
};

static const double no_later = 1.03, far_less = 0.5;

/* A projection into a population, on average over its sources. */
struct traffic {
    double sources; /* that have synapses */
    double span;    /* pieces that one of them reaches */
    double units;   /* of weights there, in a piece */
    bool table;     /* an entry is read for each event */
};

struct balance {
    const struct image *image;
    const struct placement *placement;
    struct arena *arena;
    struct traffic *traffic; /* (projection_count), traffic_count of them into the population at hand */
    size_t traffic_count;
    double *load;            /* (levels, cores) cycles of what is done at the same time; one level with stages */
    double *total;           /* (cores) of all levels */
    double *work;            /* (population_count) cycles on one core */
    double *spent;           /* (cores) on the population at hand */
};

/* Every so many sources, few enough to be quick. */
static size_t source_step(const struct linear_map *map)
{
    size_t visits = 0;

    for (size_t source = 0; source < map->sources; source++) {
        int32_t pattern = map->pattern[source];
        visits += pattern == LINEAR_MAP_NONE ? 0 : map->first[pattern + 1] - map->first[pattern];
    }
    return 1 + visits / VISITS_MAX;
}

/* 0, or -1 if memory is short. */
static int find_traffic(const struct balance *balance, const struct image_projection *projection, size_t distance,
                        struct traffic *traffic)
{
    const struct linear_map *map = &projection->map;
    const struct image_order *order = &balance->image->orders[projection->target];
    struct unit_layout layout = place_unit_layout(balance->placement->board, projection);
    size_t pieces = place_divide_up(image_order_size(order), distance), step = source_step(map);
    size_t units = place_divide_up(image_order_size(order), layout.lanes);
    size_t reached = 0, walked = 0, seen = 0, looked = 0, synapses = 0;
    size_t *in_piece = arena_allocate(balance->arena, pieces, sizeof *in_piece); /* the last source met there, plus 1 */
    size_t *in_unit = arena_allocate(balance->arena, units, sizeof *in_unit);

    if (!in_piece || !in_unit)
        return -1;
    for (size_t source = 0; source < map->sources; source++) {
        int32_t pattern = map->pattern[source];
        if (pattern == LINEAR_MAP_NONE)
            continue;
        seen++;
        if ((seen - 1) % step)
            continue;
        looked++;
        for (size_t entry = map->first[pattern]; entry < map->first[pattern + 1]; entry++) {
            size_t place = image_order_place(order, map->offset[source] + map->target[entry]);
            reached += in_piece[place / distance] != source + 1;
            walked += in_unit[place / layout.lanes] != source + 1;
            in_piece[place / distance] = in_unit[place / layout.lanes] = source + 1;
        }
        synapses += map->first[pattern + 1] - map->first[pattern];
    }
    *traffic = (struct traffic){.sources = (double)seen};
    if (reached) {
        traffic->span = (double)reached / (double)looked;
        traffic->units = (double)walked / (double)reached;
        traffic->table = synapses <= looked * map->targets / 2;
    }
    return 0;
}

/* Cycles of a step that a core spends on so many pieces of a population, one after the other. */
static double cycles_of(const struct balance *balance, const struct population_cut *cut, size_t count)
{
    const struct board *board = balance->placement->board;
    size_t tile = (size_t)board->accumulator_rows * board->lanes / cut->distance;
    double tiles = (double)place_divide_up(count, tile ? tile : 1), part = (double)count / (double)cut->pieces;
    double cycles = (double)(count * cut->distance) / board->slots;

    for (size_t index = 0; index < balance->traffic_count; index++) {
        const struct traffic *one = &balance->traffic[index];
        double reach = part / tiles + (one->span - 1) / (double)cut->pieces; /* share of the sources that reach a tile */
        double events = place_assumed_activity * one->sources * tiles * (reach < 1 ? reach : 1);
        double walk = place_assumed_activity * one->sources * one->span * one->units * part + (one->table ? events : 0);
        cycles += walk > EVENT_CYCLES * events ? walk : EVENT_CYCLES * events;
    }
    return cycles;
}

/* 0, or -1 if memory is short. */
static int find_all_traffic(struct balance *balance, size_t population, size_t distance)
{
    balance->traffic_count = 0;
    for (size_t index = 0; index < balance->image->projection_count; index++) {
        const struct image_projection *projection = &balance->image->projections[index];
        if (projection->target == population &&
            find_traffic(balance, projection, distance, &balance->traffic[balance->traffic_count++]))
            return -1;
    }
    return 0;
}

/* Gives the next piece to the core that is done first with it, of several to the one that has done least in all; but to
 * one that is done no later to speak of if it takes far less time there. */
static void give_piece(const struct balance *balance, const struct population_cut *cut, const double *cycles,
                       const double *load)
{
    unsigned cores = balance->placement->board->cores, best = 0;
    double least = INFINITY, idle = INFINITY;

    for (unsigned core = 0; core < cores; core++) {
        double done = load[core] + cycles[cut->counts[core] + 1], own = balance->total[core] + balance->spent[core];
        if (done > least || (done >= least && own >= idle))
            continue;
        best = core;
        least = done;
        idle = own;
    }
    double cheap = (cycles[cut->counts[best] + 1] - cycles[cut->counts[best]]) * far_less;
    for (unsigned core = 0; core < cores; core++) {
        const double *own = &cycles[cut->counts[core]];
        if (own[1] - own[0] >= cheap || load[core] + own[1] > least * no_later)
            continue;
        cheap = own[1] - own[0];
        best = core;
    }
    cut->counts[best]++;
    balance->spent[best] = cycles[cut->counts[best]];
}

static int give_pieces(struct balance *balance, size_t population, struct population_cut *cut)
{
    unsigned cores = balance->placement->board->cores;
    size_t level = balance->image->stage_count > 1 ? 0 : balance->image->populations[population].level;
    double *load = balance->load + level * cores;
    double *cycles = arena_allocate(balance->arena, cut->pieces + 1, sizeof *cycles);

    if (!cycles || find_all_traffic(balance, population, cut->distance))
        return -1;
    for (size_t count = 1; count <= cut->pieces; count++)
        cycles[count] = cycles_of(balance, cut, count);
    memset(balance->spent, 0, cores * sizeof *balance->spent);
    for (size_t piece = 0; piece < cut->pieces; piece++)
        give_piece(balance, cut, cycles, load);
    for (unsigned core = 0; core < cores; core++) {
        load[core] += balance->spent[core];
        balance->total[core] += balance->spent[core];
    }
    return 0;
}

/* The population with most work that is not given away yet, which small ones then even out; population_count if there is
 * none. */
static size_t next_population(const struct balance *balance)
{
    size_t best = balance->image->population_count;

    for (size_t index = 0; index < balance->image->population_count; index++)
        if (balance->work[index] > 0 && (best == balance->image->population_count ||
                                         balance->work[index] > balance->work[best]))
            best = index;
    return best;
}

int place_balance(const struct image *image, struct placement *placement, struct population_cut *cuts)
{
    struct arena arena = {0};
    struct balance balance = {.image = image, .placement = placement, .arena = &arena};
    unsigned cores = placement->board->cores;
    size_t levels = 1;
    int status = 0;

    for (size_t index = 0; index < image->population_count; index++)
        levels = image->populations[index].level + 1 > levels ? image->populations[index].level + 1 : levels;
    balance.traffic = arena_allocate(&arena, image->projection_count, sizeof *balance.traffic);
    balance.load = arena_allocate(&arena, levels * cores, sizeof *balance.load);
    balance.total = arena_allocate(&arena, cores, sizeof *balance.total);
    balance.spent = arena_allocate(&arena, cores, sizeof *balance.spent);
    balance.work = arena_allocate(&arena, image->population_count, sizeof *balance.work);
    if (!balance.traffic || !balance.load || !balance.total || !balance.spent || !balance.work)
        status = -1;
    for (size_t index = 0; status == 0 && index < image->population_count; index++) {
        if (image->populations[index].model == MODEL_INPUT)
            continue;
        status = find_all_traffic(&balance, index, cuts[index].distance);
        balance.work[index] = status ? 0 : 1 + cycles_of(&balance, &cuts[index], cuts[index].pieces);
    }
    for (size_t index; status == 0 && (index = next_population(&balance)) < image->population_count;) {
        status = give_pieces(&balance, index, &cuts[index]);
        balance.work[index] = 0;
    }
    arena_free(&arena);
    return status;
}
