/* What eval and compile say of each population beside float, against the same counted here from what `run` writes on
 * the two devices; and samples on several threads against one. */
#include <criterion/criterion.h>

#include "data.h"
#include "nirloom_command.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 3 };

static const char network[] = "examples/mnist/mnist.nir", digits[] = "examples/mnist/digits.h5";

static void run_on(struct data *data, const char *device, const char *path)
{
    struct diagnostics diagnostics;

    free(nirloom_output(0, "run %s -i %s -o '%s' --device %s --limit %d --probe lif1 --probe lif2 2>/dev/null", network,
                        digits, path, device, SAMPLES));
    diagnostics_begin(&diagnostics, path);
    cr_assert_eq(data_read(data, path, 0, 0, 1e-4, &diagnostics), 0);
    diagnostics_free(&diagnostics);
}

static void check_membranes(struct json_object *comparison, const struct data *ours, const struct data *theirs,
                            const char *name)
{
    const struct data_series *v = data_find(ours, name, "v"), *wanted = data_find(theirs, name, "v");
    struct json_object *entry = json_named(comparison, "populations", name);
    double signal = 0, noise = 0;

    for (size_t element = 0; element < ours->samples * ours->steps * v->neurons; element++) {
        signal += wanted->values[element] * wanted->values[element];
        noise += pow(v->values[element] - wanted->values[element], 2);
    }
    cr_assert(noise > 0 && signal > noise, "the integers are not those of double precision");
    cr_expect_float_eq(json_number(entry, "snr_db"), 10 * log10(signal / noise), 1e-6, "%s", name);
    cr_expect_float_eq(json_number(entry, "relative_error"), sqrt(noise / signal), 1e-9, "%s", name);
}

/* lif2 is the Output, whose spikes `run` writes. */
static void check_spikes(struct json_object *comparison, const struct data *ours, const struct data *theirs)
{
    const struct data_series *spikes = data_find(ours, "output", "spikes");
    const struct data_series *wanted = data_find(theirs, "output", "spikes");
    struct json_object *entry = json_named(comparison, "populations", "lif2");
    double all = (double)(ours->samples * ours->steps * spikes->neurons);
    double same = 0, both = 0, either = 0, own = 0, other = 0;

    for (size_t element = 0; element < ours->samples * ours->steps * spikes->neurons; element++) {
        same += spikes->spikes[element] == wanted->spikes[element];
        both += spikes->spikes[element] && wanted->spikes[element];
        either += spikes->spikes[element] || wanted->spikes[element];
        own += spikes->spikes[element];
        other += wanted->spikes[element];
    }
    cr_assert(same < all && both > 0, "some spikes differ, not all");
    cr_expect_float_eq(json_number(entry, "equal_spikes"), same / all, 1e-12);
    cr_expect_float_eq(json_number(entry, "common_spikes"), both / either, 1e-12);
    cr_expect_float_eq(json_number(entry, "rate"), own / all, 1e-12);
    cr_expect_float_eq(json_number(entry, "float_rate"), other / all, 1e-12);
}

Test(agreement, eval_counts_what_run_writes, .timeout = 600)
{
    struct data ours, theirs;
    struct json_object *object = nirloom_json("eval %s -i %s --device ref --float-samples %d --limit 10 --json",
                                              network, digits, SAMPLES);
    struct json_object *comparison = json_member(object, "float_comparison");

    run_on(&ours, "ref", temporary_path("ref.h5"));
    run_on(&theirs, "float", temporary_path("float.h5"));
    cr_expect_eq(json_number(comparison, "samples"), SAMPLES);
    cr_expect_eq(json_object_array_length(json_member(comparison, "populations")), 2);
    check_membranes(comparison, &ours, &theirs, "lif1");
    check_membranes(comparison, &ours, &theirs, "lif2");
    check_spikes(comparison, &ours, &theirs);
    data_free(&ours);
    data_free(&theirs);
    json_object_put(object);
}

