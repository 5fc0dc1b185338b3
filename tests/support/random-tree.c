#include "random-tree.h"
#include "base/stage.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const char *const odd_names[] = {"%d.png",     "cell %d.jpg",     "\"%d\".tif",
                                        "a\nb%d.bmp", "\xc3\xa4_%d.PNG", "u\xcc\x88%d.jfif",
                                        "x.%d.y.jpe", "%d,%d;.gif"};
static const char *const junk[] = {".DS_Store", "Thumbs.db", "notes.txt", "numbers.csv", "README",
                                   "x.xyz",     ".h.png",    "photo.jp2", "Im.xyc"};

static gchar *new_folder(void)
{
    gboolean fast = g_file_test("/dev/shm", G_FILE_TEST_IS_DIR);
    gchar *name = g_build_filename(fast ? "/dev/shm" : g_get_tmp_dir(), "leuko-tree-XXXXXX", NULL);
    g_assert_nonnull(g_mkdtemp(name));
    return name;
}

void random_tree_init(RandomTree *t, GRand *rand)
{
    *t = (RandomTree){.rand = rand,
                      .root = new_folder(),
                      .outside = new_folder(),
                      .classes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                      .groups = g_hash_table_new(g_str_hash, g_str_equal),
                      .splits = g_hash_table_new(g_str_hash, g_str_equal)};
}

void random_tree_clear(RandomTree *t)
{
    g_assert_true(leuko_remove_tree(t->root, NULL));
    g_assert_true(leuko_remove_tree(t->outside, NULL));
    g_free(t->root);
    g_free(t->outside);
    g_hash_table_unref(t->groups);
    g_hash_table_unref(t->splits);
    g_hash_table_unref(t->classes);
}

gint random_tree_pick(RandomTree *t, gint n) { return g_rand_int_range(t->rand, 0, n); }

const char *random_tree_choose(RandomTree *t, const char *const *words, gint n)
{
    return words[random_tree_pick(t, n)];
}

gchar *random_tree_mix_case(RandomTree *t, const char *word)
{
    gchar *mixed = g_strdup(word);
    for (gchar *p = mixed; *p; p++)
        *p = random_tree_pick(t, 2) ? g_ascii_toupper(*p) : g_ascii_tolower(*p);
    return mixed;
}

/* The path of a new file in the tree, new; NULL if it exists. */
static gchar *new_path(RandomTree *t, const char *folder, const char *name)
{
    g_autofree gchar *dir = g_build_filename(t->root, folder, NULL);
    g_autofree gchar *path = g_build_filename(dir, name, NULL);
    g_assert_cmpint(g_mkdir_with_parents(dir, 0777), ==, 0);
    if (g_file_test(path, G_FILE_TEST_EXISTS) || g_file_test(path, G_FILE_TEST_IS_SYMLINK))
        return NULL;
    t->n_files++;
    return g_steal_pointer(&path);
}

void random_tree_put(RandomTree *t, const char *folder, const char *name)
{
    g_autofree gchar *path = new_path(t, folder, name);
    if (path && random_tree_pick(t, 20) == 0)
        g_assert_cmpint(symlink("/dev/zero", path), ==, 0);
    else if (path)
        g_assert_true(g_file_set_contents(path, "x", 1, NULL));
}

gboolean random_tree_put_image(RandomTree *t, const char *folder, const char *name,
                               const char *class_name, const char *group, gint split)
{
    g_autofree gchar *path = new_path(t, folder, name);
    if (!path)
        return FALSE;
    if (random_tree_pick(t, 10) == 0)
        g_assert_cmpint(symlink("/etc/hostname", path), ==, 0);
    else
        g_assert_true(g_file_set_contents(path, "x", 1, NULL));
    gchar *file = *folder ? g_strconcat(folder, "/", name, NULL) : g_strdup(name);
    g_hash_table_insert(t->classes, file, (gpointer)g_intern_string(class_name));
    g_hash_table_insert(t->groups, file, (gpointer)g_intern_string(group));
    g_hash_table_insert(t->splits, file, GINT_TO_POINTER(split + 1));
    return TRUE;
}

gchar *random_tree_name(RandomTree *t, guint number)
{
    gint form = random_tree_pick(t, G_N_ELEMENTS(odd_names));
    return g_strdup_printf(odd_names[form], number, number);
}

void random_tree_put_junk(RandomTree *t, const char *folder)
{
    for (gint n = random_tree_pick(t, 3); n > 0; n--)
        random_tree_put(t, folder, random_tree_choose(t, junk, G_N_ELEMENTS(junk)));
    if (random_tree_pick(t, 5) == 0) {
        g_autofree gchar *link = new_path(t, folder, "lost.png");
        if (link)
            g_assert_cmpint(symlink("nowhere", link), ==, 0);
    }
    if (random_tree_pick(t, 20) == 0) {
        g_autofree gchar *link = new_path(t, folder, "loop");
        if (link)
            g_assert_cmpint(symlink(t->root, link), ==, 0);
    }
}

/* Letters of a class of a table are composed. */
static void assert_same(const char *a, const char *b)
{
    g_autofree gchar *x = g_utf8_normalize(a, -1, G_NORMALIZE_DEFAULT_COMPOSE);
    g_autofree gchar *y = g_utf8_normalize(b, -1, G_NORMALIZE_DEFAULT_COMPOSE);
    g_assert_cmpstr(x, ==, y);
}

void random_tree_check(const RandomTree *t, const LeukoCatalog *c, guint n_images)
{
    g_assert_cmpuint(leuko_catalog_n_files(c), ==, t->n_files);
    g_assert_cmpuint(c->items->len, ==, n_images);
    for (guint i = 0; i < c->items->len; i++) {
        const LeukoItem *item = leuko_catalog_item(c, i);
        const char *class_name = g_hash_table_lookup(t->classes, item->file);
        g_assert_nonnull(class_name);
        assert_same(c->classes[item->label], class_name);
        if (c->has_groups)
            assert_same(item->group, g_hash_table_lookup(t->groups, item->file));
        g_assert_cmpint(item->split, ==,
                        GPOINTER_TO_INT(g_hash_table_lookup(t->splits, item->file)) - 1);
    }
}
