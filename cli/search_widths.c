/* First all projections alike. Then all combinations, where the budget has room for them. Else each projection narrower
 * alone, and from the widest on a descent: moves by what they lose a bit saved, each kept if the bound still holds. */
#include "search_widths.h"

#include "place.h"

#include <stdlib.h>
#include <string.h>

/* Bits of memory that a weight of that many takes on a board. */
static unsigned stored_bits(const struct board *board, unsigned bits, bool graded)
{
    struct image_projection projection = {.weight_bits = bits, .graded = graded};

    return place_unit_layout(board, &projection).bits;
}

/* Of widths that take the same memory on all boards the widest. */
static void list_choices(const struct search *search, struct search_projection *projection)
{
    unsigned narrowest = projection->graded ? WEIGHT_BITS_USUAL : 1;

    for (unsigned bits = WEIGHT_BITS_MAX; bits >= narrowest; bits--) {
        size_t count = projection->choice_count;
        bool saves = count == 0;

        if (!weight_bits_known(bits) || count == SEARCH_CHOICES_MAX)
            continue;
        for (size_t board = 0; board < search->board_count && !saves; board++)
            saves = stored_bits(search->boards[board], bits, projection->graded) <
                    stored_bits(search->boards[board], projection->choices[count - 1], projection->graded);
        if (saves)
            projection->choices[projection->choice_count++] = bits;
    }
}

static struct search_projection *find(struct search *search, const struct image_projection *like)
{
    for (size_t index = 0; index < search->projection_count; index++) {
        struct search_projection *known = &search->projections[index];

        if (known->source == like->source && known->target == like->target && known->delay == like->delay)
            return known;
    }
    return NULL;
}

int search_list_projections(struct search *search, const struct image *usual, const struct image *wide)
{
    search->projections = arena_allocate(&search->arena, usual->projection_count, sizeof *search->projections);
    if (!search->projections)
        return -1;
    for (size_t index = 0; index < usual->projection_count; index++) {
        const struct image_projection *from = &usual->projections[index];
        struct search_projection *projection = find(search, from);

        if (!projection) {
            projection = &search->projections[search->projection_count++];
            *projection = (struct search_projection){
                .source = from->source,
                .target = from->target,
                .delay = from->delay,
                .source_name = arena_copy(&search->arena, usual->populations[from->source].name),
                .target_name = arena_copy(&search->arena, usual->populations[from->target].name),
                .graded = from->graded,
                .given = wide && from->weight_bits == wide->projections[index].weight_bits,
            };
            if (projection->given)
                projection->choices[projection->choice_count++] = from->weight_bits;
            else
                list_choices(search, projection);
        }
        if (!projection->source_name || !projection->target_name)
            return -1;
        projection->weights += linear_map_entries(&from->map);
    }
    return 0;
}

/* ---- widths ---- */

/* The widest of a projection's choices up to that, else its narrowest. */
static unsigned choice_up_to(const struct search_projection *projection, unsigned bits)
{
    for (size_t index = 0; index < projection->choice_count; index++) {
        if (projection->choices[index] <= bits)
            return projection->choices[index];
    }
    return projection->choices[projection->choice_count - 1];
}

static void set_uniform(const struct search *search, unsigned *bits, unsigned width)
{
    for (size_t index = 0; index < search->projection_count; index++)
        bits[index] = choice_up_to(&search->projections[index], width);
}

unsigned search_uniform(const struct search *search, const unsigned *bits)
{
    for (unsigned width = WEIGHT_BITS_MAX; width >= 1; width--) {
        bool same = weight_bits_known(width);

        for (size_t index = 0; index < search->projection_count && same; index++) {
            const struct search_projection *projection = &search->projections[index];
            unsigned own = projection->given                                     ? projection->choices[0]
                           : projection->graded && width < WEIGHT_BITS_USUAL ? WEIGHT_BITS_USUAL
                                                                                 : width;
            same = bits[index] == own;
        }
        if (same)
            return width;
    }
    return 0;
}

unsigned search_default_bits(const struct search *search, const unsigned *bits)
{
    unsigned width = search_uniform(search, bits), widest = 1;

    for (size_t index = 0; index < search->projection_count; index++)
        widest = bits[index] > widest ? bits[index] : widest;
    return width ? width : widest;
}

