#include "front/cli/modules.h"

#include "host/posix/image.h"
#include "host/posix/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_file(const char *path)
{
    FILE *file = fopen(path, "rb");

    if (file) {
        fclose(file);
    }
    return file != NULL;
}

static void *own(struct modules *m, void *memory)
{
    if (!memory) {
        message("out of memory");
        return NULL;
    }
    m->owned[m->owned_count++] = memory;
    return memory;
}

// Loads the file that the text of `size` bytes begins with. The text is owned already.
static bool load(struct modules *m, char *text, size_t path_bytes, uint64_t limit_bytes)
{
    struct vt_module *module = &m->list[m->count];
    char behind = text[path_bytes];
    uint8_t *data;
    bool is_loaded;

    text[path_bytes] = '\0';
    is_loaded = file_load(text, limit_bytes, &data, &module->bytes.size_bytes);
    text[path_bytes] = behind;
    if (!is_loaded) {
        return false;
    }
    m->owned[m->owned_count++] = data;
    module->bytes.data = data;
    module->text = text;
    m->count++;
    return true;
}

// Copies what stands before the next comma; two commas are one of the text. Returns where to go on,
// NULL at the end.
static const char *take(const char *from, char *to)
{
    for (; *from; from++) {
        if (*from == ',' && *++from != ',') {
            *to = '\0';
            return from;
        }
        *to++ = *from;
    }
    *to = '\0';
    return NULL;
}

bool modules_load(struct modules *m, const char *names, uint64_t limit_bytes)
{
    bool is_whole = is_file(names);

    do {
        char *text;

        if (m->count == VT_MODULES_MAX) {
            message("-initrd: more than %d modules", (int)VT_MODULES_MAX);
            return false;
        }
        text = own(m, malloc(strlen(names) + 1));
        if (!text) {
            return false;
        }
        if (is_whole) {
            strcpy(text, names);
            names = NULL;
        } else {
            names = take(names, text);
        }
        if (!load(m, text, is_whole ? strlen(text) : strcspn(text, " "), limit_bytes)) {
            return false;
        }
    } while (names);
    return true;
}

void modules_free(struct modules *m)
{
    while (m->owned_count > 0) {
        free(m->owned[--m->owned_count]);
    }
    m->count = 0;
}
