// Whole transfers at offsets of a file, and making them durable. False: errno says why.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool transfer_read(int fd, uint64_t offset, void *to, size_t count); // ENODATA behind the end
bool transfer_write(int fd, uint64_t offset, const void *from, size_t count);
bool transfer_sync(int fd);
