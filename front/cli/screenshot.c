#include "front/cli/screenshot.h"

#include "front/cli/file.h"
#include "front/cli/png.h"
#include "host/posix/message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Draws into memory of its own. NULL: none left.
static struct vt_screen *take(struct vt_machine *vm)
{
    struct vt_screen *screen = calloc(1, sizeof *screen);

    if (!screen || vt_screen_draw(vm, screen)) {
        return screen; // or there is no screen: 0 x 0
    }
    screen->pixel_capacity = (size_t)screen->width * screen->height;
    screen->pixels = malloc(screen->pixel_capacity * sizeof *screen->pixels);
    if (!screen->pixels || !vt_screen_draw(vm, screen)) {
        free(screen->pixels);
        free(screen);
        return NULL;
    }
    return screen;
}

static bool write_file(const struct vt_screen *screen, const char *path)
{
    FILE *to = fopen(path, "wb");
    bool is_good = to && png_write(to, screen->pixels, screen->width, screen->height,
                                   screen->pixel_width, screen->pixel_height);
    int error = errno;
    bool is_file = to && file_is_regular(to);

    if (to && fclose(to) != 0 && is_good) {
        is_good = false;
        error = errno;
    }
    if (!is_good) {
        if (is_file) { // half a picture is none; never a device
            remove(path);
        }
        message("%s: %s", path, strerror(error));
    }
    return is_good;
}

bool screenshot_write(struct vt_machine *vm, const char *path)
{
    struct vt_screen *screen = take(vm);
    bool is_good = false;

    if (!screen) {
        message("%s: out of memory", path);
        return false;
    }
    if (screen->width == 0) {
        message("%s: the machine has no screen (-vga none)", path);
    } else {
        is_good = write_file(screen, path);
    }
    free(screen->pixels);
    free(screen);
    return is_good;
}
