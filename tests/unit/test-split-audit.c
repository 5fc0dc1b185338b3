#include "base/stage.h"
#include "data/split-audit.h"
#include "image/phash.h"
#include "leuko/error.h"
#include <string.h>

typedef struct {
    const char *file, *split;
    LeukoPhash hash;
} Row;

/* Audit a split.csv of these rows, each with a group, source and SHA-256 of its own. */
static gboolean audit(const Row *rows, guint n, GError **error)
{
    g_autofree gchar *folder = g_dir_make_tmp("leuko-audit-XXXXXX", NULL),
                     *path = g_build_filename(folder, "split.csv", NULL);
    g_autoptr(GString) text = g_string_new("file,class,group,source,split,sha256,phash\n");
    for (guint i = 0; i < n; i++) {
        g_autofree gchar *hash = leuko_phash_to_text(&rows[i].hash);
        g_string_append_printf(text, "%s,a,g%u,%s,%s,%064x,%s\n", rows[i].file, i, rows[i].file,
                               rows[i].split, i + 1, hash);
    }
    g_assert_true(g_file_set_contents(path, text->str, (gssize)text->len, NULL));
    gboolean ok = leuko_split_audit(folder, error);
    g_assert_true(leuko_remove_tree(folder, NULL));
    return ok;
}

static const LeukoPhash NEW = {{0x1234567890abcdef, 0x0f1e2d3c4b5a6978, 0x55aa33cc77ee1122,
                                0x8badf00ddeadbeef}},
                        OTHER = {{0x2545f4914f6cdd1d, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                  0xa54ff53a5f1d36f1}};

/* A copy in another split is named, also when it is flipped and turned; in one split it may be. */
static void test_turned(void)
{
    g_autoptr(GError) error = NULL;
    LeukoPhash copy = leuko_phash_transpose(&NEW);
    copy.bits[0] = ~copy.bits[0] ^ 0x111; /* x flipped, and three bits off */
    copy.bits[2] = ~copy.bits[2];
    Row rows[] = {{"1.png", "train", NEW}, {"2.png", "test", OTHER}, {"3.png", "train", copy}};
    g_assert_true(audit(rows, 3, &error));
    g_assert_no_error(error);
    rows[2].split = "validation";
    g_assert_false(audit(rows, 3, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, "1.png (train) and 3.png (validation)"));
}

/* Of tables of Leuko 0.1, equal orientations are compared; blank images are no copies. */
static void test_older(void)
{
    g_autoptr(GError) error = NULL;
    LeukoPhash old = NEW, flipped;
    old.bits[3] &= G_MAXINT64;
    flipped = old;
    flipped.bits[0] = ~flipped.bits[0];
    flipped.bits[2] = ~flipped.bits[2];
    const LeukoPhash blank = {{0}};
    Row rows[] = {{"1.png", "train", old},
                  {"2.png", "test", flipped},
                  {"3.png", "train", blank},
                  {"4.png", "test", blank}};
    g_assert_true(audit(rows, 4, &error));
    g_assert_no_error(error);
    rows[1].hash = old;
    rows[1].hash.bits[1] ^= 0xff;
    g_assert_false(audit(rows, 4, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, "the same image"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/split-audit/turned", test_turned);
    g_test_add_func("/split-audit/older", test_older);
    return g_test_run();
}
