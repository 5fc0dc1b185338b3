/* usage: bench-duplicates index N [RADIUS]     time and memory of the index of perceptual hashes
 *        bench-duplicates images OUT N         write N different images of 32 px into two classes
 *
 * index: of N hashes, nine of ten are random and the others are near one of those, as in a folder
 * with a tenth of copies; then N that are all near one hash. images: for duplicates.sh. */
#include "base/rng.h"
#include "image/phash-index.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { SIDE = 32, GRID = 9, N_QUERIES = 10000, CROWD_BITS = 6 };

static guint64 draw_word(LeukoRng *rng)
{
    return (guint64)leuko_rng_below(rng, G_MAXUINT32) << 32 | leuko_rng_below(rng, G_MAXUINT32);
}

static LeukoPhash draw_hash(LeukoRng *rng)
{
    LeukoPhash h = {{draw_word(rng), draw_word(rng), draw_word(rng), draw_word(rng)}};
    h.bits[3] |= G_GUINT64_CONSTANT(1) << 63;
    return h;
}

static LeukoPhash change_bits(LeukoPhash h, guint n, LeukoRng *rng)
{
    for (guint i = 0; i < n; i++) {
        guint bit = (guint)leuko_rng_below(rng, 255);
        h.bits[bit / 64] ^= G_GUINT64_CONSTANT(1) << (bit % 64);
    }
    return h;
}

static double peak_mib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

/* Processor time: other programs may run at the same time. */
static gint64 processor_us(void) { return (gint64)((double)clock() / CLOCKS_PER_SEC * 1e6); }

static void measure(const char *what, const LeukoPhash *hashes, guint n, guint radius)
{
    g_autofree guint *cluster = g_new(guint, n);
    guint n_found = 0, n_alone = 0, n_queries = MIN(n, N_QUERIES);
    gint64 start = processor_us();
    g_autoptr(LeukoPhashIndex) index = leuko_phash_index_new(hashes, n, radius);
    gint64 built = processor_us();
    for (guint q = 0; q < n_queries; q++) {
        LeukoPhashMatch match;
        LeukoPhash query = hashes[(guint64)q * n / n_queries];
        query.bits[1] = ~query.bits[1]; /* both axes flipped, and half of them far off */
        query.bits[2] = ~query.bits[2];
        query.bits[3] ^= q % 2 ? G_MAXUINT32 : 0;
        n_found += leuko_phash_index_find_nearest(index, &query, &match) ? 1 : 0;
    }
    gint64 asked = processor_us();
    leuko_phash_index_cluster(index, 1, cluster);
    gint64 end = processor_us();
    for (guint i = 0; i < n; i++)
        n_alone += cluster[i] == i;
    printf(
        "%-8s %8u hashes, radius %2u: build %6.2f us, query %7.2f us, clusters %7.2f us per hash; "
        "peak %.0f MiB; %u clusters, %u found\n",
        what, n, radius, (double)(built - start) / n, (double)(asked - built) / n_queries,
        (double)(end - asked) / n, peak_mib(), n_alone, n_found);
}

static void measure_index(guint n, guint radius)
{
    LeukoRng rng;
    g_autofree LeukoPhash *hashes = g_new(LeukoPhash, n);
    leuko_rng_init(&rng, 1, "bench", 0);
    for (guint i = 0; i < n; i++)
        hashes[i] = i % 10 == 9 ? change_bits(hashes[i - 1 - leuko_rng_below(&rng, MIN(i, 5))],
                                              i % 12, &rng)
                                : draw_hash(&rng);
    measure("random", hashes, n, radius);
    for (guint i = 1; i < n; i++)
        hashes[i] = change_bits(hashes[0], 1 + i % CROWD_BITS, &rng);
    measure("crowd", hashes, n, radius);
}

/* A smooth random pattern: a grid of colors between which the pixels are interpolated. */
static LeukoImage *draw_image(guint number)
{
    LeukoRng rng;
    guint8 grid[GRID][GRID][LEUKO_CHANNELS];
    LeukoImage *image = leuko_image_new(SIDE, SIDE, NULL);
    leuko_rng_init(&rng, 1, "image", number);
    for (gsize i = 0; i < sizeof grid; i++)
        ((guint8 *)grid)[i] = (guint8)leuko_rng_below(&rng, 256);
    for (guint y = 0; image && y < SIDE; y++)
        for (guint x = 0; x < SIDE; x++)
            for (guint c = 0; c < LEUKO_CHANNELS; c++) {
                guint gy = y / 4, gx = x / 4, fy = y % 4, fx = x % 4;
                guint top = grid[gy][gx][c] * (4 - fx) + grid[gy][gx + 1][c] * fx;
                guint low = grid[gy + 1][gx][c] * (4 - fx) + grid[gy + 1][gx + 1][c] * fx;
                image->pixels[y * image->row_bytes + x * LEUKO_CHANNELS + c] =
                    (guint8)((top * (4 - fy) + low * fy) / 16);
            }
    return image;
}

static int write_images(const char *out, guint n)
{
    for (guint i = 0; i < n; i++) {
        const char *class = i % 2 ? "lymphocyte" : "blast";
        g_autofree gchar *path = g_strdup_printf("%s/%s/%07u.png", out, class, i),
                         *folder = g_path_get_dirname(path);
        g_autoptr(LeukoImage) image = draw_image(i);
        g_autoptr(GBytes) png = image ? leuko_image_encode(image, "png", 0, NULL) : NULL;
        if (i < 2 && g_mkdir_with_parents(folder, 0777) != 0)
            return EXIT_FAILURE;
        if (!png || !g_file_set_contents_full(path, g_bytes_get_data(png, NULL),
                                              (gssize)g_bytes_get_size(png),
                                              G_FILE_SET_CONTENTS_NONE, 0666, NULL)) {
            fprintf(stderr, "%s: cannot write\n", path);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "images") == 0)
        return write_images(argv[2], (guint)atoi(argv[3]));
    if (argc < 3 || strcmp(argv[1], "index") != 0 || atoi(argv[2]) < 10) {
        fprintf(stderr, "usage: bench-duplicates index N [RADIUS] | images OUT N\n");
        return EXIT_FAILURE;
    }
    measure_index((guint)atoi(argv[2]), argc > 3 ? (guint)atoi(argv[3]) : LEUKO_PHASH_NEAR);
    return EXIT_SUCCESS;
}
