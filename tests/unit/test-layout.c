/* Random trees of known truth: the catalog returns that truth or refuses, and every file on disk is
 * either an image of the catalog or skipped. */
#include "base/file-names.h"
#include "base/stage.h"
#include "data/catalog.h"
#include "leuko/error.h"
#include <dirent.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { N_TREES = 2000 };

/* What one tree holds. */
typedef struct {
    GRand *rand;
    const char *root;
    GHashTable *classes; /* image, relative path -> class */
    GHashTable *groups;  /* image -> group */
    GHashTable *splits;  /* image -> split folder */
    guint n_files;       /* written, links included */
    guint n_images;
} Tree;

static const char *const class_sets[][3] = {{"blast", "lymphocyte", "mono cyte"},
                                            {"all", "hem", "it's \"x\""},
                                            {"\xc3\xa4", "o\xcc\x88", "z\nz"},
                                            {"Benign", "Early", "Pro"}};
static const char *const group_forms[] = {"P%02d", "patient %d", "2021-0%d", "S_%d\"",
                                          "slide %d \xc3\xbc"};
static const char *const odd_names[] = {"%d.png",     "cell %d.jpg",     "\"%d\".tif",
                                        "a\nb%d.bmp", "\xc3\xa4_%d.PNG", "u\xcc\x88%d.jfif",
                                        "x.%d.y.jpe", "%d,%d;.gif"};
static const char *const junk[] = {".DS_Store", "Thumbs.db", "notes.txt", "table.csv", "README",
                                   "x.xyz",     ".h.png",    "photo.jp2", "Im.xyc"};

static gint pick(Tree *t, gint n) { return g_rand_int_range(t->rand, 0, n); }

static gchar *put(Tree *t, const char *folder, const char *name)
{
    g_autofree gchar *dir = g_build_filename(t->root, folder, NULL);
    g_autofree gchar *path = g_build_filename(dir, name, NULL);
    g_assert_cmpint(g_mkdir_with_parents(dir, 0777), ==, 0);
    if (g_file_test(path, G_FILE_TEST_EXISTS) || g_file_test(path, G_FILE_TEST_IS_SYMLINK))
        return NULL;
    if (pick(t, 20) == 0)
        g_assert_cmpint(symlink("/dev/zero", path), ==, 0); /* replaced below for images */
    else
        g_assert_true(g_file_set_contents(path, "x", 1, NULL));
    t->n_files++;
    return g_strdup(path);
}

/* One image; a few are links to a file outside the tree. */
static void put_image(Tree *t, const char *folder, guint number, const char *class_name,
                      const char *group, const char *split)
{
    g_autofree gchar *name =
        g_strdup_printf(odd_names[pick(t, G_N_ELEMENTS(odd_names))], number, number);
    g_autofree gchar *path = put(t, folder, name);
    if (!path)
        return;
    g_unlink(path);
    if (pick(t, 10) == 0)
        g_assert_cmpint(symlink("/etc/hostname", path), ==, 0);
    else
        g_assert_true(g_file_set_contents(path, "x", 1, NULL));
    gchar *file = *folder ? g_strconcat(folder, "/", name, NULL) : g_strdup(name);
    g_hash_table_insert(t->classes, file, (gpointer)g_intern_string(class_name));
    g_hash_table_insert(t->groups, file, (gpointer)g_intern_string(group));
    g_hash_table_insert(t->splits, file, (gpointer)g_intern_string(split));
    t->n_images++;
}

static void put_junk(Tree *t, const char *folder)
{
    for (gint n = pick(t, 3); n > 0; n--) {
        g_autofree gchar *path = put(t, folder, junk[pick(t, G_N_ELEMENTS(junk))]);
    }
    if (pick(t, 5) == 0) {
        g_autofree gchar *dir = g_build_filename(t->root, folder, "lost.png", NULL);
        t->n_files += symlink("nowhere", dir) == 0;
    }
}

/* Write images and other files. form: bit 0 split, 1 fold, 2 group, 3 deeper, 4 wrapper, 5 the
 * group above the class. */
