/* nirloom run --observables: events say what grids say, and events may be the input. Works from the tree alone. */
#include "data.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void run(const char *input, const char *output, const char *device, const char *form)
{
    const char *program = getenv("NIRLOOM");
    char *said;
    int status = run_command(&said, "'%s' run examples/mnist/mnist.nir -i '%s' -o '%s' --device %s --limit 3 "
                                    "--probe lif1 --observables %s 2>&1",
                             program ? program : "build/nirloom", input, output, device, form);

    cr_assert_eq(status, 0, "%s", said);
    free(said);
}

static void read_file(struct data *data, const char *path)
{
    struct diagnostics diagnostics;

    diagnostics_begin(&diagnostics, path);
    cr_assert_eq(data_read(data, path, 0, 0, 1e-4, &diagnostics), 0, "%s",
                 diagnostics.count ? diagnostics.messages[0].text : "cannot be read");
    diagnostics_free(&diagnostics);
}

static void expect_equal(const char *one, const char *other)
{
    struct data left, right;

    read_file(&left, one);
    read_file(&right, other);
    cr_assert_eq(left.series_count, right.series_count);
    cr_assert(left.series_count >= 2 && left.samples == 3 && left.steps == right.steps && left.dt == right.dt);
    for (size_t index = 0; index < left.series_count; index++) {
        const struct data_series *series = &left.series[index];
        const struct data_series *match = data_find(&right, series->node, series->observable);
        size_t count = left.samples * left.steps * series->neurons, active = 0;

        cr_assert(match && match->neurons == series->neurons && !match->spikes == !series->spikes, "%s", series->node);
        for (size_t element = 0; element < count; element++) {
            active += series->spikes ? series->spikes[element] : series->values[element] != 0;
            cr_assert(series->spikes ? series->spikes[element] == match->spikes[element]
                                     : series->values[element] == match->values[element],
                      "%s/%s differs at element %zu", series->node, series->observable, element);
        }
        cr_expect_gt(active, 0, "%s/%s is empty", series->node, series->observable);
    }
    data_free(&left);
    data_free(&right);
}

static void write_as_events(const char *from, const char *to)
{
    struct data data;
    struct diagnostics diagnostics;

    read_file(&data, from);
    diagnostics_begin(&diagnostics, to);
    cr_assert_eq(data_write_events(&data, to, &diagnostics), 0);
    diagnostics_free(&diagnostics);
    data_free(&data);
}

Test(observables, events_are_the_grid, .timeout = 60)
{
    static const char *const devices[] = {"float", "ref"};

    for (size_t index = 0; index < 2; index++) {
        const char *grid = temporary_path("grid.h5"), *events = temporary_path("events.h5");
        run("examples/mnist/digits.h5", grid, devices[index], "grid");
        run("examples/mnist/digits.h5", events, devices[index], "events");
        expect_equal(grid, events);
    }
}

Test(observables, events_may_be_the_input, .timeout = 60)
{
    const char *input = temporary_path("input.h5"), *grid = temporary_path("from_grid.h5");
    const char *events = temporary_path("from_events.h5");

    write_as_events("examples/mnist/digits.h5", input);
    run("examples/mnist/digits.h5", grid, "ref", "grid");
    run(input, events, "ref", "grid");
    expect_equal(grid, events);
}
