/* In which order a core's program does its slices. With stages nothing in a step waits for anything else in it, so any order will
 * do. Were it the same in all cores, all would send at the same time, and a core whose words wait for the ring does nothing. So
 * cores take turns: neighbours on the ring have orders such that what one sends falls into the time in which others compute,
 * and little is left to send at the end of the step. */
#include "place.h"

#include <string.h>

enum {
    TURNS = 4,
    SLICES_MAX = 64, /* of a core; more keep the order of their levels */
    PERMUTED_MAX = 4 /* of so many all orders are tried, of more those that begin with another one */
};

struct work {
    double cycles; /* before its words are sent */
    double words;
};

/* The cores of one turn, which do the same at the same time. */
struct turn {
    uint8_t order[SLICES_MAX];
    size_t next;
    double time; /* when the next slice's words can be sent */
};

struct plan {
    struct work works[SLICES_MAX];
    size_t count;
    double cores; /* of a turn */
    struct turn turns[TURNS];
    size_t turn_count;
};

static struct work work_of(const struct image *image, const struct placement *placement, size_t index)
{
    const struct image_slice *slice = &image->slices[index];
    const struct slice_placement *own = &placement->slices[index];
    struct work work = {.cycles = own->groups};

    for (size_t at = own->first_connection; at < own->first_connection + own->connection_count; at++) {
        const struct connection *connection = &placement->connections[at];
        bool graded = image->projections[connection->projection].graded;
        double places = (double)connection->words * (graded ? 1 : NEURONS_PER_SPIKE_WORD);
        if (connection->words)
            work.cycles += connection->words + place_assumed_activity * places * connection->set->cost;
    }
    if (own->sent)
        work.words = (double)image_words(&image->populations[slice->population], slice->neurons);
    return work;
}

/* Cycles of a step in which the ring serves one turn after the other. */
static double step_cycles(struct plan *plan)
{
    double ring = 0, last = 0;
    struct turn *turn;

    for (size_t number = 0; number < plan->turn_count; number++) {
        plan->turns[number].next = 0;
        plan->turns[number].time = plan->works[plan->turns[number].order[0]].cycles;
    }
    do {
        turn = NULL;
        for (size_t number = 0; number < plan->turn_count; number++) {
            struct turn *one = &plan->turns[number];
            if (one->next < plan->count && (!turn || one->time < turn->time))
                turn = one;
        }
        if (turn) {
            ring = (ring > turn->time ? ring : turn->time) + plan->cores * plan->works[turn->order[turn->next]].words;
            last = ring > last ? ring : last;
            turn->next++;
            turn->time = ring + (turn->next < plan->count ? plan->works[turn->order[turn->next]].cycles : 0);
        }
    } while (turn);
    return last;
}

/* Tries all orders of what is behind the first fixed places; keeps the best in best. */
static void permute(struct plan *plan, struct turn *turn, size_t fixed, double *least, uint8_t *best)
{
    if (fixed + 1 >= plan->count) {
        double cycles = step_cycles(plan);
        if (*least < 0 || cycles < *least) {
            *least = cycles;
            memcpy(best, turn->order, plan->count * sizeof *best);
        }
        return;
    }
    for (size_t at = fixed; at < plan->count; at++) {
        uint8_t moved = turn->order[at];
        memmove(turn->order + fixed + 1, turn->order + fixed, (at - fixed) * sizeof *turn->order);
        turn->order[fixed] = moved;
        permute(plan, turn, fixed + 1, least, best);
        memmove(turn->order + fixed, turn->order + fixed + 1, (at - fixed) * sizeof *turn->order);
        turn->order[at] = moved;
    }
}

static void rotate(struct plan *plan, struct turn *turn, double *least, uint8_t *best)
{
    for (size_t first = 0; first < plan->count; first++) {
        for (size_t at = 0; at < plan->count; at++)
            turn->order[at] = (uint8_t)((first + at) % plan->count);
        double cycles = step_cycles(plan);
        if (*least < 0 || cycles < *least) {
            *least = cycles;
            memcpy(best, turn->order, plan->count * sizeof *best);
        }
    }
}

void program_order(const struct image *image, const struct placement *placement, unsigned core, size_t *slices,
                   size_t count)
{
    struct plan plan = {.count = count, .cores = placement->board->cores / (double)TURNS};
    size_t ordered[SLICES_MAX];

    if (image->stage_count <= 1 || count < 2 || count > SLICES_MAX)
        return;
    for (size_t at = 0; at < count; at++)
        plan.works[at] = work_of(image, placement, slices[at]);
    while (plan.turn_count <= core % TURNS) {
        struct turn *turn = &plan.turns[plan.turn_count++];
        uint8_t best[SLICES_MAX] = {0};
        double least = -1;
        for (size_t at = 0; at < count; at++)
            turn->order[at] = (uint8_t)at;
        if (count <= PERMUTED_MAX)
            permute(&plan, turn, 0, &least, best);
        else
            rotate(&plan, turn, &least, best);
        memcpy(turn->order, best, sizeof best);
    }
    for (size_t at = 0; at < count; at++)
        ordered[at] = slices[plan.turns[core % TURNS].order[at]];
    memcpy(slices, ordered, count * sizeof *slices);
}
