#include "image/phash-cluster.h"
#include "image/phash-index.h"

enum { N_HASHES = 2000, N_QUERIES = 100 };

static LeukoPhash draw_hash(GRand *rand)
{
    LeukoPhash h;
    for (guint i = 0; i < 4; i++)
        h.bits[i] = (guint64)g_rand_int(rand) << 32 | g_rand_int(rand);
    h.bits[3] |= G_GUINT64_CONSTANT(1) << 63;
    return h;
}

/* The hash in orientation 0 to 7: 1 flips x, 2 flips y, 4 exchanges them afterwards. */
static LeukoPhash turn(LeukoPhash h, guint orientation)
{
    guint64 x = orientation & 1 ? G_MAXUINT64 : 0, y = orientation & 2 ? G_MAXUINT64 : 0;
    h = (LeukoPhash){{h.bits[0] ^ x ^ y, h.bits[1] ^ y, h.bits[2] ^ x, h.bits[3]}};
    return orientation & 4 ? leuko_phash_transpose(&h) : h;
}

/* `h` with `n` changes of a bit drawn at random, in `span` bits from bit `first` on. */
static LeukoPhash change_bits(LeukoPhash h, guint n, guint first, guint span, GRand *rand)
{
    for (guint i = 0; i < n; i++) {
        guint bit = first + (guint)g_rand_int_range(rand, 0, (gint)span);
        h.bits[bit / 64] ^= G_GUINT64_CONSTANT(1) << (bit % 64);
    }
    return h;
}

/* Half of the hashes are random; the others are near one of those in some orientation, some of them
 * equal, some changed in a few neighboring bits only, and some are older hashes. */
static LeukoPhash *draw_hashes(GRand *rand)
{
    LeukoPhash *hashes = g_new(LeukoPhash, N_HASHES);
    for (guint i = 0; i < N_HASHES; i++) {
        if (i < N_HASHES / 2) {
            hashes[i] = draw_hash(rand);
            continue;
        }
        LeukoPhash near = hashes[g_rand_int_range(rand, 0, N_HASHES / 2)];
        guint span = i % 3 == 0 ? 30 : 255, first = i % 3 == 0 ? i % 225 : 0;
        hashes[i] = change_bits(turn(near, i / 7 % 8), i % 50, first, span, rand);
        if (i % 11 == 0)
            hashes[i].bits[3] &= G_MAXINT64;
    }
    hashes[7] = hashes[N_HASHES - 7] = (LeukoPhash){{0}};
    return hashes;
}

static void assert_match(const LeukoPhashMatch *got, const LeukoPhashMatch *expected)
{
    g_assert_cmpuint(got->item, ==, expected->item);
    g_assert_cmpuint(got->distance, ==, expected->distance);
}

static void compare(const LeukoPhashIndex *index, const LeukoPhash *hashes, guint n, guint radius,
                    const LeukoPhash *query)
{
    g_autoptr(GArray) found = leuko_phash_index_find_all(index, query);
    LeukoPhashMatch nearest, expected = {0, radius + 1};
    guint n_expected = 0;
    for (guint i = 0; i < n; i++) {
        LeukoPhashMatch match = {i, leuko_phash_nearest(query, &hashes[i])};
        if (match.distance < expected.distance)
            expected = match;
        if (match.distance > radius)
            continue;
        g_assert_cmpuint(n_expected, <, found->len);
        assert_match(&g_array_index(found, LeukoPhashMatch, n_expected++), &match);
    }
    g_assert_cmpuint(n_expected, ==, found->len);
    g_assert_cmpint(leuko_phash_index_find_nearest(index, query, &nearest), ==, found->len > 0);
    if (found->len > 0)
        assert_match(&nearest, &expected);
}

static const guint RADII[] = {0, 1, 5, 12, 24, 31, 40, 64};

/* At every radius, an index finds what a comparison with each hash finds. */
static void test_exact(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    g_autofree LeukoPhash *hashes = draw_hashes(rand);
    for (gsize r = 0; r < G_N_ELEMENTS(RADII); r++) {
        g_autoptr(LeukoPhashIndex) index = leuko_phash_index_new(hashes, N_HASHES, RADII[r]);
        for (guint q = 0; q < N_QUERIES; q++) {
            LeukoPhash from = hashes[g_rand_int_range(rand, 0, N_HASHES)];
            LeukoPhash query = change_bits(turn(from, q % 8), q % 70, 0, 255, rand);
            compare(index, hashes, N_HASHES, RADII[r], &query);
        }
    }
}

