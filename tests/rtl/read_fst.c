/* read-fst W.fst SIGNAL...: for each signal, by the last part of its name, how often it rose from 0 to 1 in its lowest
 * bit, and its last value. The reader is the one that comes with Verilator for other purposes: gtkwave's. */
#include <fstapi.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct signal {
    const char *name;
    fstHandle handle;
    unsigned long rises;
    unsigned long value;
    int known;
};

struct signals {
    struct signal *all;
    int count;
};

static void take(void *self, uint64_t time, fstHandle handle, const unsigned char *value)
{
    struct signals *signals = self;

    (void)time;
    for (int index = 0; index < signals->count; index++) {
        struct signal *signal = &signals->all[index];
        unsigned long number = strtoul((const char *)value, NULL, 2);

        if (signal->handle != handle)
            continue;
        signal->rises += signal->known && !(signal->value & 1) && (number & 1);
        signal->value = number;
        signal->known = 1;
    }
}

int main(int argc, char **argv)
{
    struct signal all[8] = {0};
    struct signals signals = {all, argc - 2};
    void *file = argc > 2 && argc <= 10 ? fstReaderOpen(argv[1]) : NULL;

    if (!file)
        return 1;
    for (int index = 0; index < signals.count; index++)
        all[index].name = argv[2 + index];
    for (struct fstHier *entry; (entry = fstReaderIterateHier(file));) {
        for (int index = 0; entry->htyp == FST_HT_VAR && index < signals.count; index++) {
            size_t length = strlen(all[index].name);
            if (strncmp(entry->u.var.name, all[index].name, length) == 0 &&
                (entry->u.var.name[length] == '\0' || entry->u.var.name[length] == ' ') && !all[index].handle)
                all[index].handle = entry->u.var.handle;
        }
    }
    fstReaderSetFacProcessMaskAll(file);
    fstReaderIterBlocks(file, take, &signals, NULL);
    printf("end %llu\n", (unsigned long long)fstReaderGetEndTime(file));
    for (int index = 0; index < signals.count; index++)
        printf("%s %lu %lu\n", all[index].name, all[index].rises, all[index].value);
    fstReaderClose(file);
    return 0;
}
