/* The layout of NIRGraphData, walked with plain HDF5 calls: the rules hold for the file that NIR's own writer made and
 * for those written here. Grids that others may write, of any type and nesting, are read. */
#include "data.h"
#include "plain_file.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 64, VALUES_MAX = 4096 };

static struct diagnostics messages;

/* ---- the rules ---- */

static size_t count_attributes(hid_t object)
{
    H5O_info_t info;

    cr_assert_geq(H5Oget_info(object, &info), 0);
    return (size_t)info.num_attrs;
}

static size_t count_links(hid_t group)
{
    H5G_info_t info;

    cr_assert_geq(H5Gget_info(group, &info), 0);
    return (size_t)info.nlinks;
}

static void link_name(hid_t group, size_t index, char *name)
{
    cr_assert_geq(H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index, name, TEXT_BYTES, H5P_DEFAULT), 0);
}

/* A scalar string of variable length in UTF-8. */
static void get_type(hid_t object, char *text)
{
    hid_t attribute = H5Aopen(object, "__type__", H5P_DEFAULT);
    cr_assert_geq(attribute, 0, "no __type__");
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    char *read = NULL;

    cr_expect_gt(H5Tis_variable_str(type), 0);
    cr_expect_eq(H5Tget_cset(type), H5T_CSET_UTF8);
    cr_expect_eq(H5Tget_strpad(type), H5T_STR_NULLTERM);
    cr_expect_eq(H5Sget_simple_extent_type(space), H5S_SCALAR);
    cr_assert_geq(H5Aread(attribute, type, &read), 0);
    snprintf(text, TEXT_BYTES, "%s", read);
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, &read);
    plain_close(space);
    plain_close(type);
    plain_close(attribute);
}

static double get_number(hid_t object, const char *name, hid_t wanted)
{
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    cr_assert_geq(attribute, 0, "no %s", name);
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    double value = 0;

    cr_expect_gt(H5Tequal(type, wanted), 0, "%s is of another type", name);
    cr_expect_eq(H5Sget_simple_extent_type(space), H5S_SCALAR);
    cr_assert_geq(H5Aread(attribute, H5T_NATIVE_DOUBLE, &value), 0);
    plain_close(space);
    plain_close(type);
    plain_close(attribute);
    return value;
}

/* A gzip-compressed dataset without attributes; wanted -1: float64 or h5py's bool. */
static void check_dataset(hid_t group, const char *name, hid_t wanted, int rank, hsize_t *size)
{
    hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
    cr_assert_geq(dataset, 0, "no %s", name);
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset), plan = H5Dget_create_plist(dataset);
    hid_t bools = plain_bool_type();
    unsigned flags, config;
    size_t values = 0;

    if (wanted >= 0)
        cr_expect_gt(H5Tequal(type, wanted), 0, "%s is of another type", name);
    else
        cr_expect(H5Tequal(type, H5T_IEEE_F64LE) > 0 || H5Tequal(type, bools) > 0, "%s is of another type", name);
    cr_assert_eq(H5Sget_simple_extent_ndims(space), rank);
    H5Sget_simple_extent_dims(space, size, NULL);
    cr_expect_eq(H5Pget_layout(plan), H5D_CHUNKED, "%s", name);
    cr_assert_eq(H5Pget_nfilters(plan), 1);
    cr_expect_eq(H5Pget_filter2(plan, 0, &flags, &values, NULL, 0, NULL, &config), H5Z_FILTER_DEFLATE);
    cr_expect_eq(count_attributes(dataset), 0);
    plain_close(bools);
    plain_close(plan);
    plain_close(space);
    plain_close(type);
    plain_close(dataset);
}

static void check_events(hid_t group, bool valued)
{
    hsize_t size[2], other[2];
    static long long neuron[VALUES_MAX];
    static double time[VALUES_MAX];

    cr_expect_eq(count_attributes(group), 3);
    cr_expect_eq(count_links(group), valued ? 3 : 2);
    double neurons = get_number(group, "n_neurons", H5T_STD_I64LE), t_max = get_number(group, "t_max", H5T_IEEE_F64LE);
    check_dataset(group, "idx", H5T_STD_I64LE, 2, size);
    check_dataset(group, "time", H5T_IEEE_F64LE, 2, other);
    cr_expect_arr_eq(size, other, sizeof size);
    if (valued) {
        check_dataset(group, "value", H5T_IEEE_F64LE, 2, other);
        cr_expect_arr_eq(size, other, sizeof size);
    }
    cr_assert_leq(size[0] * size[1], VALUES_MAX);
    hid_t idx = H5Dopen2(group, "idx", H5P_DEFAULT), times = H5Dopen2(group, "time", H5P_DEFAULT);
    cr_assert_geq(H5Dread(idx, H5T_NATIVE_LLONG, H5S_ALL, H5S_ALL, H5P_DEFAULT, neuron), 0);
    cr_assert_geq(H5Dread(times, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, time), 0);
    plain_close(times);
    plain_close(idx);
    for (size_t event = 0; event < size[0] * size[1]; event++) {
        cr_expect_eq(neuron[event] == -1, time[event] == INFINITY, "padding is idx -1 and time inf, both");
        if (neuron[event] == -1)
            continue;
        cr_expect(neuron[event] >= 0 && (double)neuron[event] < neurons);
        cr_expect(time[event] >= 0 && time[event] < t_max);
        if (event % size[1])
            cr_expect_leq(time[event - 1], time[event], "events are sorted by time, padding is last");
    }
}

