/* Results of builds, kept by what they depend on. */
#include "cache.h"

#include "file.h"
#include "flow_command.h"
#include "sha256.h"
#include "talk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char sums_name[] = "SUMS";
static const char inputs_name[] = "INPUTS";

int cache_lock(const char *folder, const char *whose)
{
    int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (lock < 0)
        return -1;
    if (flock(lock, LOCK_EX | LOCK_NB) == 0)
        return lock;
    fprintf(stderr, "nirloom: waiting for %s %s\n", whose, folder);
    while (flock(lock, LOCK_EX) != 0) {
        if (errno == EINTR)
            continue;
        close(lock);
        return -1;
    }
    return lock;
}

bool cache_open(struct cache *cache, const char *root, const char *inputs)
{
    char key[SHA256_HEX_BYTES];

    sha256_text(inputs, key);
    *cache = (struct cache){.folder = flow_text("%s/%s", root, key), .lock = -1};
    if (cache->folder && (mkdir(root, 0777) == 0 || errno == EEXIST) &&
        (mkdir(cache->folder, 0777) == 0 || errno == EEXIST))
        cache->lock = cache_lock(cache->folder, "the build that makes");
    if (cache->lock >= 0)
        return true;
    talk_warning("%s: cannot be made or locked (%s); the build will not be kept", cache->folder, strerror(errno));
    cache_close(cache);
    return false;
}

void cache_close(struct cache *cache)
{
    if (cache->lock >= 0)
        close(cache->lock);
    free(cache->folder);
    *cache = (struct cache){.lock = -1};
}

/* Copies one file between two folders; its line of SUMS goes to line. */
static bool copy_named(const char *from, const char *to, const char *name, char **line)
{
    char *from_path = flow_text("%s/%s", from, name), *to_path = flow_text("%s/%s", to, name);
    char hex[SHA256_HEX_BYTES];
    struct sha256 sum;

    sha256_begin(&sum);
    bool good = from_path && to_path && file_copy(from_path, to_path, &sum);
    sha256_end(&sum, hex);
    *line = good ? flow_text("%s  %s\n", hex, name) : NULL;
    free(from_path);
    free(to_path);
    return *line != NULL;
}

/* The text of SUMS; the caller's to free, NULL if there is none. */
static char *read_sums(const struct cache *cache)
{
    char *path = flow_text("%s/%s", cache->folder, sums_name), *text = path ? file_text(path) : NULL;

    free(path);
    return text;
}

bool cache_take(const struct cache *cache, const char *folder, const char *const *names)
{
    char *sums = read_sums(cache);
    bool good = sums != NULL;

    for (size_t index = 0; good && names[index]; index++) {
        char *line;

        good = copy_named(cache->folder, folder, names[index], &line) && strstr(sums, line);
        if (!good)
            talk_warning("%s/%s: missing or damaged; the board is built anew", cache->folder, names[index]);
        free(line);
    }
    free(sums);
    return good;
}

static bool write_text(const char *folder, const char *name, const char *text)
{
    char *path = flow_text("%s/%s", folder, name);
    FILE *file = path ? fopen(path, "wb") : NULL;
    bool good = file && fputs(text, file) >= 0;

    if (file)
        good = fclose(file) == 0 && good;
    free(path);
    return good;
}

void cache_put(const struct cache *cache, const char *folder, const char *const *names, const char *inputs)
{
    char *sums = flow_text("%s", ""), *sums_path = flow_text("%s/%s", cache->folder, sums_name);
    bool good = sums && sums_path && (unlink(sums_path) == 0 || errno == ENOENT) &&
                write_text(cache->folder, inputs_name, inputs);

    for (size_t index = 0; good && names[index]; index++) {
        char *line, *longer = NULL;

        if (copy_named(folder, cache->folder, names[index], &line))
            longer = flow_text("%s%s", sums, line);
        free(line);
        good = longer != NULL;
        if (good) {
            free(sums);
            sums = longer;
        }
    }
    if (!good || !write_text(cache->folder, sums_name, sums)) {
        talk_warning("%s: cannot be written (%s); the build is not kept", cache->folder, strerror(errno));
        if (sums_path)
            unlink(sums_path);
    }
    free(sums);
    free(sums_path);
}
