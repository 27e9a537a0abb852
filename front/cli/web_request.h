// What a browser asks for: a request of HTTP/1.1, taken apart.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { WEB_PATH_BYTES = 1024, WEB_RANGE_BYTES = 64 };

struct web_request {
    bool is_head;
    char path[WEB_PATH_BYTES]; // relative; leads nowhere but downwards
    bool has_range, takes_gzip;
    char range[WEB_RANGE_BYTES];
};

// Reads request line and headers, each line ended by CR LF. Returns NULL, or the status of the
// refusal ("400 Bad Request").
const char *web_request_read(const char *text, struct web_request *out);

// The bytes that a Range header means of a file: "bytes=0-99", "bytes=100-", "bytes=-100". False:
// none of them is there, or it is not understood.
bool web_range(const char *range, uint64_t size_bytes, uint64_t *first, uint64_t *last);

// The media type, by the ending of the name.
const char *web_type(const char *path);