static void check_observable(hid_t group)
{
    char type[TEXT_BYTES];
    hsize_t size[3];

    get_type(group, type);
    if (strcmp(type, "TimeGriddedData") == 0) {
        cr_expect_eq(count_attributes(group), 2);
        cr_expect_eq(count_links(group), 1);
        cr_expect_gt(get_number(group, "dt", H5T_IEEE_F64LE), 0);
        check_dataset(group, "data", -1, 3, size);
        return;
    }
    cr_assert(strcmp(type, "EventData") == 0 || strcmp(type, "ValuedEventData") == 0, "%s", type);
    check_events(group, *type == 'V');
}

/* Returns how many observables there are below a NIRGraphData. */
static size_t check_graph(hid_t graph, bool root)
{
    char name[TEXT_BYTES], type[TEXT_BYTES];
    size_t found = 0;

    get_type(graph, type);
    cr_expect_str_eq(type, "NIRGraphData");
    cr_expect_eq(count_attributes(graph), 1);
    if (!root)
        cr_expect_eq(count_links(graph), 1);
    hid_t nodes = H5Gopen2(graph, "nodes", H5P_DEFAULT);
    cr_assert_geq(nodes, 0);
    cr_expect_eq(count_attributes(nodes), 0);
    for (size_t index = 0; index < count_links(nodes); index++) {
        link_name(nodes, index, name);
        hid_t node = H5Gopen2(nodes, name, H5P_DEFAULT);
        get_type(node, type);
        if (strcmp(type, "NIRGraphData") == 0) {
            found += check_graph(node, false);
            plain_close(node);
            continue;
        }
        cr_expect_str_eq(type, "NIRNodeData");
        cr_expect_eq(count_attributes(node), 1);
        cr_expect_eq(count_links(node), 1);
        hid_t observables = H5Gopen2(node, "observables", H5P_DEFAULT);
        cr_assert_geq(observables, 0);
        cr_expect_eq(count_attributes(observables), 0);
        for (size_t which = 0; which < count_links(observables); which++) {
            link_name(observables, which, name);
            hid_t observable = H5Gopen2(observables, name, H5P_DEFAULT);
            check_observable(observable);
            plain_close(observable);
            found++;
        }
        plain_close(observables);
        plain_close(node);
    }
    plain_close(nodes);
    return found;
}

static size_t check_file(const char *path)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);

    cr_assert_geq(file, 0, "%s", path);
    size_t found = check_graph(file, true);
    plain_close(file);
    return found;
}

Test(data_layout, the_rules_are_those_of_the_nir_package)
{
    const char *path = shared_data("own/nir/data.h5");

    if (!path)
        cr_skip_test("no shared data");
    cr_expect_eq(check_file(path), 3);
}

/* ---- what is written ---- */

static void fill(struct data *data)
{
    *data = (struct data){.samples = 3, .steps = 5, .dt = 0.001, .labels = calloc(3, sizeof(int64_t))};
    struct data_series *spikes = data_add(data, "block/inner/lif", "spikes", 4, true);
    cr_assert(spikes && data->labels);
    for (size_t element = 0; element < 60; element += 7)
        spikes->spikes[element] = 1;
    struct data_series *membranes = data_add(data, "block/inner/lif", "v", 4, false);
    cr_assert(membranes);
    for (size_t element = 0; element < 60; element += 3)
        membranes->values[element] = 0.5 - (double)element;
    cr_assert(data_add(data, "block/silent", "spikes", 1, true));
    cr_assert(data_add(data, "out", "values", 2, false));
}

