/* What the tests of profiles share: a network run by a profile's name, and numbers from the published CSV files. */
#ifndef NIRLOOM_TESTS_PROFILE_SUBJECT_H
#define NIRLOOM_TESTS_PROFILE_SUBJECT_H

#include "float_subject.h"
#include "profiles.h"

enum { LIF_STEPS = 1000, BRAILLE_STEPS = 256, BRAILLE_INPUTS = 12 };

static inline struct options profile_options(const char *name)
{
    struct options options = options_default();

    cr_assert(profile_apply(&options, name), "no profile %s", name);
    options.dt = 1e-4;
    return options;
}

/* (rows, columns) numbers of a CSV file, the caller's; skips the test where the file is missing. */
static inline double *read_csv(const char *relative, size_t rows, size_t columns)
{
    const char *path = shared_data(relative);

    if (!path)
        cr_skip_test("the published traces are not on this machine");
    FILE *file = fopen(path, "r");
    double *numbers = malloc(rows * columns * sizeof *numbers), extra;
    for (size_t index = 0; index < rows * columns; index++)
        cr_assert_eq(fscanf(file, index ? "%*[,\n]%lf" : "%lf", &numbers[index]), 1, "%s, number %zu", relative, index);
    cr_assert_neq(fscanf(file, "%*[,\n]%lf", &extra), 1, "%s has more than %zu x %zu numbers", relative, rows, columns);
    fclose(file);
    return numbers;
}

/* Skips the test where the network is missing. */
static inline void open_profile(struct subject *subject, const char *relative, struct options options)
{
    const char *path = shared_data(relative);

    if (!path)
        cr_skip_test("the published networks are not on this machine");
    open_subject(subject, path, &options);
}

/* The first node of that type. */
static inline size_t find_type(const struct subject *subject, enum node_type type)
{
    for (size_t node = 0; node < subject->graph.node_count; node++)
        if (subject->graph.nodes[node].type == type)
            return node;
    cr_assert_fail("no node of that type");
    return 0;
}

#endif
