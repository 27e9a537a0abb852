// PNG ([PNG]) around a zlib stream ([RFC1950]) of one deflate block ([RFC1951]) with the fixed
// codes: matches are found by a hash of the next bytes, the last place with that hash is tried.
#include "front/cli/png.h"

#include <stdlib.h>
#include <string.h>

enum {
    HASH_BITS = 15,
    WINDOW_BYTES = 32768,
    MATCH_MIN = 4, // that much is hashed
    MATCH_MAX = 258,
    END_OF_BLOCK = 256,
};

// A growing piece of the file. After a failure of memory it takes nothing more.
struct buffer {
    uint8_t *bytes;
    size_t count, capacity;
    bool is_broken;
    uint32_t bits; // not yet written, the first one lowest
    unsigned bit_count;
};

static void put_byte(struct buffer *b, unsigned byte)
{
    if (b->count == b->capacity && !b->is_broken) {
        size_t capacity = b->capacity ? 2 * b->capacity : 65536;
        uint8_t *bytes = realloc(b->bytes, capacity);

        b->is_broken = !bytes;
        b->bytes = bytes ? bytes : b->bytes;
        b->capacity = bytes ? capacity : b->capacity;
    }
    if (!b->is_broken) {
        b->bytes[b->count++] = (uint8_t)byte;
    }
}

static void put_32(struct buffer *b, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        put_byte(b, value >> shift & 0xff);
    }
}

// --- deflate ---

static void put_bits(struct buffer *b, uint32_t value, unsigned count)
{
    b->bits |= value << b->bit_count;
    b->bit_count += count;
    while (b->bit_count >= 8) {
        put_byte(b, b->bits & 0xff);
        b->bits >>= 8;
        b->bit_count -= 8;
    }
}

// Huffman codes come with their first bit highest.
static void put_code(struct buffer *b, uint32_t code, unsigned count)
{
    uint32_t turned = 0;

    for (unsigned i = 0; i < count; i++) {
        turned |= (code >> i & 1) << (count - 1 - i);
    }
    put_bits(b, turned, count);
}

// The fixed codes of literals and lengths. [RFC1951] 3.2.6
static void put_symbol(struct buffer *b, unsigned symbol)
{
    if (symbol < 144) {
        put_code(b, 0x30 + symbol, 8);
    } else if (symbol < 256) {
        put_code(b, 0x190 + symbol - 144, 9);
    } else if (symbol < 280) {
        put_code(b, symbol - 256, 7);
    } else {
        put_code(b, 0xc0 + symbol - 280, 8);
    }
}

static unsigned log_2(unsigned value)
{
    unsigned n = 0;

    while (value >> (n + 1)) {
        n++;
    }
    return n;
}

// Codes of lengths and distances: four, or two, of each size, with as many bits more as that size
// needs. [RFC1951] 3.2.5
static void put_length(struct buffer *b, unsigned length)
{
    unsigned n = length - 3, extra;

    if (length == MATCH_MAX) {
        put_symbol(b, 285);
    } else if (n < 8) {
        put_symbol(b, 257 + n);
    } else {
        extra = log_2(n) - 2;
        put_symbol(b, 257 + 4 * extra + (n >> extra));
        put_bits(b, n & ((1u << extra) - 1), extra);
    }
}

static void put_distance(struct buffer *b, unsigned distance)
{
    unsigned n = distance - 1, extra;

    if (n < 4) {
        put_code(b, n, 5);
    } else {
        extra = log_2(n) - 1;
        put_code(b, 2 * extra + (n >> extra), 5);
        put_bits(b, n & ((1u << extra) - 1), extra);
    }
}

static unsigned hash(const uint8_t *at)
{
    uint32_t four;

    memcpy(&four, at, sizeof four);
    return four * 2654435761u >> (32 - HASH_BITS);
}

static unsigned match_length(const uint8_t *a, const uint8_t *b, size_t left)
{
    unsigned most = left < MATCH_MAX ? (unsigned)left : MATCH_MAX, n = 0;

    while (n < most && a[n] == b[n]) {
        n++;
    }
    return n;
}