static void check_nested_type(const char *path, const char *place, const char *wanted)
{
    char type[TEXT_BYTES];
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), group = H5Gopen2(file, place, H5P_DEFAULT);

    cr_assert_geq(group, 0, "no %s", place);
    get_type(group, type);
    cr_expect_str_eq(type, wanted, "%s is %s", place, type);
    plain_close(group);
    plain_close(file);
}

Test(data_layout, what_is_written_follows_the_rules)
{
    const char *grid = temporary_path("grid.h5"), *events = temporary_path("events.h5");
    struct data data;

    fill(&data);
    diagnostics_begin(&messages, grid);
    cr_assert_eq(data_write(&data, grid, &messages), 0);
    cr_assert_eq(data_write_events(&data, events, &messages), 0);
    diagnostics_free(&messages);
    data_free(&data);
    cr_expect_eq(check_file(grid), 4);
    cr_expect_eq(check_file(events), 4);
    for (int which = 0; which < 2; which++) {
        const char *path = which ? events : grid;
        check_nested_type(path, "/nodes/block", "NIRGraphData");
        check_nested_type(path, "/nodes/block/nodes/inner", "NIRGraphData");
        check_nested_type(path, "/nodes/block/nodes/inner/nodes/lif", "NIRNodeData");
        check_nested_type(path, "/nodes/block/nodes/inner/nodes/lif/observables/spikes",
                          which ? "EventData" : "TimeGriddedData");
        check_nested_type(path, "/nodes/block/nodes/inner/nodes/lif/observables/v",
                          which ? "ValuedEventData" : "TimeGriddedData");
        check_nested_type(path, "/nodes/out/observables/values", which ? "ValuedEventData" : "TimeGriddedData");
    }
}

/* ---- what others may write ---- */

Test(data_layout, grids_of_any_type_are_read)
{
    static const double values[6] = {0, 1, 2, 3, 100, 127};
    const hid_t types[] = {H5T_STD_I8LE,   H5T_STD_U8LE,   H5T_STD_I16BE,  H5T_STD_U16LE,   H5T_STD_I32LE,
                           H5T_STD_U64BE,  H5T_STD_I64LE,  H5T_IEEE_F32LE, H5T_IEEE_F32BE,  H5T_IEEE_F64BE,
                           H5T_IEEE_F64LE, H5T_NATIVE_LDOUBLE};
    const char *path = temporary_path("types.h5");
    hid_t file = plain_create(path), outer = plain_graph(file, "outer"), inner = plain_graph(outer, "inner.0");
    struct data data;
    char name[TEXT_BYTES];

    for (size_t index = 0; index < sizeof types / sizeof *types; index++) {
        snprintf(name, sizeof name, "n%zu", index);
        hid_t node = plain_node(inner, name), observable = plain_observable(node, "v", "TimeGriddedData");
        plain_number(observable, "dt", 0.25);
        plain_dataset(observable, "data", types[index], H5T_NATIVE_DOUBLE, 3, (hsize_t[]){1, 3, 2}, values, index % 2);
        plain_close(observable);
        plain_close(node);
    }
    plain_close(inner);
    plain_close(outer);
    plain_close(file);
    diagnostics_begin(&messages, path);
    cr_assert_eq(data_read(&data, path, 0, 0, 0, &messages), 0);
    cr_expect_eq(data.steps, 3);
    cr_expect_eq(data.dt, 0.25);
    for (size_t index = 0; index < sizeof types / sizeof *types; index++) {
        snprintf(name, sizeof name, "outer/inner.0/n%zu", index);
        const struct data_series *series = data_find(&data, name, "v");
        cr_assert(series, "%s", name);
        cr_expect_arr_eq(series->values, values, sizeof values, "%s", name);
    }
    data_free(&data);
    diagnostics_free(&messages);
}

/* One observable of (1, 2, 3), as bools or as bytes. */
static const char *write_bytes(const signed char *bytes, bool bools)
{
    const char *path = temporary_path("bytes.h5");
    hid_t file = plain_create(path), node = plain_node(file, "in"), type = plain_bool_type();
    hid_t observable = plain_observable(node, "spikes", "TimeGriddedData");

    plain_number(observable, "dt", 1);
    plain_dataset(observable, "data", bools ? type : H5T_STD_U8LE, bools ? type : H5T_NATIVE_SCHAR, 3,
                  (hsize_t[]){1, 2, 3}, bytes, false);
    plain_close(observable);
    plain_close(type);
    plain_close(node);
    plain_close(file);
    return path;
}

