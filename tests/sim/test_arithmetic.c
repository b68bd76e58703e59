/* Each primitive's integer update, and the graded product, against exact rational arithmetic: the equations of
 * docs/numbers.md, in fractions of 128 bits, on `ref` and, with the same kinds of vectors, on the Verilog through `sim`. Every
 * neuron is a vector: its own input, leak, bias, threshold and reset; states are set before each step. */
#include "device.h"
#include "integer_network.h"
#include "placed_image.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { REF_NEURONS = 1500, REF_STEPS = 6, SIM_NEURONS = 144, SIM_STEPS = 3, ALL = 65536 };

/* ---- exact rational numbers ---- */

struct fraction {
    __int128 top;
    __int128 bottom; /* above 0 */
};

static struct fraction whole(int64_t number)
{
    return (struct fraction){number, 1};
}

static struct fraction plus(struct fraction one, struct fraction other)
{
    return (struct fraction){one.top * other.bottom + other.top * one.bottom, one.bottom * other.bottom};
}

static struct fraction times(struct fraction one, struct fraction other)
{
    return (struct fraction){one.top * other.top, one.bottom * other.bottom};
}

static struct fraction power_of_two(int exponent)
{
    struct fraction result = whole(1);

    for (; exponent > 0; exponent--)
        result = times(result, whole(2));
    for (; exponent < 0; exponent++)
        result = times(result, (struct fraction){1, 2});
    return result;
}

/* To the nearest whole number, ties up: the largest one not above the fraction plus a half. */
static int64_t nearest(struct fraction exact)
{
    struct fraction moved = plus(exact, (struct fraction){1, 2});
    __int128 quotient = moved.top / moved.bottom;

    return (int64_t)(moved.top % moved.bottom < 0 ? quotient - 1 : quotient);
}

static int64_t clipped(int64_t value)
{
    return value > 32767 ? 32767 : value < -32768 ? -32768 : value;
}

/* A state that loses -leak / 2^15 of itself, and gets y 2^exponent + bias. */
static int64_t next_state(int64_t state, int64_t leak, int64_t y, int exponent, int64_t bias)
{
    int64_t lost = nearest(times(whole(state), (struct fraction){leak, 32768}));
    int64_t gained = nearest(plus(times(whole(y), power_of_two(exponent)), whole(bias)));

    return clipped(state + lost + gained);
}

/* ---- vectors ---- */

static const int16_t edges[] = {-32768, -32767, -32766, -24577, -16385, -16384, -16383, -4097, -257, -256, -255, -129,
                                -128,   -127,   -65,    -64,    -63,    -3,     -2,     -1,    0,    1,    2,    3,
                                63,     64,     65,     127,    128,    129,    255,    256,   257,  4096, 16383, 16384,
                                16385,  24576,  32765,  32766,  32767};

enum { EDGES = sizeof edges / sizeof edges[0] };

/* An edge every other time, else any. */
static int16_t draw(uint64_t *state)
{
    return random_below(state, 2) ? edges[random_below(state, EDGES)] : (int16_t)((int)random_below(state, ALL) - 32768);
}

static int16_t draw_leak(uint64_t *state)
{
    int16_t leak = draw(state);

    return leak > 0 ? (int16_t)-leak : leak;
}

struct primitive {
    enum model model;
    bool subtract;
    bool current_old;
    int gain_exponent;
    int current_exponent;
};

static void fill_parameters(struct image_population *population, const struct primitive *form, uint64_t *state)
{
    bool leaks = form->model != MODEL_I && form->model != MODEL_IF, full = form->model == MODEL_THRESHOLD || form->model == MODEL_RELAY;

    population->subtract = form->subtract;
    population->current_old = form->current_old;
    population->gain_exponent = form->gain_exponent;
    population->current_exponent = form->current_exponent;
    population->each = population->current_each = true;
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        population->parameter[NEURON_LEAK][neuron] = full ? -32768 : leaks ? draw_leak(state) : 0;
        population->parameter[NEURON_BIAS][neuron] = draw(state);
        population->parameter[NEURON_THRESHOLD][neuron] = population->fire ? draw(state) : 0;
        population->parameter[NEURON_RESET][neuron] = population->fire ? draw(state) : 0;
        if (!population->current_unit)
            continue;
        population->current_unit[neuron] = 1;
        population->current_parameter[CURRENT_LEAK][neuron] = draw_leak(state);
        population->current_parameter[CURRENT_BIAS][neuron] = draw(state);
    }
}

/* x comes from two sources with 16-bit weights: the first alone reaches all but the least. */
static bool give_x(void *context, size_t source, size_t target, int *weight)
{
    const int16_t *x = context;
    int first = x[target] == -32768 ? -32767 : x[target];

    *weight = source == 0 ? first : x[target] - first;
    return true;
}

