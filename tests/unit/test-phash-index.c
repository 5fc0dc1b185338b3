#include "image/phash-index.h"

enum { N_HASHES = 2000, N_QUERIES = 100 };

static LeukoPhash draw_hash(GRand *rand)
{
    LeukoPhash h;
    for (guint i = 0; i < 4; i++)
        h.bits[i] = (guint64)g_rand_int(rand) << 32 | g_rand_int(rand);
    h.bits[3] &= G_MAXINT64;
    return h;
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

/* Half of the hashes are random; the others are near one of those, some of them equal, some changed
 * in a few neighboring bits only. */
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
        hashes[i] = change_bits(near, i % 50, first, span, rand);
    }
    hashes[7] = hashes[N_HASHES - 7] = (LeukoPhash){{0}};
    return hashes;
}

static guint distance_to(const LeukoPhashes *query, const LeukoPhash *hash)
{
    guint best = G_MAXUINT;
    if (leuko_phash_is_blank(hash))
        return best;
    for (guint o = 0; o < 8; o++)
        best = MIN(best, leuko_phash_distance(&query->orientations[o], hash));
    return best;
}

static void assert_match(const LeukoPhashMatch *got, const LeukoPhashMatch *expected)
{
    g_assert_cmpuint(got->item, ==, expected->item);
    g_assert_cmpuint(got->distance, ==, expected->distance);
}

static void compare(const LeukoPhashIndex *index, const LeukoPhash *hashes, guint n, guint radius,
                    const LeukoPhashes *query)
{
    g_autoptr(GArray) found = leuko_phash_index_find_all(index, query);
    LeukoPhashMatch nearest, expected = {0, radius + 1};
    guint n_expected = 0;
    for (guint i = 0; i < n; i++) {
        LeukoPhashMatch match = {i, distance_to(query, &hashes[i])};
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

/* At every radius, an index finds what a comparison with each hash finds. */
static void test_exact(void)
{
    static const guint radii[] = {0, 1, 5, 12, 24, 31, 40, 64};
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    g_autofree LeukoPhash *hashes = draw_hashes(rand);
    for (gsize r = 0; r < G_N_ELEMENTS(radii); r++) {
        g_autoptr(LeukoPhashIndex) index = leuko_phash_index_new(hashes, N_HASHES, radii[r]);
        for (guint q = 0; q < N_QUERIES; q++) {
            LeukoPhashes query;
            for (guint o = 0; o < 8; o++)
                query.orientations[o] = draw_hash(rand);
            LeukoPhash from = hashes[g_rand_int_range(rand, 0, N_HASHES)];
            query.orientations[q % 8] = change_bits(from, q % 70, 0, 255, rand);
            query.orientations[(q + 3) % 8] = change_bits(from, q % 20, 0, 255, rand);
            compare(index, hashes, N_HASHES, radii[r], &query);
        }
    }
}

/* A blank hash is not found, and finds nothing; an empty index has no matches. */
static void test_blank(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(8);
    const LeukoPhash hashes[2] = {{{0}}, {{5, 0, 0, 0}}};
    g_autoptr(LeukoPhashIndex) index = leuko_phash_index_new(hashes, 2, 24),
                               none = leuko_phash_index_new(NULL, 0, 24);
    LeukoPhashes query = {{{{0}}}};
    LeukoPhashMatch match;
    g_assert_false(leuko_phash_index_find_nearest(index, &query, &match));
    for (guint o = 0; o < 8; o++)
        query.orientations[o] = hashes[1];
    g_assert_true(leuko_phash_index_find_nearest(index, &query, &match));
    g_assert_cmpuint(match.item, ==, 1);
    g_assert_false(leuko_phash_index_find_nearest(none, &query, &match));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/phash-index/exact", test_exact);
    g_test_add_func("/phash-index/blank", test_blank);
    return g_test_run();
}
