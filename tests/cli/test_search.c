/* compile --bits auto: what it says of each trial beside what compile and eval say of it, the front by its definition.
 * */
#include "data.h"
#include "nirloom_command.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Exit status 1, and nothing on standard output. */
static void expect_refused(const char *command)
{
    char *output = nirloom_output(1, "%s 2>/dev/null", command);

    cr_expect_str_empty(output);
    free(output);
}

/* As good in accuracy, latency and memory, and in energy where the rival's is known. */
static bool as_good(struct json_object *a, struct json_object *b)
{
    struct json_object *energy_a = json_member(a, "energy_uj"), *energy_b = json_member(b, "energy_uj");
    bool cheap = !energy_b || (energy_a && json_object_get_double(energy_a) <= json_object_get_double(energy_b));

    return cheap && json_number(a, "accuracy") >= json_number(b, "accuracy") &&
           json_number(a, "latency_us") <= json_number(b, "latency_us") &&
           json_number(a, "memory_bytes") <= json_number(b, "memory_bytes");
}

/* Better in one of those; an energy that is not known is neither better nor worse. */
static bool better(struct json_object *a, struct json_object *b)
{
    struct json_object *energy_a = json_member(a, "energy_uj"), *energy_b = json_member(b, "energy_uj");

    return json_number(a, "accuracy") > json_number(b, "accuracy") ||
           json_number(a, "latency_us") < json_number(b, "latency_us") ||
           json_number(a, "memory_bytes") < json_number(b, "memory_bytes") ||
           (energy_a && energy_b && json_object_get_double(energy_a) < json_object_get_double(energy_b));
}

/* A trial is on the front if whoever is as good as it is no better. */
static void check_front(struct json_object *trials)
{
    size_t count = json_object_array_length(trials), front = 0;

    for (size_t index = 0; index < count; index++) {
        struct json_object *trial = json_object_array_get_idx(trials, index);
        bool beaten = !json_truth(trial, "fits");
        for (size_t other = 0; other < count && !beaten; other++) {
            struct json_object *rival = json_object_array_get_idx(trials, other);
            beaten = json_truth(rival, "fits") && as_good(rival, trial) && better(rival, trial);
        }
        cr_expect_eq(json_truth(trial, "pareto"), !beaten, "trial %zu", index);
        front += json_truth(trial, "pareto");
    }
    cr_expect(front > 0);
}

static struct json_object *chosen_of(struct json_object *trials)
{
    struct json_object *chosen = NULL;

    for (size_t index = 0; index < json_object_array_length(trials); index++) {
        struct json_object *trial = json_object_array_get_idx(trials, index);
        cr_expect(!(chosen && json_truth(trial, "chosen")), "two are chosen");
        chosen = json_truth(trial, "chosen") ? trial : chosen;
    }
    cr_assert_not_null(chosen);
    return chosen;
}

static bool same_digits(struct json_object *a, struct json_object *b, const char *key)
{
    char digits_a[32], digits_b[32];

    snprintf(digits_a, sizeof digits_a, "%.1e", json_number(a, key));
    snprintf(digits_b, sizeof digits_b, "%.1e", json_number(b, key));
    return strcmp(digits_a, digits_b) == 0;
}

/* On one board the choice has the least memory of all that meet the bound. */
static void check_choice(struct json_object *search)
{
    struct json_object *trials = json_member(search, "trials"), *chosen = chosen_of(trials);

    cr_expect(json_truth(chosen, "fits"));
    cr_expect_leq(json_number(chosen, "loss"), json_number(search, "max_loss") + 1e-6);
    for (size_t index = 0; index < json_object_array_length(trials); index++) {
        struct json_object *trial = json_object_array_get_idx(trials, index);
        if (!json_truth(trial, "fits") || json_number(trial, "loss") > json_number(search, "max_loss"))
            continue;
        cr_expect_leq(json_number(chosen, "memory_bytes"), json_number(trial, "memory_bytes"));
        /* a third digit of energy or cycles is no reason to lose more */
        if (json_number(chosen, "memory_bytes") >= json_number(trial, "memory_bytes") &&
            same_digits(chosen, trial, "cycles") &&
            same_digits(chosen, trial, "energy_uj"))
            cr_expect_geq(json_number(chosen, "accuracy"), json_number(trial, "accuracy"));
    }
}

