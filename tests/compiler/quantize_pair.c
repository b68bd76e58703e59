/* Networks of two populations by hand (quantize_pair.h). */
#include "quantize_pair.h"

#include "hand_image.h"

#include <criterion/criterion.h>
#include <string.h>

double *fill(struct arena *arena, size_t size, double value)
{
    double *values = arena_allocate(arena, size, sizeof *values);

    for (size_t index = 0; index < size; index++)
        values[index] = value;
    return values;
}

void begin_pair(struct pair *pair, enum model model, size_t sources, size_t targets, const double *weight)
{
    static char names[2][4] = {"in", "out"};
    bool fires = model == MODEL_IF || model == MODEL_LIF || model == MODEL_THRESHOLD || model == MODEL_CUBALIF;
    bool current = model == MODEL_CUBALI || model == MODEL_CUBALIF;
    bool integrates = model == MODEL_I || model == MODEL_IF;
    struct arena *arena = &pair->arena;

    memset(pair, 0, sizeof *pair);
    diagnostics_begin(&pair->diagnostics, "pair");
    pair->populations[0] = (struct population){.name = names[0], .size = sources, .model = MODEL_INPUT};
    pair->populations[1] = (struct population){.name = names[1],
                                               .size = targets,
                                               .model = model,
                                               .level = 1,
                                               .graded = !fires,
                                               .leak = fill(arena, targets, integrates ? 0 : 1),
                                               .drift = fill(arena, targets, 0),
                                               .current_leak = current ? fill(arena, targets, 1) : NULL,
                                               .current_gain = current ? fill(arena, targets, 1) : NULL,
                                               .threshold = fill(arena, targets, 1),
                                               .reset = fill(arena, targets, 0),
                                               .bias = fill(arena, targets, 0)};
    pair->projection = (struct projection){.target = 1,
                                           .map = hand_dense_map(arena, sources, targets),
                                           .weight = fill(arena, sources * targets, 0)};
    memcpy(pair->projection.weight, weight, sources * targets * sizeof *weight);
    pair->ports[0] = (struct port){names[0], 0};
    pair->ports[1] = (struct port){names[1], 1};
    pair->network = (struct network){arena, options_default(), pair->populations, 2, &pair->projection, 1,
                                     &pair->ports[0], 1, &pair->ports[1], 1};
    pair->image.arena = arena;
}

int quantize_pair(struct pair *pair, const struct calibration *calibration)
{
    return image_quantize(&pair->image, &pair->network, &pair->input, calibration, &pair->diagnostics);
}

bool warns_of(const struct pair *pair, const char *words)
{
    for (size_t index = 0; index < pair->diagnostics.count; index++) {
        if (pair->diagnostics.messages[index].severity == SEVERITY_WARNING &&
            strstr(pair->diagnostics.messages[index].text, words))
            return true;
    }
    return false;
}

void end_pair(struct pair *pair)
{
    diagnostics_free(&pair->diagnostics);
    arena_free(&pair->arena);
}