static size_t add_primitive(struct image *image, const struct primitive *form, size_t neurons)
{
    size_t index = integer_network_add(image, form->model, false, neurons, 0, 0);
    struct image_population *population = &image->populations[index];

    population->scale = 1;
    if (model_has_current(form->model))
        population->current_unit = arena_allocate(image->arena, neurons, sizeof(double));
    return index;
}

static struct image make_image(struct arena *arena, const struct primitive *form, size_t neurons, const int16_t *x,
                               uint64_t *state)
{
    struct image image = integer_network_begin(arena);

    integer_network_add(&image, MODEL_INPUT, false, 2, 0, 0);
    fill_parameters(&image.populations[add_primitive(&image, form, neurons)], form, state);
    integer_network_connect(&image, 0, 1, 0, 16, give_x, (void *)(uintptr_t)x);
    image.projections[0].scale = 1;
    image.populations[0].scale = 1;
    integer_network_output(&image, 1);
    return image;
}

/* ---- a step ---- */

struct step {
    double *v, *i; /* before and after it */
    uint8_t *spikes;
    double *values; /* where the population does not fire */
};

static void check_neuron(const struct image_population *population, size_t neuron, int64_t x, int64_t v, int64_t i,
                         const struct step *after, const char *what)
{
    int64_t y = x, current = i;

    if (model_has_current(population->model)) {
        current = next_state(i, population->current_parameter[CURRENT_LEAK][neuron], x, population->current_exponent,
                             population->current_parameter[CURRENT_BIAS][neuron]);
        y = population->current_old ? i : current;
    }
    int64_t s = next_state(v, population->parameter[NEURON_LEAK][neuron], y, population->gain_exponent,
                           population->parameter[NEURON_BIAS][neuron]);
    int64_t reset = population->parameter[NEURON_RESET][neuron];
    bool fired = population->fire && s > population->parameter[NEURON_THRESHOLD][neuron];
    int64_t left = !fired ? s : population->subtract ? clipped(s + reset) : reset;

    cr_assert(after->v[neuron] == (double)left && (!after->spikes || after->spikes[neuron] == fired) &&
                  (!after->values || after->values[neuron] == (double)left) &&
                  (!population->current_unit || after->i[neuron] == (double)current),
              "%s, model %d, exponents %d and %d, %s: x %lld v %lld i %lld leak %d bias %d threshold %d reset %lld give v "
              "%g i %g, not %lld and %lld, fired %d",
              what, population->model, population->current_exponent, population->gain_exponent,
              population->subtract ? "subtract" : "load", (long long)x, (long long)v, (long long)i,
              population->parameter[NEURON_LEAK][neuron], population->parameter[NEURON_BIAS][neuron],
              population->parameter[NEURON_THRESHOLD][neuron], (long long)reset, after->v[neuron],
              population->current_unit ? after->i[neuron] : 0, (long long)left, (long long)current, fired);
}

typedef enum loom_status (*opener)(struct device **device, const struct image *image, const char *argument, char *error);

/* Steps with new states each; in every third nothing is heard. Returns vectors whose state was saturated. */
static size_t check_steps(const struct image *image, opener open, const int16_t *x, size_t steps, uint64_t *state,
                          const char *what)
{
    const struct image_population *population = &image->populations[1];
    size_t size = population->size, saturated = 0;
    double *v = calloc(size, sizeof *v), *i = calloc(size, sizeof *i);
    struct step after = {.v = calloc(size, sizeof(double)), .i = calloc(size, sizeof(double))};
    char error[DEVICE_ERROR_BYTES] = "";
    struct device *device;

    *(population->fire ? (void **)&after.spikes : (void **)&after.values) = calloc(size, sizeof(double));
    cr_assert_eq(open(&device, image, NULL, error), LOOM_OK, "%s: %s", what, error);
    for (size_t step = 0; step < steps; step++) {
        uint8_t spikes[2] = {step % 3 != 2, step % 3 != 2};
        struct loom_buffer input = {.spikes = spikes}, output = {.spikes = after.spikes, .values = after.values};
        for (size_t neuron = 0; neuron < size; neuron++) {
            v[neuron] = draw(state);
            i[neuron] = population->current_unit ? draw(state) : 0;
        }
        struct loom_state set = {.v = v, .i = population->current_unit ? i : NULL};
        struct loom_state get = {.v = after.v, .i = population->current_unit ? after.i : NULL};
        cr_assert_eq(device->operations->set_state(device, 1, &set), LOOM_OK, "%s: %s", what, device->error);
        cr_assert_eq(device->operations->run(device, 1, &input, &output), LOOM_OK, "%s: %s", what, device->error);
        cr_assert_eq(device->operations->get_state(device, 1, &get), LOOM_OK, "%s: %s", what, device->error);
        for (size_t neuron = 0; neuron < size; neuron++) {
            check_neuron(population, neuron, spikes[0] ? x[neuron] : 0, (int64_t)v[neuron], (int64_t)i[neuron], &after,
                         what);
            saturated += after.v[neuron] == 32767 || after.v[neuron] == -32768;
        }
    }
    device->operations->close(device);
    free(v);
    free(i);
    free(after.v);
    free(after.i);
    free(after.spikes);
    free(after.values);
    return saturated;
}

