/* Object headers: a file of the library is sound, and one whose messages state more than they hold is not. */
#include "hdf5_header.h"
#include "plain_file.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { BYTES_MAX = 1 << 16 };

static uint8_t bytes[BYTES_MAX];

static size_t load_file(const char *path)
{
    FILE *file = fopen(path, "rb");

    cr_assert_not_null(file);
    size_t count = fread(bytes, 1, BYTES_MAX, file);
    fclose(file);
    return count;
}

static bool is_sound(const char *path, size_t count)
{
    FILE *file = fopen(path, "wb");

    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, count, file), count);
    fclose(file);
    return hdf5_root_is_sound(path);
}

/* The root's attribute "step" is a message of version 1: sizes of name, datatype and dataspace at 2, 4, 6, the name at
 * 8, the datatype (int64) at 16 with its size at 20 (HDF5 File Format Specification, IV.A.2.m). */
Test(hdf5_header, sizes_beyond_the_message_are_seen)
{
    static const struct {
        size_t place;
        uint8_t value;
    } damages[] = {{0, 9}, {2, 200}, {3, 1}, {4, 250}, {6, 250}, {8, 0}, {20, 255}, {23, 127}};
    const char *path = temporary_path("header.h5");
    hid_t root = plain_create(path);

    plain_whole(root, "step", 3);
    plain_close(root);
    cr_assert(hdf5_root_is_sound(path));
    size_t count = load_file(path);
    uint8_t *name = memmem(bytes, count, "step\0\0\0", 8);
    cr_assert_not_null(name);
    uint8_t *message = name - 8;
    cr_assert(message[0] == 1 && message[2] == 5 && message[20] == 8, "the attribute is laid out in another way");
    for (size_t index = 0; index < sizeof damages / sizeof *damages; index++) {
        uint8_t *place = message + damages[index].place, whole = *place;
        *place = damages[index].value;
        cr_expect(!is_sound(path, count), "byte %zu of the message is %u", damages[index].place,
                  damages[index].value);
        *place = whole;
    }
    cr_expect(is_sound(path, count));
    cr_expect(!is_sound(path, count / 8), "cut short");
}

Test(hdf5_header, files_of_others_are_sound)
{
    static const char *const files[] = {"own/nir/all.nir", "own/nir/data.h5", "own/nets/a_mnist_ff/test.h5",
                                        "foreign/nir/neuromorphs_NIR__cnn_sinabs.nir",
                                        "foreign/nir/kmheckel_spyx__scnn_mnist.nir"};

    if (!shared_data(files[0]))
        cr_skip_test("no shared data");
    for (size_t index = 0; index < sizeof files / sizeof *files; index++)
        cr_expect(hdf5_root_is_sound(shared_data(files[index])), "%s", files[index]);
}
