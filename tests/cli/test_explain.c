/* What compile says of its choices: layouts counted by hand, cycles beside those that eval measures. */
#include "nirloom_command.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>

/* 784-128-10 with 8-bit weights on 8 lanes: 128 weights are 16 words, 10 are 2. */
Test(explain, layouts_are_those_of_the_example, .timeout = 60)
{
    struct json_object *object =
        nirloom_json("compile examples/mnist/mnist.nir --json -o '%s'", temporary_path("mnist.loom"));
    struct json_object *first = json_element(object, "projections", 0);
    struct json_object *second = json_element(object, "projections", 1);

    cr_expect_str_eq(json_text(first, "layout"), "dense");
    cr_expect_eq(json_number(first, "units_per_event"), 16);
    cr_expect_eq(json_number(first, "weight_words"), 784 * 16);
    cr_expect_eq(json_number(second, "units_per_event"), 2);
    cr_expect_eq(json_number(second, "weight_words"), 128 * 2);
    cr_expect_eq(json_number(json_member(json_member(object, "memory"), "spikes"), "used_bytes"), 2 * (2 * 49 + 8 + 1));
    cr_expect_eq(json_number(json_member(json_member(object, "memory"), "accumulators"), "used_bytes"), 2 * 128);
    cr_expect_str_eq(json_text(json_element(object, "populations", 1), "parameters"), "uniform");
    cr_expect_eq(json_object_array_length(json_member(object, "predicted")), 3);
    cr_expect_float_eq(json_number(json_element(object, "predicted", 0), "input_density"), 0.05, 0.01);
    cr_expect_eq(json_number(json_element(object, "predicted", 2), "input_density"), 1);
    /* all inputs active: 784 events of 16 units, and with them a good part of the synaptic operations a cycle */
    cr_expect_geq(json_number(json_element(object, "predicted", 2), "cycles_per_step"), 784 * 16);
    cr_expect_leq(json_number(json_element(object, "predicted", 2), "cycles_per_step"), 784 * 16 + 128 * 2 + 130);
    json_object_put(object);
}

Test(explain, predicted_cycles_are_those_that_eval_measures, .timeout = 120)
{
    const char *image = temporary_path("calibrated.loom");
    struct json_object *compiled = nirloom_json(
        "compile examples/mnist/mnist.nir --json -o '%s' --calibrate examples/mnist/digits.h5", image);
    struct json_object *predicted = json_element(compiled, "predicted", 0);
    struct json_object *measured = nirloom_json("eval '%s' -i examples/mnist/digits.h5 --limit 20 --json", image);

    cr_expect_eq(json_number(predicted, "samples"), 20);
    cr_expect_eq(json_number(predicted, "steps"), 25);
    cr_expect_float_eq(20 * 25 * json_number(predicted, "cycles_per_step") / json_number(measured, "cycles"), 1, 1e-3);
    cr_expect_float_eq(json_number(predicted, "latency_us") / json_number(measured, "latency_us"), 1, 1e-3);
    cr_expect_float_eq(20 * 25 * json_number(predicted, "synops_per_step"), json_number(measured, "synops"), 0.5);
    json_object_put(compiled);
    json_object_put(measured);
}