/* All primitives with all resets, orders and exponents; every-th of them. */
static void check_primitives(opener open, const char *board, size_t neurons, size_t steps, unsigned every)
{
    static const enum model models[] = {MODEL_I,      MODEL_IF,      MODEL_LI,        MODEL_LIF,
                                        MODEL_CUBALI, MODEL_CUBALIF, MODEL_THRESHOLD, MODEL_RELAY};
    uint64_t state = 20261123;
    size_t saturated = 0, vectors = 0, count = 0;
    int16_t *x = calloc(neurons, sizeof *x);

    for (size_t model = 0; model < sizeof models / sizeof *models; model++) {
        bool fires = model_fires(models[model]), current = model_has_current(models[model]);
        for (int variant = 0; variant < (fires ? 2 : 1) * (current ? 2 : 1); variant++)
            for (int exponent = GAIN_EXPONENT_MIN; exponent <= GAIN_EXPONENT_MAX; exponent++) {
                struct primitive form = {models[model], fires && variant % 2, current && variant >= (fires ? 2 : 1), exponent,
                                         current ? (int)random_below(&state, 15) - 7 : 0};
                struct arena arena = {NULL};
                if (count++ % every)
                    continue;
                for (size_t neuron = 0; neuron < neurons; neuron++)
                    x[neuron] = draw(&state);
                struct image image = make_image(&arena, &form, neurons, x, &state);
                if (board)
                    cr_assert(placed_on(&image, board, ""), "model %d does not fit %s", form.model, board);
                saturated += check_steps(&image, open, x, steps, &state, board ? board : "ref");
                vectors += neurons * steps;
                arena_free(&arena);
            }
    }
    free(x);
    cr_log_info("%zu vectors, %zu saturated", vectors, saturated);
    cr_expect(saturated > vectors / 20 && saturated < vectors * 19 / 20, "%zu of %zu saturated", saturated, vectors);
}

Test(arithmetic, every_primitive_by_ref)
{
    check_primitives(device_ref_open, NULL, REF_NEURONS, REF_STEPS, 1);
}

Test(arithmetic, every_primitive_by_sim, .timeout = 300)
{
    check_primitives(device_sim_open, "icebreaker", SIM_NEURONS, SIM_STEPS, 1);
}

/* Groups of eight slots, words of 128 bits. */
Test(arithmetic, primitives_by_a_wide_sim, .timeout = 300)
{
    check_primitives(device_sim_open, "sim-wide", SIM_NEURONS, SIM_STEPS, 4);
}

/* ---- whole ranges, one operand at a time ---- */

/* A population of half of all numbers, from first on, is checked by what says what each becomes. */
static void check_all(const struct primitive *form, int16_t leak, int16_t bias, bool by_state)
{
    enum { HALF = ALL / 2 };
    int16_t *x = calloc(HALF, sizeof *x);
    double *v = calloc(HALF, sizeof *v);
    uint64_t state = 1;

    for (int first = -32768; first <= 0; first += HALF) {
        struct arena arena = {NULL};
        struct step after = {.v = calloc(HALF, sizeof(double))};
        uint8_t spikes[2] = {!by_state, !by_state};
        char error[DEVICE_ERROR_BYTES] = "";
        struct device *device;

        for (int neuron = 0; neuron < HALF; neuron++) {
            x[neuron] = by_state ? 0 : (int16_t)(first + neuron);
            v[neuron] = by_state ? first + neuron : 0;
        }
        struct image image = make_image(&arena, form, HALF, x, &state);
        for (size_t neuron = 0; neuron < HALF; neuron++) {
            image.populations[1].parameter[NEURON_LEAK][neuron] = leak;
            image.populations[1].parameter[NEURON_BIAS][neuron] = bias;
        }
        after.values = calloc(HALF, sizeof(double));
        struct loom_buffer input = {.spikes = spikes}, output = {.values = after.values};
        struct loom_state set = {.v = v}, get = {.v = after.v};
        cr_assert_eq(device_ref_open(&device, &image, NULL, error), LOOM_OK, "%s", error);
        cr_assert_eq(device->operations->set_state(device, 1, &set), LOOM_OK);
        cr_assert_eq(device->operations->run(device, 1, &input, &output), LOOM_OK);
        cr_assert_eq(device->operations->get_state(device, 1, &get), LOOM_OK);
        for (size_t neuron = 0; neuron < HALF; neuron++)
            check_neuron(&image.populations[1], neuron, x[neuron], (int64_t)v[neuron], 0, &after, "ref");
        device->operations->close(device);
        free(after.v);
        free(after.values);
        arena_free(&arena);
    }
    free(x);
    free(v);
}

