// Writes pictures as PNG: 8 bits each of red, green, blue.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

// `pixels`: 0xFFBBGGRR, line after line without a gap, as in struct vt_screen. Width and height are
// 1 to 65535; `pixel_width` and `pixel_height` are a pixel's shape. False: errno says why not all
// could be written.
bool png_write(FILE *to, const uint32_t *pixels, unsigned width, unsigned height,
               unsigned pixel_width, unsigned pixel_height);
