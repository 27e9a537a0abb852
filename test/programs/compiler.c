// Compiled by two compilers in the guest, with several options; what it prints is the same.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
    struct node *left, *right;
    uint32_t key;
};

static uint32_t seed = 7;

static uint32_t draw(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

static struct node *insert(struct node *tree, uint32_t key)
{
    if (!tree) {
        tree = calloc(1, sizeof *tree);
        tree->key = key;
    } else if (key < tree->key) {
        tree->left = insert(tree->left, key);
    } else {
        tree->right = insert(tree->right, key);
    }
    return tree;
}

static uint64_t walk(const struct node *tree, uint64_t sum)
{
    return tree ? walk(tree->right, walk(tree->left, sum) * 1000003 + tree->key) : sum;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static uint32_t crc(const uint8_t *data, size_t count)
{
    uint32_t value = ~0u;
    for (size_t i = 0; i < count; i++) {
        value ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            value = value >> 1 ^ (value & 1 ? 0xEDB88320 : 0);
        }
    }
    return ~value;
}

enum { N = 24 };
static float m[N][N], n[N][N], product[N][N];

static double matrices(void)
{
    double trace = 0;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            m[i][j] = (float)(draw() % 64);
            n[i][j] = (float)(draw() % 32) / 8;
        }
    }
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            for (int k = 0; k < N; k++) {
                product[i][j] += m[i][k] * n[k][j]; // exact in float
            }
        }
    }
    for (int i = 0; i < N; i++) {
        trace += product[i][i];
    }
    return trace;
}

static void integers(void)
{
    int64_t total = 0;
    uint16_t narrow[256];
    int8_t bytes[256];
    for (int i = 0; i < 256; i++) {
        narrow[i] = (uint16_t)draw();
        bytes[i] = (int8_t)draw();
    }
    for (int i = 0; i < 256; i++) {
        int64_t a = (int64_t)draw() << (draw() % 38);
        int64_t b = (int64_t)(draw() % 100000) - 50000;
        total += a / (b ? b : 1) + a % (b ? b : 1) + (a >> (i & 63)) + (a << (i & 31));
        total += bytes[i] * narrow[255 - i] + (bytes[i] > 3 ? narrow[i] : -narrow[i]);
        total ^= (int64_t)((uint32_t)total << 9 | (uint32_t)total >> 23) << 7;
    }
    printf("integers %lld\n", (long long)total);
}

int main(void)
{
    static double values[2000];
    struct node *tree = NULL;
    for (int i = 0; i < 2000; i++) {
        values[i] = (double)draw() / 1024;
        tree = insert(tree, draw());
    }
    qsort(values, 2000, sizeof values[0], by_value);
    printf("tree %llu sorted %.10g %.10g\n", (unsigned long long)walk(tree, 0), values[0],
           values[1999]);
    printf("crc %08x\n", crc((const uint8_t *)values, sizeof values));
    printf("matrices %.17g\n", matrices());
    integers();
    char text[200] = "";
    for (int i = 0; i < 9; i++) {
        snprintf(text + strlen(text), 20, "%d%s", i * i, i % 2 ? "-" : "+");
    }
    printf("%s %zu %g %s\n", text, strlen(text), sqrt(2.25), strchr(text, '6'));
    return 0;
}