/* A few hashes, too few for tables, are compared in the same way. */
static void test_few(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(9);
    g_autofree LeukoPhash *hashes = draw_hashes(rand);
    g_autoptr(LeukoPhashIndex) index = leuko_phash_index_new(hashes, 50, 24);
    for (guint i = 0; i < 50; i++) {
        LeukoPhash query = change_bits(turn(hashes[i], i % 8), i, 0, 255, rand);
        compare(index, hashes, 50, 24, &query);
    }
}

/* The clusters of a comparison of each hash with each other. */
static void cluster_all(const LeukoPhash *hashes, guint n, guint radius, guint *cluster)
{
    for (guint i = 0; i < n; i++)
        cluster[i] = i;
    for (guint i = 0; i < n; i++)
        for (guint j = i + 1; j < n; j++) {
            guint a = cluster[i], b = cluster[j];
            if (a == b || leuko_phash_nearest(&hashes[i], &hashes[j]) > radius)
                continue;
            for (guint k = 0; k < n; k++)
                if (cluster[k] == MAX(a, b))
                    cluster[k] = MIN(a, b);
        }
}

static void assert_clusters(const LeukoPhash *hashes, guint n, guint radius)
{
    g_autofree guint *expected = g_new(guint, n), *got = g_new(guint, n);
    cluster_all(hashes, n, radius, expected);
    for (guint n_threads = 1; n_threads <= 2; n_threads++) {
        leuko_phash_cluster(hashes, n, radius, n_threads, got, NULL, NULL);
        for (guint i = 0; i < n; i++)
            g_assert_cmpuint(got[i], ==, expected[i]);
    }
}

/* At every radius, clusters are those of a comparison of all pairs, for any number of threads. */
static void test_clusters(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(10);
    g_autofree LeukoPhash *hashes = draw_hashes(rand);
    for (gsize r = 0; r < G_N_ELEMENTS(RADII); r++)
        assert_clusters(hashes, N_HASHES, RADII[r]);
}

/* Hashes without word 0 are compared in the other three, whose words flip as before. */
static void test_three_words(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(13);
    g_autofree LeukoPhash *hashes = draw_hashes(rand);
    for (guint i = 0; i < N_HASHES; i++)
        hashes[i].bits[0] = 0;
    g_autoptr(LeukoPhashIndex) index = leuko_phash_index_new(hashes, N_HASHES, 16);
    for (guint q = 0; q < N_QUERIES; q++) {
        LeukoPhash query = change_bits(hashes[q * 17 % N_HASHES], q % 40, 64, 191, rand);
        query.bits[1] ^= q & 1 ? G_MAXUINT64 : 0;
        query.bits[2] ^= q & 2 ? G_MAXUINT64 : 0;
        compare(index, hashes, N_HASHES, 16, &query);
        if (leuko_phash_can_turn(&query))
            g_assert_cmpuint(leuko_phash_nearest(&query, &hashes[q * 17 % N_HASHES]), <=, q % 40);
    }
    assert_clusters(hashes, N_HASHES, 16);
}

/* A crowd of hashes that are all near each other, and others between them, have the right clusters:
 * marks on buckets hide no pair. */
static void test_crowd(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(11);
    g_autofree LeukoPhash *hashes = draw_hashes(rand);
    for (guint i = 0; i < N_HASHES; i++)
        if (i % 10 < 7)
            hashes[i] = change_bits(hashes[i % 10 / 2], 1 + i % 20, 0, 255, rand);
    assert_clusters(hashes, N_HASHES, 24);
    assert_clusters(hashes, N_HASHES, 5);
}

/* Hashes as those of cells: each bit of a word repeats the one before in seven of ten images. */
static LeukoPhash draw_dependent(GRand *rand)
{
    LeukoPhash h = draw_hash(rand);
    for (guint w = 0; w < 4; w++)
        for (guint b = 1; b < 63; b++)
            if (g_rand_int_range(rand, 0, 10) < 4) /* the other six agree in three */
                h.bits[w] = (h.bits[w] & ~(G_GUINT64_CONSTANT(1) << b)) | (h.bits[w] >> (b - 1) & 1)
                                                                              << b;
    return h;
}

