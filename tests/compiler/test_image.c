/* The image file: what is saved is loaded, and a damaged or foreign file is an error and never more. */
#include "hdf5_access.h"
#include "image_subject.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NETWORKS = 12 };

Test(image, what_is_saved_is_loaded)
{
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        struct arena arena = {NULL}, other = {NULL};
        struct diagnostics diagnostics;
        struct image image, loaded = {.arena = &other};
        char path[HDF5_PATH_BYTES];

        snprintf(path, sizeof path, "%s", temporary_path("same.loom"));
        make_image(&image, &arena, seed, seed % 3 != 0);
        save_image(&image, path);
        diagnostics_begin(&diagnostics, path);
        cr_assert_eq(image_load(&loaded, path, &diagnostics), 0, "%s",
                     diagnostics.count ? diagnostics.messages[0].text : "");
        cr_expect_null(difference(&image, &loaded), "seed %llu: %s differs", (unsigned long long)seed,
                       difference(&image, &loaded));
        char reason[HDF5_REASON_BYTES];
        hid_t file = hdf5_open(path, reason);
        cr_expect_eq(hdf5_kind(file, "node"), HDF5_GROUP);
        cr_expect_str_eq(hdf5_read_text(file, "version", &other, reason), "1.0.7");
        hdf5_close(file);
        diagnostics_free(&diagnostics);
        arena_free(&arena);
        arena_free(&other);
    }
}

static unsigned char *read_bytes(const char *path, size_t *count)
{
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file);
    fseek(file, 0, SEEK_END);
    *count = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*count);
    cr_assert_eq(fread(bytes, 1, *count, file), *count);
    fclose(file);
    return bytes;
}

static void write_bytes(const char *path, const unsigned char *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");

    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, count, file), count);
    fclose(file);
}

Test(image, damage_is_an_error_or_changes_nothing)
{
    struct arena arena = {NULL};
    struct image image;
    uint64_t state = 5;
    char path[HDF5_PATH_BYTES], damaged[HDF5_PATH_BYTES];
    size_t count, refused = 0;

    snprintf(path, sizeof path, "%s", temporary_path("whole.loom"));
    snprintf(damaged, sizeof damaged, "%s", temporary_path("damaged.loom"));
    make_image(&image, &arena, 5, true);
    save_image(&image, path);
    unsigned char *bytes = read_bytes(path, &count);
    cr_assert_eq(load_status(path, &image), 1);
    for (int trial = 0; trial < 400; trial++) {
        size_t offset = random_below(&state, count);
        unsigned char mask = (unsigned char)(1 << random_below(&state, 8));

        bytes[offset] ^= mask;
        write_bytes(damaged, bytes, count);
        bytes[offset] ^= mask;
        int status = load_status(damaged, &image);
        cr_assert_neq(status, 2, "byte %zu, mask %02x", offset, mask);
        refused += status == 0;
    }
    cr_expect_eq(refused, 400, "%zu", refused);
    for (int trial = 0; trial < 40; trial++) {
        size_t kept = random_below(&state, count);

        write_bytes(damaged, bytes, kept);
        cr_assert_eq(load_status(damaged, &image), 0, "%zu of %zu bytes", kept, count);
    }
    free(bytes);
    arena_free(&arena);
}

static void expect_refusal(const char *path, const char *words)
{
    struct arena arena = {NULL};
    struct diagnostics diagnostics;
    struct image image = {.arena = &arena};

    diagnostics_begin(&diagnostics, path);
    cr_expect_eq(image_load(&image, path, &diagnostics), -1);
    cr_assert_gt(diagnostics.count, 0);
    cr_expect_not_null(strstr(diagnostics.messages[diagnostics.count - 1].text, words), "%s",
                       diagnostics.messages[diagnostics.count - 1].text);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
}

Test(image, other_files_are_told_apart)
{
    char path[HDF5_PATH_BYTES];

    snprintf(path, sizeof path, "%s", temporary_path("graph_only.nir"));
    image_subject_write(path);
    expect_refusal(path, "nirloom compile");
    snprintf(path, sizeof path, "%s", temporary_path("text.loom"));
    write_bytes(path, (const unsigned char *)"hello, world\n", 13);
    expect_refusal(path, "not HDF5");
    expect_refusal("/nonexistent/a.loom", "cannot be opened");
}

Test(image, failed_save_leaves_the_old_file)
{
    struct arena arena = {NULL};
    struct diagnostics diagnostics;
    struct image image;
    char path[HDF5_PATH_BYTES];
    size_t count;

    snprintf(path, sizeof path, "%s", temporary_path("old.loom"));
    write_bytes(path, (const unsigned char *)"old", 3);
    make_image(&image, &arena, 1, false);
    diagnostics_begin(&diagnostics, NULL);
    cr_expect_eq(image_save(&image, path, "/nonexistent/net.nir", &diagnostics), -1);
    cr_expect(diagnostics.failed);
    unsigned char *bytes = read_bytes(path, &count);
    cr_expect_eq(count, 3);
    cr_expect_arr_eq(bytes, "old", 3);
    free(bytes);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
}
