#define _XOPEN_SOURCE 700
#include "front/cli/web_request.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

// "/a%20b?x" becomes "a b"; false: it is not one of ours. No part begins with a dot, so none leads
// up and none is hidden.
static bool read_path(const char *from, size_t length, char *to)
{
    size_t filled = 0;

    if (length == 0 || from[0] != '/') {
        return false;
    }
    for (size_t at = 1; at < length && from[at] != '?' && from[at] != '#'; at++) {
        char c = from[at];

        if (c == '%') {
            int high = at + 2 < length ? digit(from[at + 1]) : -1;
            int low = high >= 0 ? digit(from[at + 2]) : -1;

            if (low < 0) {
                return false;
            }
            c = (char)(high << 4 | low);
            at += 2;
        }
        if (c == '\0' || c == '\\' || filled + 1 >= WEB_PATH_BYTES - sizeof "index.html") {
            return false;
        }
        if ((c == '.' || c == '/') && (filled == 0 || to[filled - 1] == '/')) {
            return false;
        }
        to[filled++] = c;
    }
    to[filled] = '\0';
    if (filled == 0 || to[filled - 1] == '/') {
        strcpy(to + filled, "index.html");
    }
    return true;
}

// The value if the line is this header; NULL otherwise.
static const char *header(const char *line, const char *name)
{
    size_t length = strlen(name);

    if (strncasecmp(line, name, length) != 0 || line[length] != ':') {
        return NULL;
    }
    line += length + 1;
    return line + strspn(line, " \t");
}

static void read_header(const char *line, const char *end, struct web_request *out)
{
    const char *range = header(line, "range"), *encoding = header(line, "accept-encoding");
    size_t length = range ? (size_t)(end - range) : 0;

    if (range && length < sizeof out->range) {
        memcpy(out->range, range, length);
        out->range[length] = '\0';
        out->has_range = true;
    }
    if (encoding) {
        const char *gzip = strstr(encoding, "gzip");

        out->takes_gzip = gzip && gzip < end;
    }
}

const char *web_request_read(const char *text, struct web_request *out)
{
    const char *end = strstr(text, "\r\n"), *path, *version;

    memset(out, 0, sizeof *out);
    path = end ? memchr(text, ' ', (size_t)(end - text)) : NULL;
    version = path ? memchr(path + 1, ' ', (size_t)(end - path - 1)) : NULL;
    if (!version || strncmp(version, " HTTP/1.", 8) != 0) {
        return "400 Bad Request";
    }
    out->is_head = strncmp(text, "HEAD ", 5) == 0;
    if (!out->is_head && strncmp(text, "GET ", 4) != 0) {
        return "405 Method Not Allowed";
    }
    if (!read_path(path + 1, (size_t)(version - path - 1), out->path)) {
        return "404 Not Found";
    }
    for (const char *line = end + 2; (end = strstr(line, "\r\n")); line = end + 2) {
        read_header(line, end, out);
    }
    return NULL;
}

static bool read_number(const char **at, uint64_t *out)
{
    char *end;

    if (digit(**at) < 0 || digit(**at) > 9) {
        return false;
    }
    *out = strtoull(*at, &end, 10);
    *at = end;
    return true;
}

bool web_range(const char *range, uint64_t size_bytes, uint64_t *first, uint64_t *last)
{
    uint64_t suffix;

    if (strncasecmp(range, "bytes=", 6) != 0 || size_bytes == 0) {
        return false;
    }
    range += 6;
    if (*range == '-') { // the last so many
        range++;
        if (!read_number(&range, &suffix) || *range || suffix == 0) {
            return false;
        }
        *first = suffix < size_bytes ? size_bytes - suffix : 0;
        *last = size_bytes - 1;
        return true;
    }
    if (!read_number(&range, first) || *range++ != '-' || *first >= size_bytes) {
        return false;
    }
    *last = size_bytes - 1;
    if (*range && (!read_number(&range, last) || *range || *last < *first)) {
        return false;
    }
    if (*last >= size_bytes) {
        *last = size_bytes - 1;
    }
    return true;
}

const char *web_type(const char *path)
{
    static const char *const types[][2] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".wasm", "application/wasm"},
        {".json", "application/json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".webmanifest", "application/manifest+json"},
    };
    const char *dot = strrchr(path, '.');

    for (size_t n = 0; dot && n < sizeof types / sizeof types[0]; n++) {
        if (strcmp(dot, types[n][0]) == 0) {
            return types[n][1];
        }
    }
    return "application/octet-stream";
}