static int width_of(struct json_object *trial, size_t projection)
{
    return json_object_get_int(json_object_array_get_idx(json_member(trial, "widths"), projection));
}

/* The image has the widths of the trial. */
static void check_widths(struct json_object *object, struct json_object *trial)
{
    struct json_object *searched = json_member(json_member(object, "search"), "projections");
    struct json_object *made = json_member(object, "projections");

    for (size_t index = 0; index < json_object_array_length(made); index++) {
        struct json_object *projection = json_object_array_get_idx(made, index);
        bool found = false;
        for (size_t other = 0; other < json_object_array_length(searched); other++) {
            struct json_object *like = json_object_array_get_idx(searched, other);
            if (!json_object_equal(json_member(projection, "source"), json_member(like, "source")) ||
                !json_object_equal(json_member(projection, "target"), json_member(like, "target")) ||
                !json_object_equal(json_member(projection, "delay"), json_member(like, "delay")))
                continue;
            cr_expect_eq(json_number(projection, "weight_bits"), width_of(trial, other), "projection %zu", index);
            found = true;
        }
        cr_expect(found, "projection %zu was not searched", index);
    }
}

/* What eval measures of an image of a trial's widths for its board. */
static void check_image(struct json_object *trial, const char *image, const char *data, unsigned samples)
{
    char command[1024];

    snprintf(command, sizeof command, "eval '%s' -i '%s' --skip 100 --limit %u --device ref --json", image, data,
             samples);
    struct json_object *measured = nirloom_json("%s", command);
    cr_expect_str_eq(json_text(measured, "board"), json_text(trial, "board"));
    cr_expect_float_eq(json_number(trial, "accuracy"), json_number(measured, "accuracy"), 1e-9);
    cr_expect_float_eq(json_number(trial, "loss"),
                       100 * (json_number(measured, "float_accuracy") - json_number(measured, "accuracy")), 1e-6);
    json_object_put(measured);
}

