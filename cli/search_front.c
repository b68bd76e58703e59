/* Which trials no other beats, and the choice among them. */
#include "search.h"

#include <math.h>

bool search_meets(const struct search *search, const struct search_widths *widths)
{
    const double rounding = 1e-9;

    return widths->loss <= search->max_loss + rounding;
}

bool search_beats(const struct search *search, const struct search_trial *a, const struct search_trial *b)
{
    double accuracy_a = search->widths[a->widths].accuracy, accuracy_b = search->widths[b->widths].accuracy;
    bool energy = !isnan(b->energy_uj); /* an unknown energy is as good as none */

    return a->fits && b->fits && accuracy_a >= accuracy_b && a->latency_us <= b->latency_us &&
           a->memory <= b->memory && (!energy || a->energy_uj <= b->energy_uj) &&
           (accuracy_a > accuracy_b || a->latency_us < b->latency_us || a->memory < b->memory ||
            (energy && a->energy_uj < b->energy_uj));
}

/* To two digits: what is estimated or predicted, and less apart than that, shall not outweigh accuracy. */
static double rounded(double figure)
{
    double digit = figure > 0 ? pow(10, floor(log10(figure)) - 1) : 1;

    return round(figure / digit) * digit;
}

/* -1, 1, or 0 where they are the same or one is not known. */
static int compare(double a, double b)
{
    return (a > b) - (a < b);
}

/* A smaller array, then less of its memory, then less energy, then fewer cycles, then more right answers. */
static bool cheaper(const struct search *search, const struct search_trial *a, const struct search_trial *b)
{
    int order = board_compare(a->board, b->board);

    if (order != 0)
        return order < 0;
    if (a->memory != b->memory)
        return a->memory < b->memory;
    order = compare(rounded(a->energy_uj), rounded(b->energy_uj));
    if (order == 0)
        order = compare(rounded(a->cycles), rounded(b->cycles));
    if (order == 0)
        order = compare(search->widths[b->widths].accuracy, search->widths[a->widths].accuracy);
    if (order == 0)
        order = compare(a->cycles, b->cycles);
    return order < 0;
}

bool search_choose(struct search *search)
{
    bool any = false;

    for (size_t index = 0; index < search->count; index++) {
        struct search_trial *trial = &search->trials[index];
        const struct search_trial *chosen = &search->trials[search->chosen];
        const struct search_widths *widths = &search->widths[trial->widths], *best = &search->widths[chosen->widths];
        bool meets = search_meets(search, widths);

        trial->pareto = trial->fits;
        for (size_t other = 0; other < search->count && trial->pareto; other++)
            trial->pareto = !search_beats(search, &search->trials[other], trial);
        if (!trial->fits)
            continue;
        bool loses_less = widths->loss < best->loss;
        bool loses_as_much = widths->loss <= best->loss && !loses_less;
        bool better = meets != search->met ? meets
                      : meets              ? cheaper(search, trial, chosen)
                                           : loses_less || (loses_as_much && cheaper(search, trial, chosen));
        if (!any || better) {
            search->chosen = index;
            search->met = meets;
        }
        any = true;
    }
    return any;
}
