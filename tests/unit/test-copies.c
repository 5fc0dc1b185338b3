#include "image/copies.h"
#include "leuko/error.h"
#include <string.h>

enum { N = 24, SIDE = 96 };

/* A textured blob: every seed gives another image. */
static LeukoImage *draw(guint seed)
{
    LeukoImage *image = leuko_image_new(SIDE, SIDE, NULL);
    guint32 state = seed * 2654435761u + 12345;
    gint blobs[12][4];
    for (guint k = 0; k < 12; k++)
        for (guint j = 0; j < 4; j++) {
            state = state * 1664525u + 1013904223u;
            blobs[k][j] = (gint)(state >> 24) * (j < 2 ? SIDE : j == 2 ? 14 : 150) / 256;
        }
    for (gint y = 0; y < SIDE; y++)
        for (gint x = 0; x < SIDE; x++) {
            gint v = 220;
            for (guint k = 0; k < 12; k++) {
                gint dy = y - blobs[k][0], dx = x - blobs[k][1], r = 4 + blobs[k][2];
                if (dy * dy + dx * dx < r * r)
                    v = 60 + blobs[k][3];
            }
            memset(image->pixels + (gsize)y * image->row_bytes + 3 * x, v, 3);
        }
    return image;
}

static LeukoImage *shift(const LeukoImage *from, gint dy, gint dx)
{
    LeukoImage *to = leuko_image_new(from->width, from->height, NULL);
    for (gint y = 0; y < SIDE; y++)
        for (gint x = 0; x < SIDE; x++)
            memcpy(to->pixels + (gsize)y * to->row_bytes + 3 * x,
                   from->pixels + (gsize)CLAMP(y - dy, 0, SIDE - 1) * from->row_bytes +
                       3 * CLAMP(x - dx, 0, SIDE - 1),
                   3);
    return to;
}

typedef struct {
    LeukoImage *images[N];
    LeukoPhash plain[N];
    LeukoCentered centered[N];
    guint same[N];
    gint unreadable; /* image that cannot be loaded, or -1 */
} Set;

static void set_init(Set *s)
{
    s->unreadable = -1;
    for (guint i = 0; i < N; i++) {
        LeukoLuma luma;
        s->images[i] = i == 20   ? shift(s->images[3], 3, -2)
                       : i == 21 ? shift(s->images[7], -4, 0)
                                 : draw(i);
        g_assert_true(leuko_luma_of(s->images[i], &luma, NULL));
        leuko_phash_of_luma(&luma, &s->plain[i]);
        leuko_centered_of(&luma, &s->centered[i]);
        s->same[i] = i;
    }
}

static void set_clear(Set *s)
{
    for (guint i = 0; i < N; i++)
        leuko_image_free(s->images[i]);
}

static gboolean load(gpointer data, guint i, LeukoThumbnail *out, GError **error)
{
    const Set *s = data;
    if ((gint)i == s->unreadable) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "image %u", i);
        return FALSE;
    }
    return leuko_thumbnail_of(s->images[i], out, error);
}

static LeukoCopySearch search_of(Set *s, guint n_threads)
{
    return (LeukoCopySearch){.n = N,
                             .plain = s->plain,
                             .centered = s->centered,
                             .same = s->same,
                             .load = load,
                             .data = s,
                             .n_threads = n_threads};
}

/* Shifted copies are found, beyond the reach of the hash; other images stay alone. The number of
 * threads changes nothing. */
static void test_shifted(void)
{
    Set s;
    set_init(&s);
    g_assert_cmpuint(leuko_phash_nearest(&s.plain[3], &s.plain[20]), >, LEUKO_PHASH_NEAR);
    for (guint threads = 1; threads <= 3; threads++) {
        g_autoptr(GError) error = NULL;
        guint first[N];
        LeukoCopyWork work;
        const LeukoCopySearch search = search_of(&s, threads);
        g_assert_true(leuko_copies_find(&search, first, &work, &error));
        g_assert_no_error(error);
        for (guint i = 0; i < N; i++)
            g_assert_cmpuint(first[i], ==, i == 20 ? 3 : i == 21 ? 7 : i);
        g_assert_cmpuint(work.n_candidates, >=, 4);
        g_assert_cmpuint(work.n_unsure, ==, 0);
    }
    set_clear(&s);
}

/* Images with the same bytes are one without being loaded; one that cannot be loaded is an
 * error. */
static void test_load(void)
{
    Set s;
    guint first[N];
    g_autoptr(GError) error = NULL;
    set_init(&s);
    s.same[9] = 2;
    s.unreadable = 9;
    LeukoCopySearch search = search_of(&s, 1);
    g_assert_true(leuko_copies_find(&search, first, NULL, &error));
    g_assert_cmpuint(first[9], ==, 2);
    s.unreadable = 20;
    g_assert_false(leuko_copies_find(&search, first, NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
    set_clear(&s);
}

/* Images with the same hash are candidates; those with more than are aligned are counted. */
static void test_unsure(void)
{
    Set s;
    guint first[N];
    LeukoCopyWork work;
    g_autoptr(GError) error = NULL;
    set_init(&s);
    for (guint i = 0; i < 6; i++)
        s.plain[i] = s.plain[0];
    LeukoCopySearch search = search_of(&s, 1);
    for (guint most = 0; most < 6; most++) {
        search.max_aligned = most;
        g_assert_true(leuko_copies_find(&search, first, &work, &error));
        g_assert_cmpuint(work.n_unsure, ==, most > 0 ? 5 - most : 0);
    }
    set_clear(&s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/copies/shifted", test_shifted);
    g_test_add_func("/copies/load", test_load);
    g_test_add_func("/copies/unsure", test_unsure);
    return g_test_run();
}
