/* ref equals sim: every output and every membrane at every step, on several arrays, for every network of the data
 * sets and for random graphs. */
#include "lockstep.h"
#include "subject.h"
#include "support.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const boards[] = { "icebreaker",  "sim-small", "sim-sixteen", "sim-wide",
                                      "sim-quad",    "sim-large", "hx8k-b-evn" };
enum { BOARDS = sizeof boards / sizeof boards[0], NAME_BYTES = 512, NETWORKS_MAX = 128 };

enum { LARGE_NEURONS = 4000, LARGE_STEPS = 12 }; /* reading all states takes longest */

static size_t neurons(const struct image *image)
{
    size_t sum = 0;

    for (size_t population = 0; population < image->population_count; population++)
        sum += image->populations[population].size;
    return sum;
}

/* ref against sim: the first steps of some samples with all states at every step, or (steps 0) whole samples as a user runs
 * them. False where the network needs a larger board. */
static bool compare(const char *network, const char *samples, const char *board, unsigned weight_bits, size_t limit,
                    size_t steps)
{
    static struct subject subject;
    char report[LOCKSTEP_REPORT_BYTES] = "";
    size_t activity = 0;

    if (!subject_fits(&subject, network, samples, board, weight_bits, limit)) {
        subject_close(&subject);
        return false;
    }
    if (steps > LARGE_STEPS && neurons(&subject.image) > LARGE_NEURONS)
        steps = LARGE_STEPS;
    struct lockstep run = { .image = &subject.image,
                            .left = device_ref_open,
                            .right = device_sim_open,
                            .samples = subject.data.samples,
                            .steps = steps && steps < subject.data.steps ? steps : subject.data.steps,
                            .source = subject_step,
                            .self = &subject,
                            .whole_samples = steps == 0 };
    cr_assert_eq(lockstep(&run, report, &activity), 0, "%s on %s, %u bit: %s", network, board, weight_bits, report);
    cr_assert_gt(activity, 0, "%s on %s: nothing happened", network, board);
    subject_close(&subject);
    return true;
}

/* A network and its samples: every file FOLDER/NAME.nir with NAME.h5 beside it, or FOLDER/NAME/net.nir with test.h5. */
struct example {
    char network[NAME_BYTES];
    char samples[NAME_BYTES];
};

