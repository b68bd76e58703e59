/* Which widths a search tries, one after the other. It depends on the losses of those before and on nothing else. */
#ifndef NIRLOOM_SEARCH_WIDTHS_H
#define NIRLOOM_SEARCH_WIDTHS_H

#include "search.h"

/* A projection made narrower than in the widths that a descent begins with. */
struct search_move {
    size_t projection;
    unsigned bits;
    double saved;    /* bits of memory, as weights are stored */
    bool measured;   /* alone */
    double extra;    /* loss more than that of the beginning */
};

enum search_stage { STAGE_UNIFORM, STAGE_ALL, STAGE_ALONE, STAGE_DESCENT, STAGE_END };

struct search_plan {
    enum search_stage stage;
    unsigned uniform[SEARCH_CHOICES_MAX]; /* widths of all alike, in the order of trial */
    size_t uniform_count;
    size_t next;              /* in the stage */
    size_t base;              /* widths that moves begin with */
    size_t alone;             /* moves that are measured alone */
    struct search_move *moves;
    size_t move_count;
    unsigned *current;        /* (projection_count) of the descent */
    bool accepting;           /* the last trial is current with a move */
};

/* Makes the projections of search, with their choices, from the image with weights of 8 bits and that with 16, which
 * tell what is given (wide NULL: nothing is). 0, or -1 if memory is short. */
int search_list_projections(struct search *search, const struct image *usual, const struct image *wide);

/* Begins with nothing tried. 0, or -1 if memory is short. */
int search_plan_begin(struct search_plan *plan, struct search *search);

/* Fills bits (projection_count) with the widths to try next, which no others tried are the same as; those before are
 * judged. False at the end, or where the budget is. Sets search->wide and search->complete. */
bool search_plan_next(struct search_plan *plan, struct search *search, unsigned *bits);

#endif
