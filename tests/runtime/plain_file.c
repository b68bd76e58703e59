#include "plain_file.h"

#include <criterion/criterion.h>
#include <stdint.h>

void plain_close(hid_t object)
{
    cr_assert_geq(object, 0);
    H5Idec_ref(object);
}

static void set(hid_t object, const char *name, hid_t file_type, hid_t memory_type, const void *value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT);

    cr_assert_geq(H5Awrite(attribute, memory_type, value), 0);
    plain_close(attribute);
    plain_close(space);
}

void plain_text(hid_t object, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);

    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    set(object, name, type, type, &text);
    plain_close(type);
}

void plain_number(hid_t object, const char *name, double value)
{
    set(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
}

void plain_whole(hid_t object, const char *name, long long value)
{
    set(object, name, H5T_STD_I64LE, H5T_NATIVE_LLONG, &value);
}

static hid_t make_group(hid_t parent, const char *name)
{
    hid_t group = H5Gcreate2(parent, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

    cr_assert_geq(group, 0, "%s", name);
    return group;
}

hid_t plain_create(const char *path)
{
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);

    cr_assert_geq(file, 0, "%s", path);
    plain_text(file, "__type__", "NIRGraphData");
    plain_close(make_group(file, "nodes"));
    return file;
}

static hid_t make_member(hid_t parent, const char *folder, const char *name, const char *type, const char *content)
{
    hid_t group = H5Gopen2(parent, folder, H5P_DEFAULT), member = make_group(group, name);

    plain_text(member, "__type__", type);
    if (content)
        plain_close(make_group(member, content));
    plain_close(group);
    return member;
}

hid_t plain_node(hid_t parent, const char *name)
{
    return make_member(parent, "nodes", name, "NIRNodeData", "observables");
}

hid_t plain_graph(hid_t parent, const char *name)
{
    return make_member(parent, "nodes", name, "NIRGraphData", "nodes");
}

hid_t plain_observable(hid_t node, const char *name, const char *type)
{
    return make_member(node, "observables", name, type, NULL);
}

void plain_dataset(hid_t group, const char *name, hid_t file_type, hid_t memory_type, int rank, const hsize_t *size,
                   const void *values, bool gzip)
{
    hid_t space = H5Screate_simple(rank, size, NULL), plan = H5Pcreate(H5P_DATASET_CREATE);

    if (gzip) {
        H5Pset_chunk(plan, rank, size);
        H5Pset_deflate(plan, 4);
    }
    hid_t dataset = H5Dcreate2(group, name, file_type, space, H5P_DEFAULT, plan, H5P_DEFAULT);
    cr_assert_geq(H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0, "%s", name);
    plain_close(dataset);
    plain_close(plan);
    plain_close(space);
}

void plain_grid(hid_t node, const char *name, double dt, hsize_t samples, hsize_t steps, hsize_t neurons,
                const double *values)
{
    hid_t observable = plain_observable(node, name, "TimeGriddedData");

    plain_number(observable, "dt", dt);
    plain_dataset(observable, "data", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 3, (hsize_t[]){samples, steps, neurons},
                  values, true);
    plain_close(observable);
}

hid_t plain_bool_type(void)
{
    hid_t type = H5Tenum_create(H5T_STD_I8LE);

    H5Tenum_insert(type, "FALSE", &(int8_t){0});
    H5Tenum_insert(type, "TRUE", &(int8_t){1});
    return type;
}
