/* What an image of some widths costs on every board of a search. */
#ifndef NIRLOOM_SEARCH_PLACE_H
#define NIRLOOM_SEARCH_PLACE_H

#include "data.h"
#include "search.h"

/* Fills the next search->board_count trials with the widths of that index, whose integers image has, on so many
 * threads. The first call settles search->predicted. Faults are told. Returns a command status. */
int search_place(struct search *search, const struct image *image, size_t widths, const struct data *data, size_t jobs);

#endif