Test(arithmetic, every_state_leaks)
{
    for (size_t edge = 0; edge < EDGES && edges[edge] <= 0; edge++)
        check_all(&(struct primitive){.model = MODEL_LI}, edges[edge], 0, true);
}

Test(arithmetic, every_input_is_gained)
{
    static const int16_t biases[] = {-32768, -1, 0, 1, 32767};

    for (int exponent = GAIN_EXPONENT_MIN; exponent <= GAIN_EXPONENT_MAX; exponent++)
        for (size_t bias = 0; bias < sizeof biases / sizeof *biases; bias++)
            check_all(&(struct primitive){.model = MODEL_RELAY, .gain_exponent = exponent}, -32768, biases[bias], false);
}

/* ---- products ---- */

static bool give_weight(void *context, size_t source, size_t target, int *weight)
{
    const int16_t *weights = context;

    (void)source;
    *weight = weights[target];
    return true;
}

/* An I whose state is set sends a value to relays, one a weight; a value a step. Products beyond 16 bits are left out: the
 * compiler proves that there are none. */
static void check_products(opener open, const char *board, unsigned bits, const int16_t *weights, size_t count,
                           const int16_t *values, size_t value_count)
{
    struct arena arena = {NULL};
    struct image image = integer_network_begin(&arena);
    const struct primitive source = {.model = MODEL_I}, target = {.model = MODEL_RELAY};
    char error[DEVICE_ERROR_BYTES] = "";
    double *products = calloc(count, sizeof *products);
    size_t fitting = 0;
    struct device *device;

    integer_network_add(&image, MODEL_INPUT, false, 1, 0, 0);
    image.populations[0].scale = 1;
    add_primitive(&image, &source, 1);
    add_primitive(&image, &target, count);
    for (size_t neuron = 0; neuron < count; neuron++)
        image.populations[2].parameter[NEURON_LEAK][neuron] = -32768;
    integer_network_connect(&image, 1, 2, 0, bits, give_weight, (void *)(uintptr_t)weights);
    image.projections[0].scale = 1;
    integer_network_output(&image, 2);
    if (board)
        cr_assert(placed_on(&image, board, ""));
    cr_assert_eq(open(&device, &image, NULL, error), LOOM_OK, "%s", error);
    for (size_t index = 0; index < value_count; index++) {
        uint8_t silence = 0;
        double v = values[index];
        struct loom_state set = {.v = &v};
        struct loom_buffer input = {.spikes = &silence}, output = {.values = products};
        cr_assert_eq(device->operations->set_state(device, 1, &set), LOOM_OK);
        cr_assert_eq(device->operations->run(device, 1, &input, &output), LOOM_OK);
        for (size_t neuron = 0; neuron < count; neuron++) {
            int64_t exact = nearest((struct fraction){(__int128)weights[neuron] * values[index], 256});
            if (exact != clipped(exact))
                continue;
            cr_assert_eq(products[neuron], (double)exact, "%s, %u bits: %d times %d is %g, not %lld", board ? board : "ref",
                         bits, weights[neuron], values[index], products[neuron], (long long)exact);
            fitting++;
        }
    }
    device->operations->close(device);
    free(products);
    arena_free(&arena);
    cr_expect_gt(fitting, count * value_count / 4);
}

/* All weights of 8 bits; count: values, spread over all numbers, or all of them. */
static void check_all_products(opener open, const char *board, size_t count)
{
    int16_t weights[255], *values = calloc(count + EDGES, sizeof *values);

    for (int weight = -127; weight <= 127; weight++)
        weights[weight + 127] = (int16_t)weight;
    memcpy(values, edges, sizeof edges);
    for (size_t index = 0; index < count; index++)
        values[EDGES + index] = (int16_t)((int)(index * (ALL / count)) - 32768);
    check_products(open, board, 8, weights, 255, values, count + EDGES);
    check_products(open, board, 16, edges + 1, EDGES - 1, values, count + EDGES);
    free(values);
}

Test(arithmetic, every_product_by_ref)
{
    check_all_products(device_ref_open, NULL, ALL);
}

Test(arithmetic, products_by_sim, .timeout = 300)
{
    check_all_products(device_sim_open, "icebreaker", 1024);
}