static bool is_file(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static int by_network(const void *left, const void *right)
{
    return strcmp(((const struct example *)left)->network, ((const struct example *)right)->network);
}

static size_t find_examples(struct example *examples, const char *folder)
{
    const char *path = shared_data(folder);
    DIR *directory = path ? opendir(path) : NULL;
    size_t count = 0;

    for (struct dirent *entry = directory ? readdir(directory) : NULL; entry; entry = readdir(directory)) {
        struct example *example = &examples[count];
        int length = (int)strlen(entry->d_name) - 4;
        snprintf(example->network, NAME_BYTES, "%s/%s/net.nir", path, entry->d_name);
        snprintf(example->samples, NAME_BYTES, "%s/%s/test.h5", path, entry->d_name);
        if (length > 0 && strcmp(entry->d_name + length, ".nir") == 0) {
            snprintf(example->network, NAME_BYTES, "%s/%s", path, entry->d_name);
            snprintf(example->samples, NAME_BYTES, "%s/%.*s.h5", path, length, entry->d_name);
        }
        cr_assert_lt(count + 1, NETWORKS_MAX);
        count += is_file(example->network) && is_file(example->samples);
    }
    if (directory)
        closedir(directory);
    qsort(examples, count, sizeof *examples, by_network);
    return count;
}

/* On every board some steps with all states, with 8-bit and, where there is room, 16-bit weights; on the first two whole
 * samples too, with 4-bit weights. */
static void compare_folder(const char *folder, size_t least, size_t board, size_t steps)
{
    static struct example examples[NETWORKS_MAX];
    size_t count = find_examples(examples, folder), placed = 0;

    if (count == 0)
        cr_skip_test("the shared data sets are not here");
    cr_assert_geq(count, least, "%zu networks in %s", count, folder);
    for (size_t index = 0; index < count; index++) {
        const struct example *example = &examples[index];
        placed += compare(example->network, example->samples, boards[board], 8, 1, steps);
        compare(example->network, example->samples, boards[board], 16, 1, steps / 4);
        if (board < 2)
            compare(example->network, example->samples, boards[board], 4, 1, 0);
    }
    bool small = strcmp(boards[board], "sim-small") == 0 || strcmp(boards[board], "hx8k-b-evn") == 0;
    cr_assert_geq(placed, small ? 1 : count, "%zu of %zu networks in %s fit %s", placed, count, folder, boards[board]);
}

static struct criterion_test_params every_board(void)
{
    static size_t indices[BOARDS];

    for (size_t index = 0; index < BOARDS; index++)
        indices[index] = index;
    return cr_make_param_array(size_t, indices, BOARDS);
}

ParameterizedTestParameters(lockstep, micro_networks)
{
    return every_board();
}

ParameterizedTest(size_t *board, lockstep, micro_networks)
{
    compare_folder("own/micro", 35, *board, 16);
}

ParameterizedTestParameters(lockstep, own_networks)
{
    return every_board();
}

ParameterizedTest(size_t *board, lockstep, own_networks)
{
    compare_folder("own/nets", 5, *board, 5);
}

ParameterizedTestParameters(lockstep, derived_networks)
{
    return every_board();
}

ParameterizedTest(size_t *board, lockstep, derived_networks)
{
    compare_folder("derived/nets", 4, *board, 8);
}

ParameterizedTestParameters(lockstep, published_networks)
{
    return every_board();
}

ParameterizedTest(size_t *board, lockstep, published_networks)
{
    compare_folder("foreign/runs", 6, *board, 40);
}

/* The project's own example, so that a machine without the data sets compares a trained network too. */
Test(lockstep, example)
{
    cr_assert(compare("examples/mnist/mnist.nir", "examples/mnist/digits.h5", "icebreaker", 8, 2, 25));
}

/* make fuzz-graphs N=… SEED=… asks for more. */
enum { RANDOM_GRAPHS = 300, GRAPHS_A_TEST = 50, TESTS_MAX = 2000 };

static int from_environment(const char *name, int fallback)
{
    const char *text = getenv(name);
    int value = text ? atoi(text) : fallback;

    return value > 0 ? value : fallback;
}

ParameterizedTestParameters(lockstep, random_graphs)
{
    static int firsts[TESTS_MAX];
    int count = (from_environment("NIRLOOM_GRAPHS", RANDOM_GRAPHS) + GRAPHS_A_TEST - 1) / GRAPHS_A_TEST;

    count = count > TESTS_MAX ? TESTS_MAX : count;
    for (int index = 0; index < count; index++)
        firsts[index] = index * GRAPHS_A_TEST + from_environment("NIRLOOM_SEED", 1);
    return cr_make_param_array(int, firsts, (size_t)count);
}

/* Board after board in turn; a graph that is too large for its board runs on the largest. */
static bool run_graph(uint64_t seed, size_t *activity)
{
    return lockstep_random(seed, boards[seed % BOARDS], device_ref_open, device_sim_open, NULL, activity) ||
           lockstep_random(seed, "sim-large", device_ref_open, device_sim_open, NULL, activity);
}

ParameterizedTest(int *first, lockstep, random_graphs)
{
    size_t activity = 0;
    unsigned placed = 0;

    for (int seed = *first; seed < *first + GRAPHS_A_TEST; seed++)
        placed += run_graph((uint64_t)seed, &activity);
    cr_assert_gt(activity, 0);
    cr_assert_eq(placed, GRAPHS_A_TEST, "only %u of %d graphs ran", placed, GRAPHS_A_TEST);
}