Test(data_layout, spikes_are_bools_or_bytes)
{
    static const signed char bytes[6] = {0, 1, 1, 0, 0, 1}, minus[6] = {0, 0, -1, 0, 0, 0}, two[6] = {0, 1, 0, 2, 0, 0};
    struct data data;

    for (int bools = 0; bools < 2; bools++) {
        const char *path = write_bytes(bytes, bools);
        diagnostics_begin(&messages, path);
        cr_assert_eq(data_read(&data, path, 0, 0, 0, &messages), 0);
        cr_assert(data_find(&data, "in", NULL)->spikes);
        cr_expect_arr_eq(data_find(&data, "in", NULL)->spikes, bytes, 6);
        data_free(&data);
        diagnostics_free(&messages);
    }
    for (int which = 0; which < 2; which++) {
        const char *path = write_bytes(which ? two : minus, true);
        diagnostics_begin(&messages, path);
        cr_expect_eq(data_read(&data, path, 0, 0, 0, &messages), -1);
        cr_assert_eq(messages.count, 1);
        cr_expect(strstr(messages.messages[0].text, which ? "is no bool: 2 at element 3"
                                                          : "is no bool: 255 at element 2"));
        diagnostics_free(&messages);
    }
    const char *path = write_bytes(two, false); /* graded after all */
    diagnostics_begin(&messages, path);
    cr_assert_eq(data_read(&data, path, 0, 0, 0, &messages), 0);
    cr_expect_eq(data_find(&data, "in", NULL)->values[3], 2);
    data_free(&data);
    diagnostics_free(&messages);
}

static const double zeros[24];

static hid_t begin_refused(const char *path, hid_t *node)
{
    hid_t file = plain_create(path);

    *node = plain_node(file, "in");
    plain_grid(*node, "a", 0.5, 1, 2, 3, zeros);
    return file;
}

static void expect_refused(const char *path, const char *said)
{
    struct data data;

    diagnostics_begin(&messages, path);
    cr_expect_eq(data_read(&data, path, 0, 0, 0, &messages), -1, "%s", said);
    cr_assert_eq(messages.count, 1);
    cr_expect(strstr(messages.messages[0].text, said), "%s\nlacks\n%s", messages.messages[0].text, said);
    diagnostics_free(&messages);
}

Test(data_layout, disagreeing_observables_are_refused)
{
    static const struct {
        double dt;
        hsize_t steps, neurons;
        const char *said;
    } cases[] = {
        {0.5, 2, 4, "/in/b: has 4 neurons, but /in/a has 3; a node has one number of them"},
        {0.25, 2, 3, "/in/b: has dt 0.25, but others have 0.5"},
        {0.5, 4, 3, "/in/b: has 4 steps, but /in/a has 2"},
        {0, 2, 3, "/in/b: dt must be > 0, got 0"},
        {-1, 2, 3, "/in/b: dt must be > 0, got -1"},
        {NAN, 2, 3, "/in/b: dt must be > 0, got nan"},
    };
    const char *path = temporary_path("refused.h5");
    hid_t node, file;

    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        file = begin_refused(path, &node);
        plain_grid(node, "b", cases[index].dt, 1, cases[index].steps, cases[index].neurons, zeros);
        plain_close(node);
        plain_close(file);
        expect_refused(path, cases[index].said);
    }
    file = begin_refused(path, &node);
    plain_close(plain_observable(node, "b", "SparseData"));
    plain_close(node);
    plain_close(file);
    expect_refused(path, "/in/b: has __type__ 'SparseData'; known are TimeGriddedData, EventData, ValuedEventData");
    file = begin_refused(path, &node);
    hid_t observable = plain_observable(node, "b", "TimeGriddedData");
    plain_dataset(observable, "data", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 2, (hsize_t[]){2, 3}, zeros, false);
    plain_close(observable);
    plain_close(node);
    plain_close(file);
    expect_refused(path, "/in/b: data has rank 2; give (samples, steps, neurons)");
}

Test(data_layout, a_grid_without_dt_is_read_with_a_warning)
{
    const char *path = temporary_path("timeless.h5");
    hid_t file = plain_create(path), node = plain_node(file, "in");
    hid_t observable = plain_observable(node, "values", "TimeGriddedData");
    struct data data;

    plain_dataset(observable, "data", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 3, (hsize_t[]){1, 2, 3}, zeros, false);
    plain_close(observable);
    plain_close(node);
    plain_close(file);
    diagnostics_begin(&messages, path);
    cr_assert_eq(data_read(&data, path, 0, 0, 0.5, &messages), 0);
    cr_expect_eq(data.dt, 0);
    cr_assert_eq(messages.count, 1);
    cr_expect(strstr(messages.messages[0].text, "/in/values: has no attribute dt"));
    data_free(&data);
    diagnostics_free(&messages);
}
