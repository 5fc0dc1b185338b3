#include "base/stage.h"
#include "train/feature-cache.h"
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { C = 5, HEADER = 4096, ROW = 32 + C * 4 + 8 };

/* Row i: the digest of i, features i, i + 1, ... */
static void make_row(guint i, guint8 *sha, float *x)
{
    memset(sha, (int)i, LEUKO_SHA256_BYTES);
    for (guint c = 0; c < C; c++)
        x[c] = (float)(i + c);
}

static void put(LeukoFeatureCache *cache, guint i)
{
    guint8 sha[LEUKO_SHA256_BYTES];
    float x[C];
    g_autoptr(GError) error = NULL;
    make_row(i, sha, x);
    g_assert_true(leuko_feature_cache_put(cache, 1, sha, x, &error));
    g_assert_no_error(error);
}

static LeukoFeatureCache *open_cache(const char *key)
{
    g_autoptr(GError) error = NULL;
    LeukoFeatureCache *cache = leuko_feature_cache_open(key, C, &error);
    g_assert_no_error(error);
    return cache;
}

static gboolean has(LeukoFeatureCache *cache, guint i)
{
    guint8 sha[LEUKO_SHA256_BYTES];
    float wanted[C], x[C];
    make_row(i, sha, wanted);
    if (!leuko_feature_cache_get(cache, sha, x))
        return FALSE;
    g_assert_cmpint(memcmp(wanted, x, sizeof x), ==, 0);
    return TRUE;
}

static gchar *path_of(const char *key)
{
    g_autoptr(LeukoFeatureCache) cache = open_cache(key);
    return g_strdup(leuko_feature_cache_path(cache));
}

static void edit(const char *path, gsize at, gssize cut)
{
    gchar *bytes;
    gsize n;
    g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
    if (cut < 0)
        bytes[at] ^= 0x10;
    g_assert_true(g_file_set_contents(path, bytes, cut < 0 ? (gssize)n : cut, NULL));
    g_free(bytes);
}

/* Rows are read back unchanged after reopening, and only with their own key. */
static void test_round_trip(void)
{
    {
        g_autoptr(LeukoFeatureCache) cache = open_cache("round");
        put(cache, 1);
        put(cache, 2);
    }
    g_autoptr(LeukoFeatureCache) again = open_cache("round"), other = open_cache("round two");
    g_assert_true(has(again, 1) && has(again, 2));
    g_assert_false(has(again, 3));
    g_assert_false(has(other, 1));
}

/* In a file cut at any byte, the rows before the cut are valid, and rows added later are found. */
static void test_torn(void)
{
    g_autofree gchar *path = path_of("torn");
    for (gsize cut = HEADER - 3; cut <= HEADER + 2 * ROW; cut++) {
        g_unlink(path);
        {
            g_autoptr(LeukoFeatureCache) cache = open_cache("torn");
            put(cache, 1);
            put(cache, 2);
        }
        edit(path, 0, (gssize)cut);
        {
            g_autoptr(LeukoFeatureCache) cache = open_cache("torn");
            g_assert_cmpint(has(cache, 1), ==, cut >= HEADER + ROW);
            g_assert_cmpint(has(cache, 2), ==, cut >= HEADER + 2 * ROW);
            put(cache, 3);
        }
        g_autoptr(LeukoFeatureCache) cache = open_cache("torn");
        g_assert_true(has(cache, 3));
        g_assert_cmpint(has(cache, 1), ==, cut >= HEADER + ROW);
    }
}

/* A row with a flipped bit is ignored, is counted as damaged if its key still matches, and can be
 * added again. */
static void test_flipped(void)
{
    g_autofree gchar *path = path_of("flipped");
    for (gsize at = HEADER + ROW; at < HEADER + 2 * ROW - 4; at += 3) {
        g_unlink(path);
        {
            g_autoptr(LeukoFeatureCache) cache = open_cache("flipped");
            for (guint i = 1; i <= 3; i++)
                put(cache, i);
        }
        edit(path, at, -1);
        {
            g_autoptr(LeukoFeatureCache) cache = open_cache("flipped");
            g_assert_true(has(cache, 1) && has(cache, 3));
            g_assert_false(has(cache, 2));
            if (at >= HEADER + ROW + 32)
                g_assert_cmpuint(leuko_feature_cache_n_damaged(cache), ==, 1);
            put(cache, 2);
        }
        g_autoptr(LeukoFeatureCache) cache = open_cache("flipped");
        g_assert_true(has(cache, 2));
    }
}

/* A file with another header is replaced. */
static void test_foreign_header(void)
{
    g_autofree gchar *path = path_of("header");
    {
        g_autoptr(LeukoFeatureCache) cache = open_cache("header");
        put(cache, 1);
    }
    edit(path, 40, -1);
    g_autoptr(LeukoFeatureCache) cache = open_cache("header");
    g_assert_false(has(cache, 1));
    put(cache, 4);
    g_autoptr(LeukoFeatureCache) again = open_cache("header");
    g_assert_true(has(again, 4));
}

/* Four processes write at the same time and one is killed: no row of the others is lost or
 * incomplete. */
static void test_many_writers(void)
{
    pid_t children[4];
    for (guint p = 0; p < 4; p++) {
        children[p] = fork();
        if (children[p] == 0) {
            g_autoptr(LeukoFeatureCache) cache = open_cache("many");
            for (guint i = 0; i < 50 || p == 3; i++)
                put(cache, 1 + p * 50 + i % 50);
            _exit(0);
        }
    }
    for (guint p = 0; p < 3; p++) {
        int status;
        waitpid(children[p], &status, 0);
        g_assert_cmpint(status, ==, 0);
    }
    kill(children[3], SIGKILL);
    waitpid(children[3], NULL, 0);
    g_autoptr(LeukoFeatureCache) cache = open_cache("many");
    for (guint i = 1; i <= 150; i++)
        g_assert_true(has(cache, i));
    g_assert_cmpuint(leuko_feature_cache_n_damaged(cache), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree gchar *folder = g_dir_make_tmp("leuko-cache-XXXXXX", NULL);
    g_setenv("LEUKO_CACHE", folder, TRUE);
    g_test_add_func("/feature-cache/round-trip", test_round_trip);
    g_test_add_func("/feature-cache/torn", test_torn);
    g_test_add_func("/feature-cache/flipped", test_flipped);
    g_test_add_func("/feature-cache/foreign-header", test_foreign_header);
    g_test_add_func("/feature-cache/many-writers", test_many_writers);
    int status = g_test_run();
    leuko_remove_tree(folder, NULL);
    return status;
}