/* Lookups and comparisons for each of `n` hashes, of which one in eight is near another one. */
static double measure_work(const LeukoPhash *hashes, guint n)
{
    g_autofree guint *cluster = g_new(guint, n);
    LeukoPhashWork work;
    leuko_phash_cluster(hashes, n, 24, 1, cluster, NULL, &work);
    return (double)(work.n_lookups + work.n_compared) / n;
}

/* Ten times as many hashes need at most twice the work each, and few of all comparisons. */
static void test_work(void)
{
    enum { FEW = 2000, MANY = 20000 };
    g_autoptr(GRand) rand = g_rand_new_with_seed(14);
    g_autofree LeukoPhash *hashes = g_new(LeukoPhash, MANY);
    for (guint i = 0; i < MANY; i++)
        hashes[i] = i % 8 == 7 ? change_bits(turn(hashes[i - 3], i / 8 % 8), 10, 0, 255, rand)
                               : draw_dependent(rand);
    double few = measure_work(hashes, FEW), many = measure_work(hashes, MANY);
    g_test_message("%.0f and %.0f lookups and comparisons for each hash", few, many);
    g_assert_cmpfloat(many, <, 2 * few);
    g_assert_cmpfloat(many, <, MANY / 20);
}

/* Nor do hashes that are all near one of two others need all comparisons. */
static void test_crowd_work(void)
{
    enum { MANY = 20000 };
    g_autoptr(GRand) rand = g_rand_new_with_seed(15);
    g_autofree LeukoPhash *hashes = g_new(LeukoPhash, MANY);
    hashes[0] = draw_hash(rand);
    hashes[1] = draw_hash(rand);
    for (guint i = 2; i < MANY; i++)
        hashes[i] = change_bits(hashes[i % 2], 6, 0, 255, rand);
    double work = measure_work(hashes, MANY);
    g_test_message("%.0f lookups and comparisons for each hash", work);
    g_assert_cmpfloat(work, <, MANY / 20);
}

/* A million equal hashes and a million blank ones are no million comparisons of a million. */
static void test_equal(void)
{
    enum { MANY = 1000000 };
    g_autoptr(GRand) rand = g_rand_new_with_seed(12);
    g_autofree LeukoPhash *hashes = g_new0(LeukoPhash, 2 * MANY);
    g_autofree guint *cluster = g_new(guint, 2 * MANY);
    LeukoPhashMatch nearest;
    hashes[5] = draw_hash(rand);
    for (guint i = 0; i < MANY; i++)
        hashes[MANY + i] = hashes[5];
    g_autoptr(LeukoPhashIndex) index = leuko_phash_index_new(hashes, 2 * MANY, 24);
    leuko_phash_cluster(hashes, 2 * MANY, 24, 1, cluster, NULL, NULL);
    g_assert_cmpuint(cluster[4], ==, 4);
    g_assert_cmpuint(cluster[2 * MANY - 1], ==, 5);
    g_assert_true(leuko_phash_index_find_nearest(index, &hashes[5], &nearest));
    g_assert_cmpuint(nearest.item, ==, 5);
}

/* A blank hash is not found, and finds nothing; an empty index has no matches. */
static void test_blank(void)
{
    const LeukoPhash hashes[2] = {{{0}}, {{5, 0, 0, 0}}};
    g_autoptr(LeukoPhashIndex) index = leuko_phash_index_new(hashes, 2, 24),
                               none = leuko_phash_index_new(NULL, 0, 24);
    LeukoPhashMatch match;
    g_assert_false(leuko_phash_index_find_nearest(index, &hashes[0], &match));
    g_assert_true(leuko_phash_index_find_nearest(index, &hashes[1], &match));
    g_assert_cmpuint(match.item, ==, 1);
    g_assert_false(leuko_phash_index_find_nearest(none, &hashes[1], &match));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/phash-index/exact", test_exact);
    g_test_add_func("/phash-index/few", test_few);
    g_test_add_func("/phash-index/clusters", test_clusters);
    g_test_add_func("/phash-index/three-words", test_three_words);
    g_test_add_func("/phash-index/crowd", test_crowd);
    g_test_add_func("/phash-index/work", test_work);
    g_test_add_func("/phash-index/crowd-work", test_crowd_work);
    g_test_add_func("/phash-index/equal", test_equal);
    g_test_add_func("/phash-index/blank", test_blank);
    return g_test_run();
}
