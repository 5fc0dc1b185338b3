/* damage-h5 FILE N: reads N damaged copies of FILE as Keras weights. Each copy has one bit
 * flipped or is truncated. It must be read, or refused with one line that names the file. Prints
 * the counts and the slowest read. */
#include "formats/keras/keras.h"
#include "leuko/error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static guint n_read, n_refused, n_crashed;
static gint64 slowest_us;

static void try(const char *path, const gchar *bytes, gsize n)
{
    g_autoptr(GError) error = NULL;
    if (!g_file_set_contents(path, bytes, (gssize)n, &error))
        g_error("%s", error->message);
    gint64 begin_us = g_get_monotonic_time();
    g_autoptr(LeukoParams) params = leuko_keras_read(path, NULL, NULL, &error);
    slowest_us = MAX(slowest_us, g_get_monotonic_time() - begin_us);
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
    if (argc != 3 || !g_file_get_contents(argv[1], &bytes, &n_bytes, NULL))
        return 2;
    gsize n = (gsize)atol(argv[2]);
    g_autofree gchar *path = g_strconcat(argv[1], ".damaged", NULL);
    for (gsize i = 0; i < n; i++) {
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
    printf("%u read, %u refused, of them %u crashed; slowest %.2f s\n", n_read, n_refused,
           n_crashed, (double)slowest_us * 1e-6);
    return 0;
}