const struct image *search_widths_image(const struct search *search, const unsigned *bits, struct arena *arena)
{
    struct image *image = arena_allocate(arena, 1, sizeof *image);
    struct image_projection *projections = arena_allocate(arena, search->projection_count, sizeof *projections);

    if (!image || !projections)
        return NULL;
    for (size_t index = 0; index < search->projection_count; index++) {
        const struct search_projection *from = &search->projections[index];
        projections[index] = (struct image_projection){
            .source = from->source, .target = from->target, .delay = from->delay, .weight_bits = bits[index]};
    }
    image->projections = projections;
    image->projection_count = search->projection_count;
    return image;
}

static size_t find_widths(const struct search *search, const unsigned *bits)
{
    size_t index = 0;

    while (index < search->widths_count &&
           memcmp(search->widths[index].bits, bits, search->projection_count * sizeof *bits) != 0)
        index++;
    return index;
}

static bool is_new(const struct search *search, const unsigned *bits)
{
    return find_widths(search, bits) == search->widths_count;
}

/* ---- what comes next ---- */

/* The width that counts as all there is: 16 bits only where 8 lose too much. */
static unsigned widest_allowed(const struct search *search)
{
    return search->wide ? WEIGHT_BITS_MAX : WEIGHT_BITS_USUAL;
}

/* Choices that are left out: the wide ones, as long as there are others. */
static size_t first_choice(const struct search *search, const struct search_projection *projection)
{
    size_t first = 0;

    while (first + 1 < projection->choice_count && projection->choices[first] > widest_allowed(search))
        first++;
    return first;
}

/* Number of combinations, or the budget + 1 if there are more. */
static size_t combinations(const struct search *search)
{
    size_t count = 1;

    for (size_t index = 0; index < search->projection_count && count <= search->budget; index++)
        count *= search->projections[index].choice_count - first_choice(search, &search->projections[index]);
    return count <= search->budget ? count : search->budget + 1;
}

/* Combination of that number, the last projection's width changing fastest. */
static void set_combination(const struct search *search, unsigned *bits, size_t number)
{
    for (size_t index = search->projection_count; index-- > 0;) {
        const struct search_projection *projection = &search->projections[index];
        size_t first = first_choice(search, projection), count = projection->choice_count - first;

        bits[index] = projection->choices[first + number % count];
        number /= count;
    }
}

static int compare_saved(const void *left, const void *right)
{
    const struct search_move *a = left, *b = right;

    if (a->saved < b->saved || a->saved > b->saved)
        return a->saved < b->saved ? 1 : -1;
    if (a->projection != b->projection)
        return a->projection < b->projection ? -1 : 1;
    return a->bits < b->bits ? 1 : -1;
}

/* Least loss a bit saved first; those that were not measured behind, by what they save. */
static int compare_price(const void *left, const void *right)
{
    const struct search_move *a = left, *b = right;
    double price_a = a->extra > 0 ? a->extra / a->saved : 0, price_b = b->extra > 0 ? b->extra / b->saved : 0;

    if (a->measured != b->measured)
        return a->measured ? -1 : 1;
    if (a->measured && (price_a < price_b || price_a > price_b))
        return price_a < price_b ? -1 : 1;
    return compare_saved(left, right);
}

static void list_moves(struct search_plan *plan, const struct search *search)
{
    const unsigned *base = search->widths[plan->base].bits;

    plan->move_count = 0;
    for (size_t index = 0; index < search->projection_count; index++) {
        const struct search_projection *projection = &search->projections[index];
        for (size_t choice = 0; choice < projection->choice_count; choice++) {
            unsigned bits = projection->choices[choice];
            if (bits < base[index])
                plan->moves[plan->move_count++] = (struct search_move){
                    .projection = index, .bits = bits, .saved = (double)projection->weights * (base[index] - bits)};
        }
    }
    qsort(plan->moves, plan->move_count, sizeof *plan->moves, compare_saved);
    /* a third of what is left is for the descent */
    size_t room = (search->budget - search->widths_count) * 2 / 3;
    plan->alone = plan->move_count < room ? plan->move_count : room;
}

static void price_moves(struct search_plan *plan, const struct search *search, unsigned *bits)
{
    const struct search_widths *base = &search->widths[plan->base];

    for (size_t index = 0; index < plan->move_count; index++) {
        struct search_move *move = &plan->moves[index];

        memcpy(bits, base->bits, search->projection_count * sizeof *bits);
        bits[move->projection] = move->bits;
        size_t tried = find_widths(search, bits);
        move->measured = tried < search->widths_count;
        move->extra = move->measured ? search->widths[tried].loss - base->loss : 0;
    }
    qsort(plan->moves, plan->move_count, sizeof *plan->moves, compare_price);
    memcpy(plan->current, base->bits, search->projection_count * sizeof *bits);
}