/* Its parameters are exact in the integers (tests/sim/test_primitives.c), so nothing may differ. */
Test(agreement, an_exact_network_has_no_noise, .timeout = 60)
{
    struct json_object *object =
        nirloom_json("eval tests/micro/if_exact_tie.nir -i tests/micro/if_exact_tie.h5 --device ref --json");
    struct json_object *list = json_member(json_member(object, "float_comparison"), "populations");

    cr_assert_geq(json_object_array_length(list), 1);
    for (size_t index = 0; index < json_object_array_length(list); index++) {
        struct json_object *entry = json_object_array_get_idx(list, index);

        cr_expect_eq(json_number(entry, "equal_spikes"), 1);
        cr_expect_eq(json_number(entry, "relative_error"), 0);
        cr_expect_null(json_member(entry, "snr_db"), "no noise: no finite ratio");
        cr_expect(json_number(entry, "rate") > 0 && json_number(entry, "rate") < 1);
    }
    json_object_put(object);
}

/* One definition, two commands: compile with these samples says what eval says of them. */
Test(agreement, compile_says_the_same, .timeout = 600)
{
    struct json_object *compiled =
        nirloom_json("compile %s -o '%s' --calibrate %s --json", network, temporary_path("net.loom"), digits);
    struct json_object *judged =
        nirloom_json("eval %s -i %s --calibrate %s --device ref --float-samples 20 --json", network, digits, digits);

    cr_expect_str_eq(json_object_to_json_string(json_member(compiled, "float_comparison")),
                     json_object_to_json_string(json_member(judged, "float_comparison")));
    json_object_put(compiled);
    json_object_put(judged);
}

static void expect_same_evaluation(const char *device)
{
    char *one = nirloom_output(0, "eval %s -i %s --limit 5 --device %s --json 2>/dev/null", network, digits, device);
    char *three = nirloom_output(0, "eval %s -i %s --limit 5 --device %s --jobs 3 --json 2>/dev/null", network, digits,
                                 device);

    cr_expect_str_eq(one, three, "%s", device);
    free(one);
    free(three);
}

Test(agreement, threads_change_nothing, .timeout = 600)
{
    expect_same_evaluation("sim");
    expect_same_evaluation("ref");
    expect_same_evaluation("float");
}

/* Steps of so few cycles that the link's frames tell, whose bytes depend on how many there were before. */
Test(agreement, cycles_do_not_depend_on_the_samples_before, .timeout = 600)
{
    static const char *const networks[] = {"conv2d_same", "lif", "li_into_lif"};

    for (size_t index = 0; index < sizeof networks / sizeof networks[0]; index++) {
        const char *name = networks[index];
        char *one = nirloom_output(0, "eval tests/micro/%s.nir -i tests/micro/%s.h5 --json 2>/dev/null", name, name);
        char *four = nirloom_output(0, "eval tests/micro/%s.nir -i tests/micro/%s.h5 --json --jobs 4 2>/dev/null", name,
                                    name);

        cr_expect_str_eq(one, four, "%s", name);
        free(one);
        free(four);
    }
}

static void read_back(struct data *data, const char *path)
{
    struct diagnostics diagnostics;

    diagnostics_begin(&diagnostics, path);
    cr_assert_eq(data_read(data, path, 0, 0, 1e-4, &diagnostics), 0);
    diagnostics_free(&diagnostics);
}

Test(agreement, run_keeps_the_order_of_samples, .timeout = 600)
{
    char one[256], many[256];
    struct data first, second;

    snprintf(one, sizeof one, "%s", temporary_path("one.h5"));
    snprintf(many, sizeof many, "%s", temporary_path("many.h5"));
    free(nirloom_output(0, "run %s -i %s -o '%s' --limit 5 --probe lif1 2>/dev/null", network, digits, one));
    free(nirloom_output(0, "run %s -i %s -o '%s' --limit 5 --probe lif1 --threads 3 2>/dev/null", network, digits,
                        many));
    read_back(&first, one);
    read_back(&second, many);
    const struct data_series *a = data_find(&first, "lif1", "v"), *b = data_find(&second, "lif1", "v");
    cr_expect_arr_eq(a->values, b->values, first.samples * first.steps * a->neurons * sizeof *a->values);
    a = data_find(&first, "output", "spikes");
    b = data_find(&second, "output", "spikes");
    cr_expect_arr_eq(a->spikes, b->spikes, first.samples * first.steps * a->neurons);
    data_free(&first);
    data_free(&second);
}
