#define _XOPEN_SOURCE 700
#include "front/cli/paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef VITRINE_DATA_DIR
#define VITRINE_DATA_DIR "/usr/local/share/vitrine"
#endif

enum { PATH_BYTES = 4096 };

// Patterns of folders; "@" at the beginning stands for the program's own folder.
static const char *const firmware_folders[] = {"@/firmware", "@/../share/vitrine", VITRINE_DATA_DIR,
                                               "/usr/share/seabios", NULL};
static const char *const guest_folders[] = {"@/guest", "@/../share/vitrine/guest",
                                            VITRINE_DATA_DIR "/guest", NULL};

static const char *const web_folders[] = {"@/web", "@/../share/vitrine/web",
                                          VITRINE_DATA_DIR "/web", NULL};

// The folder that the running program lies in; "." if the system does not tell.
static void find_own_folder(char *folder, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", folder, size - 1);
    char *slash;

    folder[length > 0 ? length : 0] = '\0';
    slash = strrchr(folder, '/');
    if (slash) {
        *slash = '\0';
    } else {
        strcpy(folder, ".");
    }
}

static const char *find(struct options *o, const char *const *folders, const char *name)
{
    char own[PATH_BYTES], path[PATH_BYTES + 256];

    find_own_folder(own, sizeof own);
    for (; *folders; folders++) {
        bool is_own = (*folders)[0] == '@';

        snprintf(path, sizeof path, "%s%s/%s", is_own ? own : "", *folders + (is_own ? 1 : 0),
                 name);
        if (access(path, R_OK) == 0) {
            return options_own(o, strdup(path));
        }
    }
    return NULL;
}

const char *path_of_firmware(struct options *o, const char *name)
{
    return find(o, firmware_folders, name);
}

const char *path_of_guest(struct options *o, const char *name)
{
    return find(o, guest_folders, name);
}

bool path_of_web(char path[PATH_OF_WEB_BYTES])
{
    char own[PATH_BYTES], page[PATH_OF_WEB_BYTES + 16];

    find_own_folder(own, sizeof own);
    for (const char *const *folder = web_folders; *folder; folder++) {
        bool is_own = (*folder)[0] == '@';
        int length = snprintf(path, PATH_OF_WEB_BYTES, "%s%s", is_own ? own : "",
                              *folder + (is_own ? 1 : 0));

        snprintf(page, sizeof page, "%s/index.html", path);
        if (length < PATH_OF_WEB_BYTES && access(page, R_OK) == 0) {
            return true;
        }
    }
    return false;
}
