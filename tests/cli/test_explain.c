/* What compile says of its choices: layouts counted by hand, cycles beside those that eval measures. */
#include "support.h"

#include <criterion/criterion.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct json_object *run(const char *arguments)
{
    const char *program = getenv("NIRLOOM") ? getenv("NIRLOOM") : "build/nirloom";
    char *output;
    int status = run_command(&output, "%s %s 2>/dev/null", program, arguments);
    struct json_object *object = json_tokener_parse(output);

    cr_assert_eq(status, 0, "%s %s: exit status %d", program, arguments, status);
    cr_assert(object, "not JSON:\n%s", output);
    free(output);
    return object;
}

static struct json_object *member(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;

    cr_assert(json_object_object_get_ex(object, key, &value), "key %s is missing", key);
    return value;
}

static double number(struct json_object *object, const char *key)
{
    return json_object_get_double(member(object, key));
}

static struct json_object *element(struct json_object *object, const char *key, size_t index)
{
    struct json_object *value = json_object_array_get_idx(member(object, key), index);

    cr_assert(value, "%s has no element %zu", key, index);
    return value;
}

/* 784-128-10 with 8-bit weights on 8 lanes: 128 weights are 16 words, 10 are 2. */
Test(explain, layouts_are_those_of_the_example, .timeout = 60)
{
    char command[256];

    snprintf(command, sizeof command, "compile examples/mnist/mnist.nir --json -o '%s'", temporary_path("mnist.loom"));
    struct json_object *object = run(command);
    struct json_object *first = element(object, "projections", 0), *second = element(object, "projections", 1);

    cr_expect_str_eq(json_object_get_string(member(first, "layout")), "dense");
    cr_expect_eq(number(first, "units_per_event"), 16);
    cr_expect_eq(number(first, "weight_words"), 784 * 16);
    cr_expect_eq(number(second, "units_per_event"), 2);
    cr_expect_eq(number(second, "weight_words"), 128 * 2);
    cr_expect_eq(number(member(member(object, "memory"), "spikes"), "used_bytes"), 2 * (2 * 49 + 8 + 1));
    cr_expect_eq(number(member(member(object, "memory"), "accumulators"), "used_bytes"), 2 * 128);
    cr_expect_str_eq(json_object_get_string(member(element(object, "populations", 1), "parameters")), "uniform");
    cr_expect_eq(json_object_array_length(member(object, "predicted")), 3);
    cr_expect_float_eq(number(element(object, "predicted", 0), "input_density"), 0.05, 0.01);
    cr_expect_eq(number(element(object, "predicted", 2), "input_density"), 1);
    /* all inputs active: 784 events of 16 units, and with them a good part of the synaptic operations a cycle */
    cr_expect_geq(number(element(object, "predicted", 2), "cycles_per_step"), 784 * 16);
    cr_expect_leq(number(element(object, "predicted", 2), "cycles_per_step"), 784 * 16 + 128 * 2 + 130);
    json_object_put(object);
}

Test(explain, predicted_cycles_are_those_that_eval_measures, .timeout = 120)
{
    const char *image = temporary_path("calibrated.loom");
    char command[512];

    snprintf(command, sizeof command,
             "compile examples/mnist/mnist.nir --json -o '%s' --calibrate examples/mnist/digits.h5", image);
    struct json_object *compiled = run(command), *predicted = element(compiled, "predicted", 0);
    snprintf(command, sizeof command, "eval '%s' -i examples/mnist/digits.h5 --limit 20 --json", image);
    struct json_object *measured = run(command);

    cr_expect_eq(number(predicted, "samples"), 20);
    cr_expect_eq(number(predicted, "steps"), 25);
    cr_expect_float_eq(20 * 25 * number(predicted, "cycles_per_step") / number(measured, "cycles"), 1, 1e-3);
    cr_expect_float_eq(number(predicted, "latency_us") / number(measured, "latency_us"), 1, 1e-3);
    cr_expect_float_eq(20 * 25 * number(predicted, "synops_per_step"), number(measured, "synops"), 0.5);
    json_object_put(compiled);
    json_object_put(measured);
}