static void grow(Tree *t, guint form)
{
    const char *const *classes = class_sets[pick(t, G_N_ELEMENTS(class_sets))];
    const char *group_form = group_forms[pick(t, G_N_ELEMENTS(group_forms))];
    static const char *const split_names[] = {"Train", "val", "TEST"};
    guint n = 6 + (guint)pick(t, 30);
    gint n_classes = 2 + pick(t, 2);
    for (guint i = 0; i < n; i++) {
        g_autoptr(GString) folder = g_string_new(NULL);
        const char *class_name = classes[(gint)i % n_classes];
        g_autofree gchar *group = g_strdup_printf(group_form, pick(t, 4));
        const char *split = form & 1 ? split_names[pick(t, 3)] : "";
        if (form & 16)
            g_string_append(folder, "the set/");
        if (form & 2)
            g_string_append_printf(folder, "fold_%d/", pick(t, 3));
        if (form & 1)
            g_string_append_printf(folder, "%s/", split);
        if (form & 32)
            g_string_append_printf(folder, "%s/%s/", group, class_name);
        else
            g_string_append_printf(folder, "%s/", class_name);
        if (form & 4)
            g_string_append_printf(folder, "%s/", group);
        for (gint deep = form & 8 ? pick(t, 3) : 0; deep > 0; deep--)
            g_string_append(folder, "week 1/");
        g_string_truncate(folder, folder->len - 1);
        put_image(t, folder->str, i, class_name, form & 36 ? group : "", split);
        put_junk(t, folder->str);
    }
    put_junk(t, "");
    if (pick(t, 4) == 0) {
        g_autofree gchar *stray = put(t, "", "overview.xyz"); /* beside the folders */
    }
}

static void check_item(const Tree *t, const LeukoCatalog *c, const LeukoItem *item)
{
    const char *class_name = g_hash_table_lookup(t->classes, item->file);
    g_assert_cmpstr(c->classes[item->label], ==, class_name);
    if (c->has_groups)
        g_assert_cmpstr(item->group, ==, g_hash_table_lookup(t->groups, item->file));
    const char *split = g_hash_table_lookup(t->splits, item->file);
    g_assert_cmpint(item->split, ==, *split ? leuko_pattern_split(split) : -1);
}

/* TRUE: read, FALSE: refused. */
static gboolean check_tree(const Tree *t, const char *layout)
{
    const LeukoFolderOptions options = {.layout = layout};
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoCatalog) c = leuko_catalog_new(t->root, &options, &error);
    if (!c) {
        g_assert_true(error->domain == LEUKO_ERROR);
        g_assert_true(error->code == LEUKO_ERROR_AMBIGUOUS || error->code == LEUKO_ERROR_DATA);
        g_assert_null(strchr(error->message, '\n'));
        return FALSE;
    }
    g_assert_cmpuint(leuko_catalog_n_files(c), ==, t->n_files);
    for (guint i = 0; i < c->items->len; i++)
        check_item(t, c, c->items->pdata[i]);
    g_assert_cmpuint(c->items->len, <=, t->n_images);
    return TRUE;
}

static void run_forms(const guint *forms, gsize n_forms, const char *layout, guint n_trees,
                      guint least_read)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(12);
    guint n_read = 0;
    for (guint i = 0; i < n_trees; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree gchar *base =
            g_file_test("/dev/shm", G_FILE_TEST_IS_DIR)
                ? g_strdup("/dev/shm/leuko-layout-XXXXXX")
                : g_build_filename(g_get_tmp_dir(), "leuko-layout-XXXXXX", NULL);
        g_autofree gchar *root = g_strdup(g_mkdtemp(base));
        g_assert_nonnull(root);
        Tree t = {.rand = rand,
                  .root = root,
                  .classes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                  .groups = g_hash_table_new(g_str_hash, g_str_equal),
                  .splits = g_hash_table_new(g_str_hash, g_str_equal)};
        grow(&t, forms[i % n_forms]);
        n_read += check_tree(&t, layout) ? 1 : 0;
        g_hash_table_unref(t.groups);
        g_hash_table_unref(t.splits);
        g_hash_table_unref(t.classes);
        g_assert_true(leuko_remove_tree(root, &error));
    }
    g_test_message("%u of %u trees were read", n_read, n_trees);
    g_assert_cmpuint(n_read, >=, least_read);
}

/* Found out: most trees are read, all of these rightly. */
static void test_found(void)
{
    static const guint forms[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 17, 18, 20, 32, 33, 16, 9};
    run_forms(forms, G_N_ELEMENTS(forms), NULL, N_TREES, N_TREES * 55 / 100);
}

/* Given: every tree is read. */
static void test_given(void)
{
    static const guint plain[] = {0}, grouped[] = {4}, above[] = {32}, deep[] = {8},
                       wrapped[] = {20};
    run_forms(plain, 1, "class", 40, 40);
    run_forms(grouped, 1, "class/group", 40, 40);
    run_forms(above, 1, "group/class", 40, 40);
    run_forms(deep, 1, "class/**", 40, 40);
    run_forms(wrapped, 1, "*/class/group", 40, 40);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/layout/found", test_found);
    g_test_add_func("/layout/given", test_given);
    return g_test_run();
}
