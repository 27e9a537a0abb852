// Options that say where the screen, the ports and the log go.
#include "front/cli/option_rows.h"
#include "front/cli/values.h"

#include <string.h>

static bool parse_target(const char *name, const char *value, struct sink_target *out)
{
    static const struct {
        const char *name;
        enum sink_kind kind;
    } words[] = {
        {"stdio", SINK_STDIO}, {"mon:stdio", SINK_STDIO}, {"null", SINK_NULL}, {"pty", SINK_PTY}};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(value, words[i].name) == 0) {
            *out = (struct sink_target){.kind = words[i].kind};
            return true;
        }
    }
    if (strncmp(value, "file:", 5) == 0 && value[5] != '\0') {
        *out = (struct sink_target){.kind = SINK_FILE, .path = value + 5};
        return true;
    }
    return option_refuse(name, value, "must be stdio, null, file:FILE or pty");
}

bool option_add_serial(struct options *o, const char *name, const char *value)
{
    if (strcmp(value, "none") == 0) {
        o->is_serial_off = true;
        return true;
    }
    if (o->serial_count == VT_SERIAL_PORTS) {
        return option_refuse(name, value, "a PC has at most four serial ports");
    }
    return parse_target(name, value, &o->serial[o->serial_count++]);
}

bool option_set_parallel(struct options *o, const char *name, const char *value)
{
    o->is_parallel_off = strcmp(value, "none") == 0;
    return o->is_parallel_off || parse_target(name, value, &o->parallel);
}

bool option_set_debugcon(struct options *o, const char *name, const char *value)
{
    o->has_debugcon = true;
    return parse_target(name, value, &o->debugcon);
}

bool option_set_display(struct options *o, const char *name, const char *value)
{
    if (strcmp(value, "none") == 0) {
        o->display = DISPLAY_NONE;
    } else if (strcmp(value, "tty") == 0 || strcmp(value, "curses") == 0) {
        o->display = DISPLAY_TTY;
    } else if (strcmp(value, "sdl") == 0) {
        return option_refuse(name, value, "not built yet");
    } else {
        return option_refuse(name, value, "must be none or tty");
    }
    return true;
}

bool option_add_port_log(struct options *o, const char *name, const char *value)
{
    struct port_log_option *log = &o->port_logs[o->port_log_count];
    const char *equals = strchr(value, '=');
    char port[16] = "";
    uint64_t n;

    if (o->port_log_count == OPTIONS_PORT_LOGS) {
        return option_refuse(name, value, "at most 16 ports can be logged");
    }
    if (equals && (size_t)(equals - value) < sizeof port) {
        memcpy(port, value, (size_t)(equals - value));
    }
    if (!equals || equals[1] == '\0' || !value_number(port, 0xffff, &n)) {
        return option_refuse(name, value, "must be PORT=FILE, as in 0x190=codes.log");
    }
    for (unsigned i = 0; i < o->port_log_count; i++) {
        if (o->port_logs[i].port == n) {
            return option_refuse(name, value, "that port is logged already");
        }
    }
    *log = (struct port_log_option){.port = (uint16_t)n, .path = equals + 1};
    o->port_log_count++;
    return true;
}

bool option_set_log(struct options *o, const char *name, const char *value)
{
    struct properties list;

    if (!option_split(o, name, value, false, &list)) {
        return false;
    }
    for (unsigned i = 0; i < list.count; i++) {
        const char *item = list.rows[i].name;

        if (strcmp(item, "guest_errors") != 0 && strcmp(item, "unimp") != 0) {
            return option_refuse(name, item, "only guest_errors and unimp are there");
        }
    }
    o->is_log_wanted = true;
    return true;
}

// What is "none" by nature here.
bool option_set_none(struct options *o, const char *name, const char *value)
{
    (void)o;
    return strcmp(value, "none") == 0 ||
           option_refuse(name, value, "not built yet (none is accepted)");
}

bool option_set_layout(struct options *o, const char *name, const char *value)
{
    (void)o;
    return strcmp(value, "en-us") == 0 ||
           option_refuse(name, value, "only the layout en-us is there");
}

bool option_ignore(struct options *o, const char *name, const char *value)
{
    (void)o;
    (void)name;
    (void)value;
    return true;
}
