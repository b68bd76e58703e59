/* compile --bits auto: what it says of each trial beside what compile and eval say of it, the front by its definition. */
#include "support.h"

#include <criterion/criterion.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct json_object *run(const char *command, int status)
{
    const char *program = getenv("NIRLOOM") ? getenv("NIRLOOM") : "build/nirloom";
    char *output;
    int got = run_command(&output, "%s %s 2>/dev/null", program, command);
    struct json_object *object = json_tokener_parse(output);

    cr_assert_eq(got, status, "%s: exit status %d, expected %d", command, got, status);
    cr_assert(object != NULL || status, "not JSON:\n%s", output);
    cr_expect(status == 0 || !*output, "standard output is not empty:\n%s", output);
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

static bool truth(struct json_object *object, const char *key)
{
    return json_object_get_boolean(member(object, key));
}

static bool as_good(struct json_object *a, struct json_object *b)
{
    return number(a, "accuracy") >= number(b, "accuracy") && number(a, "latency_us") <= number(b, "latency_us") &&
           number(a, "memory_bytes") <= number(b, "memory_bytes");
}

/* A trial is on the front if whoever is as good as it is no better. */
static void check_front(struct json_object *trials)
{
    size_t count = json_object_array_length(trials);

    for (size_t index = 0; index < count; index++) {
        struct json_object *trial = json_object_array_get_idx(trials, index);
        bool beaten = false;
        for (size_t other = 0; other < count; other++) {
            struct json_object *rival = json_object_array_get_idx(trials, other);
            beaten |= as_good(rival, trial) && !as_good(trial, rival);
        }
        cr_expect_eq(truth(trial, "pareto"), !beaten, "trial %zu", index);
    }
}

/* What eval measures of an image compiled by hand with a trial's width for its board. */
static void check_trial(struct json_object *trial, const char *network, const char *data, unsigned samples)
{
    const char *image = temporary_path("trial.loom");
    char command[1024];

    snprintf(command, sizeof command, "compile '%s' -o '%s' --calibrate '%s' --board %s --weight-bits %d --json", network,
             image, data, json_object_get_string(member(trial, "board")), (int)number(trial, "weight_bits"));
    json_object_put(run(command, 0));
    snprintf(command, sizeof command, "eval '%s' -i '%s' --skip 100 --limit %u --device ref --json", image, data, samples);
    struct json_object *measured = run(command, 0);
    cr_expect_float_eq(number(trial, "accuracy"), number(measured, "accuracy"), 1e-9);
    cr_expect_float_eq(number(trial, "loss"),
                       100 * (number(measured, "float_accuracy") - number(measured, "accuracy")), 1e-6);
    json_object_put(measured);
    snprintf(command, sizeof command, "eval '%s' -i '%s' --skip 100 --limit 20 --json", image, data);
    measured = run(command, 0);
    cr_expect_float_eq(number(trial, "cycles") / (number(measured, "cycles") / 20), 1, 1e-3);
    json_object_put(measured);
}

Test(search, example_on_all_boards, .timeout = 120)
{
    static const char network[] = "examples/mnist/mnist.nir", data[] = "examples/mnist/digits.h5";
    char command[1024];
    size_t chosen = 0;

    snprintf(command, sizeof command, "compile %s -o '%s' --bits auto --max-loss 100 --board auto --calibrate %s --json",
             network, temporary_path("search.loom"), data);
    struct json_object *object = run(command, 0), *search = member(object, "search"), *trials = member(search, "trials");

    cr_expect_eq(number(search, "samples"), 100);
    cr_expect_str_eq(json_object_get_string(member(search, "judge")), "labels");
    cr_expect_geq(json_object_array_length(trials), 12);
    check_front(trials);
    for (size_t index = 0; index < json_object_array_length(trials); index++) {
        struct json_object *trial = json_object_array_get_idx(trials, index);
        chosen += truth(trial, "chosen");
        if (!truth(trial, "chosen"))
            continue;
        /* the smallest array of boards.def, and all weights fit in 4 bits */
        cr_expect_str_eq(json_object_get_string(member(trial, "board")), "sim-small");
        cr_expect_str_eq(json_object_get_string(member(object, "board")), "sim-small");
        cr_expect_eq(number(member(object, "options"), "weight_bits"), number(trial, "weight_bits"));
        check_trial(trial, network, data, 100);
    }
    cr_expect_eq(chosen, 1);
    json_object_put(object);
}

static void find_net(char network[512], char data[512], const char *folder)
{
    char relative[256];

    snprintf(relative, sizeof relative, "%s/net.nir", folder);
    if (!shared_data(relative))
        cr_skip_test("the shared data sets are not here");
    snprintf(network, 512, "%s", shared_data(relative));
    snprintf(relative, sizeof relative, "%s/test.h5", folder);
    snprintf(data, 512, "%s", shared_data(relative));
}

Test(search, trained_network_within_a_bound, .timeout = 120)
{
    char network[512], data[512], command[2048];

    find_net(network, data, "own/nets/a_mnist_ff");
    snprintf(command, sizeof command, "compile '%s' -o '%s' --bits auto --limit 200 --calibrate '%s' --json", network,
             temporary_path("a.loom"), data);
    struct json_object *object = run(command, 0), *trials = member(member(object, "search"), "trials");

    cr_expect_eq(json_object_array_length(trials), 2);
    check_front(trials);
    for (size_t index = 0; index < json_object_array_length(trials); index++)
        check_trial(json_object_array_get_idx(trials, index), network, data, 200);
    json_object_put(object);
}

/* Weights of 4 bits lose three points in this network, and both widths some of its output's values in the next. */
Test(search, a_bound_rules_widths_out, .timeout = 120)
{
    char network[512], data[512], command[2048];

    find_net(network, data, "derived/nets/c_fsdd_rnn");
    snprintf(command, sizeof command, "compile '%s' -o '%s' --bits auto --max-loss 1 --calibrate '%s' --json", network,
             temporary_path("e1.loom"), data);
    struct json_object *object = run(command, 0);
    cr_expect_eq(number(member(object, "options"), "weight_bits"), 8);
    json_object_put(object);
}

Test(search, nothing_within_the_bound, .timeout = 120)
{
    char network[512], data[512], command[2048];
    const char *image = temporary_path("none.loom");

    find_net(network, data, "derived/nets/d_ecg_li");
    snprintf(command, sizeof command, "compile '%s' -o '%s' --bits auto --max-loss 0 --limit 20 --calibrate '%s' --json",
             network, image, data);
    json_object_put(run(command, 1));
    FILE *file = fopen(image, "r");
    cr_expect_null(file, "an image was written all the same");
}

/* Four samples: all of them choose scales. */
Test(search, samples_to_judge_by_are_needed, .timeout = 60)
{
    char command[1024];

    snprintf(command, sizeof command, "compile tests/micro/lif.nir -o '%s' --bits auto --calibrate tests/micro/lif.h5",
             temporary_path("lif.loom"));
    json_object_put(run(command, 1));
}