static void deflate(struct buffer *b, const uint8_t *data, size_t size, size_t *last)
{
    size_t at = 0;

    put_bits(b, 1, 1); // the last block
    put_bits(b, 1, 2); // fixed codes
    while (at < size) {
        unsigned length = 0;
        size_t from = 0;

        if (size - at >= MATCH_MIN) {
            size_t *slot = &last[hash(data + at)]; // place + 1; 0: none

            from = *slot;
            *slot = at + 1;
            if (from > 0 && at + 1 - from <= WINDOW_BYTES) {
                length = match_length(data + from - 1, data + at, size - at);
            }
        }
        if (length >= MATCH_MIN) {
            put_length(b, length);
            put_distance(b, (unsigned)(at + 1 - from));
            at += length;
        } else {
            put_symbol(b, data[at++]);
        }
    }
    put_symbol(b, END_OF_BLOCK);
    put_bits(b, 0, 7); // the rest of the last byte
    b->bits = b->bit_count = 0;
}

static uint32_t adler_32(const uint8_t *data, size_t size)
{
    uint32_t a = 1, b = 0;

    for (size_t i = 0; i < size; i++) {
        a = (a + data[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

// --- PNG ---

static uint32_t crc_32(const uint8_t *data, size_t size)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
        }
    }
    return ~crc;
}

// A chunk is its length, four letters, the data, and a check sum of letters and data.
static size_t begin_chunk(struct buffer *b, const char *letters)
{
    put_32(b, 0);
    for (unsigned i = 0; i < 4; i++) {
        put_byte(b, (uint8_t)letters[i]);
    }
    return b->count;
}

static void end_chunk(struct buffer *b, size_t data)
{
    size_t length = b->count - data;

    if (b->is_broken) {
        return;
    }
    for (unsigned i = 0; i < 4; i++) {
        b->bytes[data - 8 + i] = (uint8_t)(length >> (24 - 8 * i));
    }
    put_32(b, crc_32(b->bytes + data - 4, length + 4));
}

static void put_header(struct buffer *b, unsigned width, unsigned height)
{
    size_t data = begin_chunk(b, "IHDR");

    put_32(b, width);
    put_32(b, height);
    put_byte(b, 8); // bits
    put_byte(b, 2); // red, green, blue
    put_byte(b, 0);
    put_byte(b, 0);
    put_byte(b, 0);
    end_chunk(b, data);
}

// Pixels a unit across and down: narrow pixels are many.
static void put_shape(struct buffer *b, unsigned pixel_width, unsigned pixel_height)
{
    size_t data = begin_chunk(b, "pHYs");

    put_32(b, pixel_height);
    put_32(b, pixel_width);
    put_byte(b, 0); // only their ratio is known
    end_chunk(b, data);
}

// Lines of red, green, blue, each with a byte in front that names its filter: none.
static uint8_t *make_lines(const uint32_t *pixels, unsigned width, unsigned height, size_t *size)
{
    uint8_t *lines, *to;

    *size = (size_t)height * (1 + 3 * (size_t)width);
    lines = to = malloc(*size);
    for (unsigned y = 0; lines && y < height; y++) {
        *to++ = 0;
        for (unsigned x = 0; x < width; x++) {
            uint32_t pixel = *pixels++;

            *to++ = (uint8_t)pixel;
            *to++ = (uint8_t)(pixel >> 8);
            *to++ = (uint8_t)(pixel >> 16);
        }
    }
    return lines;
}

static void put_picture(struct buffer *b, const uint8_t *lines, size_t size, size_t *hashes)
{
    size_t data = begin_chunk(b, "IDAT");

    put_byte(b, 0x78); // deflate, 32 KiB back at most
    put_byte(b, 0x01);
    deflate(b, lines, size, hashes);
    put_32(b, adler_32(lines, size));
    end_chunk(b, data);
}

bool png_write(FILE *to, const uint32_t *pixels, unsigned width, unsigned height,
               unsigned pixel_width, unsigned pixel_height)
{
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    struct buffer b = {0};
    size_t size;
    uint8_t *lines = make_lines(pixels, width, height, &size);
    size_t *hashes = calloc((size_t)1 << HASH_BITS, sizeof *hashes);
    bool is_good = lines && hashes;

    if (is_good) {
        for (unsigned i = 0; i < sizeof signature; i++) {
            put_byte(&b, signature[i]);
        }
        put_header(&b, width, height);
        put_shape(&b, pixel_width, pixel_height);
        put_picture(&b, lines, size, hashes);
        end_chunk(&b, begin_chunk(&b, "IEND"));
        is_good = !b.is_broken && fwrite(b.bytes, 1, b.count, to) == b.count;
    }
    free(hashes);
    free(lines);
    free(b.bytes);
    return is_good;
}