/* The widths, one a population that projections end in, given by hand. */
static void check_by_hand(struct json_object *trial, const char *network, const char *data, unsigned samples,
                          const char *const targets[], size_t count)
{
    const char *image = temporary_path("trial.loom");
    char command[1024];
    int length = snprintf(command, sizeof command, "compile '%s' -o '%s' --calibrate '%s' --board %s --json", network,
                          image, data, json_text(trial, "board"));

    for (size_t index = 0; index < count; index++)
        length += snprintf(command + length, sizeof command - (size_t)length, " --weight-bits %s=%d", targets[index],
                           width_of(trial, index));
    json_object_put(nirloom_json("%s", command));
    check_image(trial, image, data, samples);
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

static struct json_object *search_for(const char *network, const char *data, const char *image, const char *options)
{
    char command[2048];

    snprintf(command, sizeof command, "compile '%s' -o '%s' --bits auto --calibrate '%s' --json %s", network, image,
             data, options);
    return nirloom_json("%s", command);
}

Test(search, example_on_all_boards, .timeout = 600)
{
    static const char network[] = "examples/mnist/mnist.nir", data[] = "examples/mnist/digits.h5";
    const char *image = temporary_path("search.loom");
    struct json_object *object = search_for(network, data, image, "--max-loss 100 --board any");
    struct json_object *search = json_member(object, "search"), *trials = json_member(search, "trials");

    cr_expect_eq(json_number(search, "samples"), 100);
    cr_expect_str_eq(json_text(search, "judge"), "labels");
    cr_expect_geq(json_object_array_length(trials), 12);
    check_front(trials);
    struct json_object *chosen = chosen_of(trials);
    /* the smallest array of boards.def, and all weights fit in 4 bits */
    cr_expect_str_eq(json_text(chosen, "board"), "sim-small");
    cr_expect_str_eq(json_text(object, "board"), "sim-small");
    check_widths(object, chosen);
    check_image(chosen, image, data, 100);
    json_object_put(object);
}

/* Boards that can be built alone; the iCE40HX8K has no room for 100,352 weights. */
Test(search, example_on_boards_that_can_be_built, .timeout = 600)
{
    static const char network[] = "examples/mnist/mnist.nir", data[] = "examples/mnist/digits.h5";
    struct json_object *object =
        search_for(network, data, temporary_path("built.loom"), "--max-loss 100 --board auto --limit 20");
    struct json_object *trials = json_member(json_member(object, "search"), "trials");

    for (size_t index = 0; index < json_object_array_length(trials); index++) {
        const char *board = json_text(json_object_array_get_idx(trials, index), "board");
        cr_expect(strncmp(board, "sim-", 4) != 0, "%s was tried", board);
    }
    check_front(trials);
    cr_expect_str_eq(json_text(object, "board"), "icebreaker");
    json_object_put(object);
}

/* 784 to 128 to 10 neurons: all combinations are tried. */
Test(search, all_combinations_of_two_projections, .timeout = 600)
{
    static const char *const targets[] = {"lif1", "lif2"};
    char network[512], data[512], command[1024];
    const char *image = temporary_path("a.loom");

    find_net(network, data, "own/nets/a_mnist_ff");
    struct json_object *object = search_for(network, data, image, "--limit 100");
    struct json_object *search = json_member(object, "search");
    struct json_object *trials = json_member(search, "trials"), *at[2][2] = {{NULL}};

    cr_expect(json_truth(search, "complete"));
    check_front(trials);
    check_choice(search);
    check_widths(object, chosen_of(trials));
    check_image(chosen_of(trials), image, data, 100);
    for (size_t index = 0; index < json_object_array_length(trials); index++) {
        struct json_object *trial = json_object_array_get_idx(trials, index);
        int first = width_of(trial, 0), second = width_of(trial, 1);
        if ((first == 4 || first == 8) && (second == 4 || second == 8)) {
            cr_expect_null(at[first == 8][second == 8], "%d and %d bits are there twice", first, second);
            at[first == 8][second == 8] = trial;
        }
        struct json_object *uniform = json_member(trial, "weight_bits");
        cr_expect(first == second ? json_object_get_int(uniform) == first : uniform == NULL);
    }
    for (size_t index = 0; index < 4; index++) {
        cr_assert_not_null(at[index / 2][index % 2]);
        check_by_hand(at[index / 2][index % 2], network, data, 100, targets, 2);
    }
    /* 128 events of 16 weights each, of which 4 bits take half */
    cr_expect_eq(json_number(at[1][1], "memory_bytes") - json_number(at[1][0], "memory_bytes"), 128 * 16 / 2);
    /* the last image by hand, of 8 and 8 bits: what its first 20 samples cost */
    snprintf(command, sizeof command, "eval '%s' -i '%s' --skip 100 --limit 20 --device ref --json",
             temporary_path("trial.loom"), data);
    struct json_object *measured = nirloom_json("%s", command);
    cr_expect_eq(json_number(search, "predicted_samples"), 20);
    cr_expect_float_eq(json_number(at[1][1], "energy_uj") / json_number(measured, "energy_uj"), 1, 1e-9);
    json_object_put(measured);
    snprintf(command, sizeof command, "eval '%s' -i '%s' --skip 100 --limit 20 --json",
             temporary_path("trial.loom"), data);
    measured = nirloom_json("%s", command);
    cr_expect_float_eq(json_number(at[1][1], "cycles") / (json_number(measured, "cycles") / 20), 1, 1e-3);
    json_object_put(measured);
    /* the choice on the samples behind */
    struct json_object *unseen = json_member(search, "unseen");
    cr_expect_eq(json_number(unseen, "first_sample"), 200);
    cr_expect_eq(json_number(unseen, "samples"), 100);
    snprintf(command, sizeof command, "eval '%s' -i '%s' --skip 200 --limit 100 --device ref --json",
             temporary_path("a.loom"), data);
    measured = nirloom_json("%s", command);
    cr_expect_float_eq(json_number(unseen, "accuracy"), json_number(measured, "accuracy"), 1e-9);
    cr_expect_float_eq(json_number(unseen, "float_accuracy"), json_number(measured, "float_accuracy"), 1e-9);
    json_object_put(measured);
    json_object_put(object);
}

/* Nine projections: there are more combinations than can be tried. */
Test(search, mixed_widths_within_a_bound, .timeout = 600)
{
    char network[512], data[512];
    const char *image = temporary_path("e1.loom");

    find_net(network, data, "derived/nets/e1_fsdd_conv1d_delay");
    struct json_object *object = search_for(network, data, image, "--max-loss 1 --trials 20");
    struct json_object *search = json_member(object, "search"), *trials = json_member(search, "trials");
    struct json_object *chosen = chosen_of(trials);

    cr_expect_not(json_truth(search, "complete"));
    cr_expect_eq(json_object_array_length(json_member(search, "projections")), 9);
    cr_expect_leq(json_object_array_length(trials), 20);
    check_front(trials);
    check_choice(search);
    check_widths(object, chosen);
    check_image(chosen, image, data, 200);
    /* 300 samples: none are left */
    struct json_object *unseen = NULL;
    cr_expect(json_object_object_get_ex(search, "unseen", &unseen) && unseen == NULL);
    for (size_t index = 0; index < json_object_array_length(trials); index++) {
        struct json_object *trial = json_object_array_get_idx(trials, index);
        for (size_t other = 0; other < index; other++)
            cr_expect_not(json_object_equal(json_member(trial, "widths"),
                                            json_member(json_object_array_get_idx(trials, other), "widths")));
        /* all 8 bits meet the bound, and whoever is chosen takes less */
        if (json_member(trial, "weight_bits") && json_number(trial, "weight_bits") == 8) {
            cr_expect_leq(json_number(trial, "loss"), 1);
            cr_expect_lt(json_number(chosen, "memory_bytes"), json_number(trial, "memory_bytes"));
        }
    }
    json_object_put(object);
}

Test(search, threads_change_nothing, .timeout = 600)
{
    char network[512], data[512];
    const char *image = temporary_path("c.loom");

    find_net(network, data, "derived/nets/c_fsdd_rnn");
    struct json_object *one = search_for(network, data, image, "--jobs 1 --trials 5");
    struct json_object *many = search_for(network, data, image, "--jobs 3 --trials 5"), *all;
    cr_expect_eq(json_number(json_member(one, "search"), "tried"), 5);
    check_choice(json_member(one, "search"));
    cr_expect(json_object_equal(json_member(one, "search"), json_member(many, "search")));
    json_object_put(one);
    json_object_put(many);
    /* two of all combinations have the same memory, and answer differently */
    all = search_for(network, data, image, "");
    cr_expect(json_truth(json_member(all, "search"), "complete"));
    check_choice(json_member(all, "search"));
    json_object_put(all);
}

/* The width of a node that --weight-bits gives is that of all trials. */
Test(search, given_widths_stay, .timeout = 600)
{
    char network[512], data[512];

    find_net(network, data, "own/nets/a_mnist_ff");
    struct json_object *object =
        search_for(network, data, temporary_path("given.loom"), "--limit 50 --max-loss 100 --weight-bits lif2=6");
    struct json_object *search = json_member(object, "search"), *trials = json_member(search, "trials");

    cr_expect_geq(json_object_array_length(trials), 2);
    for (size_t index = 0; index < json_object_array_length(trials); index++)
        cr_expect_eq(width_of(json_object_array_get_idx(trials, index), 1), 6);
    check_widths(object, chosen_of(trials));
    cr_expect_leq(width_of(chosen_of(trials), 0), 4);
    json_object_put(object);
}

static struct data read_some(const char *path, size_t first, size_t samples)
{
    struct diagnostics diagnostics;
    struct data data;

    diagnostics_begin(&diagnostics, path);
    cr_assert_eq(data_read(&data, path, first, samples, 1.0 / 360, &diagnostics), 0, "%s",
                 diagnostics.count ? diagnostics.messages[0].text : path);
    diagnostics_free(&diagnostics);
    return data;
}

/* Root mean square of the published output's errors beside the targets by that of the targets. */
static double published_error(size_t first, size_t samples)
{
    struct data wanted = read_some(shared_data("derived/nets/d_ecg_li/test.h5"), first, samples);
    struct data published = read_some(shared_data("derived/nets/d_ecg_li/expected.h5"), first, samples);
    const double *values = data_find(&published, "output", "values")->values;
    double wrong = 0, all = 0;

    cr_assert_eq(wanted.target_width, published.steps);
    for (size_t index = 0; index < samples * published.steps; index++) {
        wrong += pow(values[index] - wanted.targets[index], 2);
        all += pow(wanted.targets[index], 2);
    }
    data_free(&wanted);
    data_free(&published);
    return sqrt(wrong / all);
}

/* What float has is what the published output has. */
Test(search, targets_judge_where_there_are_no_labels, .timeout = 600)
{
    char network[512], data[512];

    find_net(network, data, "derived/nets/d_ecg_li");
    if (!shared_data("derived/nets/d_ecg_li/expected.h5"))
        cr_skip_test("the shared data sets are not here");
    struct json_object *object =
        search_for(network, data, temporary_path("targets.loom"), "--limit 20 --max-loss 30 --trials 2");
    struct json_object *search = json_member(object, "search"), *trials = json_member(search, "trials");

    cr_expect_str_eq(json_text(search, "judge"), "targets");
    cr_expect_float_eq(json_number(search, "float_accuracy"), 1 - published_error(100, 20), 1e-6);
    for (size_t index = 0; index < json_object_array_length(trials); index++) {
        struct json_object *trial = json_object_array_get_idx(trials, index);
        cr_expect_float_eq(json_number(trial, "loss"),
                           100 * (json_number(search, "float_accuracy") - json_number(trial, "accuracy")), 1e-6);
    }
    json_object_put(object);
}

/* The samples of a file without its targets. */
static const char *drop_targets(const char *from)
{
    const char *path = temporary_path("without.h5");
    struct data data = read_some(from, 0, 0);
    struct diagnostics diagnostics;

    free(data.targets);
    data.targets = NULL;
    data.target_width = 0;
    diagnostics_begin(&diagnostics, path);
    cr_assert_eq(data_write(&data, path, &diagnostics), 0);
    diagnostics_free(&diagnostics);
    data_free(&data);
    return path;
}

/* The output's values are some points off float's at 8 bits; 16 are tried, and are nearer. */
Test(search, wide_weights_where_they_are_needed, .timeout = 600)
{
    char network[512], data[512];
    double best[17] = {0};

    find_net(network, data, "derived/nets/d_ecg_li");
    const char *without = drop_targets(data);
    snprintf(data, sizeof data, "%s", without);
    struct json_object *object =
        search_for(network, data, temporary_path("d.loom"), "--limit 20 --max-loss 30 --trials 6");
    struct json_object *trials = json_member(json_member(object, "search"), "trials"), *chosen = chosen_of(trials);

    for (size_t index = 0; index < json_object_array_length(trials); index++) {
        struct json_object *trial = json_object_array_get_idx(trials, index), *bits = json_member(trial, "weight_bits");
        if (bits)
            best[json_object_get_int(bits)] = json_number(trial, "accuracy");
    }
    cr_expect_lt(best[8], 0.7);
    cr_expect_gt(best[16], best[8]);
    cr_expect_leq(json_number(chosen, "loss"), 30);
    json_object_put(object);
}

Test(search, nothing_within_the_bound, .timeout = 600)
{
    char network[512], data[512], command[2048];
    const char *image = temporary_path("none.loom");
    char *output;

    find_net(network, data, "derived/nets/d_ecg_li");
    const char *without = drop_targets(data);
    snprintf(data, sizeof data, "%s", without);
    snprintf(command, sizeof command,
             "compile '%s' -o '%s' --bits auto --max-loss 0 --limit 20 --trials 3 --calibrate '%s' --json", network,
             image, data);
    expect_refused(command);
    FILE *file = fopen(image, "r");
    cr_expect_null(file, "an image was written all the same");
    output = nirloom_output(1, "%s 2>&1", command);
    cr_expect(strstr(output, "  best\n") && strstr(output, "nothing loses at most 0 points"), "%s", output);
    /* what it says would do does */
    const char *advice = strstr(output, "; --max-loss ");
    cr_assert_not_null(advice);
    double enough = strtod(advice + strlen("; --max-loss "), NULL);
    snprintf(command, sizeof command,
             "compile '%s' -o '%s' --bits auto --max-loss %.2f --limit 20 --trials 3 --calibrate '%s' --json", network,
             image, enough, data);
    json_object_put(nirloom_json("%s", command));
    free(output);
}

/* Four samples: all of them choose scales. */
Test(search, samples_to_judge_by_are_needed, .timeout = 60)
{
    char command[1024];

    snprintf(command, sizeof command, "compile tests/micro/lif.nir -o '%s' --bits auto --calibrate tests/micro/lif.h5",
             temporary_path("lif.loom"));
    expect_refused(command);
}