/* All alike: 8 bits, those below, and 16 where 8 lose too much. */
static bool next_uniform(struct search_plan *plan, struct search *search, unsigned *bits)
{
    while (plan->next < plan->uniform_count) {
        unsigned width = plan->uniform[plan->next++];

        if (width > WEIGHT_BITS_USUAL && search_meets(search, &search->widths[0]))
            continue;
        search->wide |= width > WEIGHT_BITS_USUAL;
        set_uniform(search, bits, width);
        if (is_new(search, bits))
            return true;
    }
    return false;
}

static bool next_of_all(struct search_plan *plan, const struct search *search, unsigned *bits)
{
    size_t count = combinations(search);

    while (plan->next < count) {
        set_combination(search, bits, plan->next++);
        if (is_new(search, bits))
            return true;
    }
    return false;
}

static bool next_alone(struct search_plan *plan, const struct search *search, unsigned *bits)
{
    while (plan->next < plan->alone) {
        const struct search_move *move = &plan->moves[plan->next++];

        memcpy(bits, search->widths[plan->base].bits, search->projection_count * sizeof *bits);
        bits[move->projection] = move->bits;
        if (is_new(search, bits))
            return true;
    }
    return false;
}

/* A move is kept if it meets the bound; what was tried before need not be tried again. */
static bool next_of_descent(struct search_plan *plan, const struct search *search, unsigned *bits)
{
    size_t bytes = search->projection_count * sizeof *bits;

    if (plan->accepting && search_meets(search, &search->widths[search->widths_count - 1]))
        memcpy(plan->current, search->widths[search->widths_count - 1].bits, bytes);
    plan->accepting = false;
    while (plan->next < plan->move_count) {
        const struct search_move *move = &plan->moves[plan->next++];

        if (move->bits >= plan->current[move->projection])
            continue;
        memcpy(bits, plan->current, bytes);
        bits[move->projection] = move->bits;
        size_t tried = find_widths(search, bits);
        plan->accepting = tried == search->widths_count;
        if (plan->accepting)
            return true;
        if (search_meets(search, &search->widths[tried]))
            memcpy(plan->current, bits, bytes);
    }
    return false;
}

/* Where the stage before has ended. */
static void begin_next_stage(struct search_plan *plan, struct search *search, unsigned *bits)
{
    plan->next = 0;
    switch (plan->stage) {
    case STAGE_UNIFORM:
        /* the uniform ones are among them */
        search->complete = combinations(search) <= search->budget;
        plan->stage = search->complete ? STAGE_ALL : STAGE_ALONE;
        set_uniform(search, bits, widest_allowed(search));
        plan->base = find_widths(search, bits);
        if (plan->stage == STAGE_ALONE)
            list_moves(plan, search);
        return;
    case STAGE_ALONE:
        plan->stage = STAGE_DESCENT;
        price_moves(plan, search, bits);
        return;
    default:
        plan->stage = STAGE_END;
    }
}

int search_plan_begin(struct search_plan *plan, struct search *search)
{
    size_t moves = 0;

    *plan = (struct search_plan){.stage = STAGE_UNIFORM};
    for (unsigned width = WEIGHT_BITS_USUAL; width >= 1; width--) {
        bool chosen = false;
        for (size_t index = 0; index < search->projection_count; index++)
            for (size_t choice = 0; choice < search->projections[index].choice_count; choice++)
                chosen |= search->projections[index].choices[choice] == width;
        if ((chosen || width == WEIGHT_BITS_USUAL) && plan->uniform_count + 1 < SEARCH_CHOICES_MAX)
            plan->uniform[plan->uniform_count++] = width;
    }
    plan->uniform[plan->uniform_count++] = WEIGHT_BITS_MAX;
    for (size_t index = 0; index < search->projection_count; index++)
        moves += search->projections[index].choice_count;
    plan->moves = arena_allocate(&search->arena, moves, sizeof *plan->moves);
    plan->current = arena_allocate(&search->arena, search->projection_count, sizeof *plan->current);
    return plan->moves && plan->current ? 0 : -1;
}

bool search_plan_next(struct search_plan *plan, struct search *search, unsigned *bits)
{
    while (search->widths_count < search->budget && plan->stage != STAGE_END) {
        bool found = plan->stage == STAGE_UNIFORM ? next_uniform(plan, search, bits)
                     : plan->stage == STAGE_ALL   ? next_of_all(plan, search, bits)
                     : plan->stage == STAGE_ALONE ? next_alone(plan, search, bits)
                                                  : next_of_descent(plan, search, bits);
        if (found)
            return true;
        begin_next_stage(plan, search, bits);
    }
    return false;
}
