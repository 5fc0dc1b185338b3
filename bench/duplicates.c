/* usage: bench-duplicates N [RADIUS]
 *
 * Time and memory of the searches for near-duplicates (image/phash-index.h, image/phash-cluster.h):
 * of N hashes, nine of ten are random and the others are near one of those, as in a folder with a
 * tenth of copies; then N that are all near one hash. */
#include "base/rng.h"
#include "image/phash-cluster.h"
#include "image/phash-index.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { N_QUERIES = 1000, CROWD_BITS = 6 };

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
    LeukoPhashWork work;
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
    leuko_phash_cluster(hashes, n, radius, 1, cluster, NULL, &work);
    gint64 end = processor_us();
    for (guint i = 0; i < n; i++)
        n_alone += cluster[i] == i;
    printf(
        "%-8s %8u hashes, radius %2u: build %6.2f us, query %7.2f us, clusters %7.2f us per hash; "
        "%.0f lookups, %.0f comparisons; peak %.0f MiB; %u clusters, %u found\n",
        what, n, radius, (double)(built - start) / n, (double)(asked - built) / n_queries,
        (double)(end - asked) / n, (double)work.n_lookups / n, (double)work.n_compared / n,
        peak_mib(), n_alone, n_found);
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

int main(int argc, char **argv)
{
    if (argc < 2 || atoi(argv[1]) < 10) {
        fprintf(stderr, "usage: bench-duplicates N [RADIUS]\n");
        return EXIT_FAILURE;
    }
    measure_index((guint)atoi(argv[1]), argc > 2 ? (guint)atoi(argv[2]) : LEUKO_PHASH_NEAR);
    return EXIT_SUCCESS;
}
