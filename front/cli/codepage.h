// Code page 437, the characters of a PC's text screen, in Unicode and in ASCII.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { CODEPAGE_UTF8_BYTES = 3 };

// Writes one character as UTF-8, without an end. Control codes become the signs that the VGA draws
// for them; 0 and FFh, drawn blank, are spaces. Returns how many bytes: 1 to CODEPAGE_UTF8_BYTES.
size_t codepage_utf8(uint8_t character, char *out);

// What looks like a character in ASCII: + - = | for frames, @ for blocks, ^ v < > for arrows,
// letters without their accents; ? if nothing does.
char codepage_ascii(uint8_t character);
