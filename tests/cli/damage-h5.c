/* damage-h5 FILE N SAMPLE: reads damaged copies of FILE as Keras weights.
 *
 * There are N copies, damaged at N positions with equal distances: three of four have one bit
 * flipped, the fourth is truncated. A seeded sample of SAMPLE copies is read. Each must be read, or
 * refused with one line that names the file. Prints the counts. */
#include "formats/keras/keras.h"
#include "leuko/error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static guint n_read, n_refused, n_crashed;

static void try(const char *path, const gchar *bytes, gsize n)
{
    g_autoptr(GError) error = NULL;
    if (!g_file_set_contents(path, bytes, (gssize)n, &error))
        g_error("%s", error->message);
    g_autoptr(LeukoParams) params = leuko_keras_read(path, NULL, NULL, &error);
    if (params) {
        g_assert_no_error(error);
        n_read++;
        return;
    }
    g_assert_true(error->domain == LEUKO_ERROR && g_str_has_prefix(error->message, path));
    g_assert_true(!strchr(error->message, '\n') && g_utf8_validate(error->message, -1, NULL));
    n_refused++;
    n_crashed += strstr(error->message, "libhdf5 crashed") != NULL;
}

int main(int argc, char **argv)
{
    g_autofree gchar *bytes = NULL;
    gsize n_bytes;
    if (argc != 4 || !g_file_get_contents(argv[1], &bytes, &n_bytes, NULL))
        return 2;
    gsize n = (gsize)atol(argv[2]), n_wanted = MIN((gsize)atol(argv[3]), n);
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    g_autofree gchar *path = g_strconcat(argv[1], ".damaged", NULL);
    for (gsize i = 0; i < n; i++) {
        if (g_rand_double(random) * (double)(n - i) >= (double)n_wanted)
            continue;
        n_wanted--;
        gsize at = n_bytes * i / n;
        gchar bit = (gchar)(1 << (i % 8));
        if (i % 4 == 3) {
            try(path, bytes, MAX(at, 1));
            continue;
        }
        bytes[at] ^= bit;
        try(path, bytes, n_bytes);
        bytes[at] ^= bit;
    }
    printf("%u read, %u refused, of them %u crashed\n", n_read, n_refused, n_crashed);
    return 0;
}
