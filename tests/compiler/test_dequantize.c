/* From an image back to real numbers, and again to an image: it must be the same one. */
#include "quantize.h"
#include "random_network.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { NETWORKS = 400 };

static bool same_words(const int16_t *one, const int16_t *two, size_t count)
{
    return memcmp(one, two, count * sizeof *one) == 0;
}

static const char *difference(const struct image *one, const struct image *two)
{
    for (size_t index = 0; index < one->population_count; index++) {
        const struct image_population *a = &one->populations[index], *b = &two->populations[index];

        if (a->scale != b->scale || a->limit != b->limit)
            return "scale or limit";
        if (a->gain_exponent != b->gain_exponent || a->current_exponent != b->current_exponent)
            return "exponents";
        if (a->each != b->each || a->current_each != b->current_each || a->current_old != b->current_old)
            return "flags";
        for (size_t kind = 0; kind < NEURON_PARAMETERS && a->parameter[kind]; kind++) {
            if (!same_words(a->parameter[kind], b->parameter[kind], a->size))
                return "parameters";
        }
        for (size_t kind = 0; kind < CURRENT_PARAMETERS && a->current_parameter[kind]; kind++) {
            if (!same_words(a->current_parameter[kind], b->current_parameter[kind], a->size))
                return "parameters of the current";
        }
        if (a->current_unit && memcmp(a->current_unit, b->current_unit, a->size * sizeof(double)) != 0)
            return "units of the current";
    }
    for (size_t index = 0; index < one->projection_count; index++) {
        const struct image_projection *a = &one->projections[index], *b = &two->projections[index];
        size_t count = linear_map_entries(&a->map);

        if (a->scale != b->scale || a->weight_bits != b->weight_bits || a->delay != b->delay)
            return "projection";
        if (count != linear_map_entries(&b->map) || !same_words(a->weight, b->weight, count))
            return "weights";
    }
    return NULL;
}

Test(dequantize, gives_the_same_image_again, .timeout = 60)
{
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        struct arena arena = {NULL};
        struct diagnostics diagnostics;
        struct network network, back = {.arena = &arena};
        struct input_range inputs[RANDOM_INPUTS_MAX], ranges[RANDOM_INPUTS_MAX];
        struct image image = {.arena = &arena}, again = {.arena = &arena};

        diagnostics_begin(&diagnostics, NULL);
        cr_assert_eq(random_network(&network, inputs, &arena, seed), 0);
        cr_assert_eq(image_quantize(&image, &network, inputs, NULL, &diagnostics), 0);
        cr_assert_eq(image_dequantize(&back, ranges, &image), 0);
        cr_assert_eq(image_quantize(&again, &back, ranges, NULL, &diagnostics), 0);
        cr_assert_null(difference(&image, &again), "seed %llu: %s", (unsigned long long)seed,
                       difference(&image, &again));
        diagnostics_free(&diagnostics);
        arena_free(&arena);
    }
}

/* The same where somebody has computed with the numbers since: a few roundings must not matter. */
Test(dequantize, a_few_roundings_do_not_matter, .timeout = 60)
{
    for (uint64_t seed = 1; seed <= NETWORKS / 4; seed++) {
        struct arena arena = {NULL};
        struct diagnostics diagnostics;
        struct network network, back = {.arena = &arena};
        struct input_range inputs[RANDOM_INPUTS_MAX], ranges[RANDOM_INPUTS_MAX];
        struct image image = {.arena = &arena}, again = {.arena = &arena};
        uint64_t state = seed;

        diagnostics_begin(&diagnostics, NULL);
        cr_assert_eq(random_network(&network, inputs, &arena, seed), 0);
        cr_assert_eq(image_quantize(&image, &network, inputs, NULL, &diagnostics), 0);
        cr_assert_eq(image_dequantize(&back, ranges, &image), 0);
        for (size_t index = 0; index < back.projection_count; index++) {
            for (size_t entry = 0; entry < linear_map_entries(&back.projections[index].map); entry++)
                back.projections[index].weight[entry] *= 1 + 4e-16 * (random_unit(&state) - 0.5);
        }
        for (size_t index = 0; index < back.population_count; index++) {
            struct population *population = &back.populations[index];
            for (size_t neuron = 0; population->bias && neuron < population->size; neuron++) {
                population->bias[neuron] *= 1 + 4e-16 * (random_unit(&state) - 0.5);
                population->threshold[neuron] *= 1 + 4e-16 * (random_unit(&state) - 0.5);
            }
        }
        cr_assert_eq(image_quantize(&again, &back, ranges, NULL, &diagnostics), 0);
        cr_assert_null(difference(&image, &again), "seed %llu: %s", (unsigned long long)seed,
                       difference(&image, &again));
        diagnostics_free(&diagnostics);
        arena_free(&arena);
    }
}
