/* Random trees of folders of known truth: the catalog returns that truth or refuses, and every file
 * on disk is either an image of the catalog or skipped. */
#include "leuko/error.h"
#include "leuko/split.h"
#include "random-tree.h"
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { N_TREES = 2000 };

/* What a tree is made of. */
enum {
    SPLIT = 1,
    FOLD = 2,
    GROUP = 4,
    DEEPER = 8, /* up to four more levels */
    WRAPPER = 16,
    GROUP_ABOVE = 32,
};

static const char *const class_sets[][3] = {{"blast", "lymphocyte", "mono cyte"},
                                            {"all", "hem", "it's \"x\""},
                                            {"\xc3\xa4", "o\xcc\x88", "z\nz"},
                                            {"Benign", "Early", "Pro"}};
static const char *const group_forms[] = {"P%02d", "patient %d", "2021-0%d", "S_%d\"",
                                          "slide %d \xc3\xbc"};

/* The folder of a split in any case, new. */
static gchar *split_folder(RandomTree *t, gint split)
{
    static const char *const words[LEUKO_N_SPLITS][3] = {{"train", "training", "train"},
                                                         {"val", "valid", "validation"},
                                                         {"test", "testing", "test"}};
    return random_tree_mix_case(t, random_tree_choose(t, words[split], 3));
}

/* The folder of one image. */
static GString *folder_of(RandomTree *t, guint form, const char *class_name, const char *group,
                          gint split)
{
    GString *folder = g_string_new(form & WRAPPER ? "the set/" : "");
    g_autofree gchar *split_name = form & SPLIT ? split_folder(t, split) : NULL;
    if (form & FOLD)
        g_string_append_printf(folder, "fold_%d/", random_tree_pick(t, 3));
    if (form & SPLIT)
        g_string_append_printf(folder, "%s/", split_name);
    if (form & GROUP_ABOVE)
        g_string_append_printf(folder, "%s/", group);
    g_string_append_printf(folder, "%s/", class_name);
    if (form & GROUP)
        g_string_append_printf(folder, "%s/", group);
    for (gint deep = form & DEEPER ? random_tree_pick(t, 5) : 0; deep > 0; deep--)
        g_string_append(folder, "week 1/");
    g_string_truncate(folder, folder->len - 1);
    return folder;
}

/* A class folder may be a link to a folder elsewhere. */
static void link_class(RandomTree *t, const char *class_name)
{
    g_autofree gchar *target = g_build_filename(t->outside, "class", NULL);
    g_autofree gchar *link = g_build_filename(t->root, class_name, NULL);
    g_assert_cmpint(g_mkdir(target, 0777), ==, 0);
    g_assert_cmpint(symlink(target, link), ==, 0);
}

static void grow(RandomTree *t, guint form)
{
    const char *const *classes = class_sets[random_tree_pick(t, G_N_ELEMENTS(class_sets))];
    const char *group_form = random_tree_choose(t, group_forms, G_N_ELEMENTS(group_forms));
    guint n = 6 + (guint)random_tree_pick(t, 30);
    gint n_classes = 2 + random_tree_pick(t, 2);
    if (form == 0 && random_tree_pick(t, 3) == 0)
        link_class(t, classes[0]);
    for (guint i = 0; i < n; i++) {
        const char *class_name = classes[(gint)i % n_classes];
        gint split = form & SPLIT ? random_tree_pick(t, LEUKO_N_SPLITS) : -1;
        g_autofree gchar *group = g_strdup_printf(group_form, random_tree_pick(t, 4));
        g_autofree gchar *name = random_tree_name(t, i);
        g_autoptr(GString) folder = folder_of(t, form, class_name, group, split);
        random_tree_put_image(t, folder->str, name, class_name,
                              form & (GROUP | GROUP_ABOVE) ? group : "", split);
        random_tree_put_junk(t, folder->str);
    }
    random_tree_put_junk(t, "");
    if (random_tree_pick(t, 4) == 0)
        random_tree_put(t, "", "overview.xyz"); /* beside the folders */
}

/* TRUE: read, FALSE: refused. */
static gboolean check_tree(const RandomTree *t, const char *layout)
{
    const LeukoFolderOptions options = {.layout = layout};
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoCatalog) c = leuko_catalog_new(t->root, &options, &error);
    if (c) {
        random_tree_check(t, c, c->items->len);
        g_assert_cmpuint(c->items->len, <=, g_hash_table_size(t->classes));
        return TRUE;
    }
    g_assert_true(error->domain == LEUKO_ERROR);
    g_assert_true(error->code == LEUKO_ERROR_AMBIGUOUS || error->code == LEUKO_ERROR_DATA);
    g_assert_null(strchr(error->message, '\n'));
    return FALSE;
}

static void run_forms(const guint *forms, gsize n_forms, const char *layout, guint n_trees,
                      guint least_read)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(12);
    guint n_read = 0;
    for (guint i = 0; i < n_trees; i++) {
        g_auto(RandomTree) t;
        random_tree_init(&t, rand);
        grow(&t, forms[i % n_forms]);
        n_read += check_tree(&t, layout) ? 1 : 0;
    }
    g_test_message("%u of %u trees were read", n_read, n_trees);
    g_assert_cmpuint(n_read, >=, least_read);
}

/* Found out: most trees are read, all of these rightly. */
static void test_found(void)
{
    static const guint forms[] = {0,
                                  SPLIT,
                                  FOLD,
                                  SPLIT | FOLD,
                                  GROUP,
                                  GROUP | SPLIT,
                                  GROUP | FOLD,
                                  GROUP | SPLIT | FOLD,
                                  DEEPER,
                                  GROUP | DEEPER,
                                  GROUP | DEEPER | SPLIT,
                                  WRAPPER | SPLIT,
                                  WRAPPER | FOLD,
                                  WRAPPER | GROUP,
                                  GROUP_ABOVE,
                                  GROUP_ABOVE | SPLIT,
                                  WRAPPER,
                                  DEEPER | SPLIT};
    run_forms(forms, G_N_ELEMENTS(forms), NULL, N_TREES, N_TREES * 55 / 100);
}

/* Given: every tree is read. */
static void test_given(void)
{
    static const guint plain[] = {0}, grouped[] = {GROUP}, above[] = {GROUP_ABOVE},
                       deep[] = {DEEPER}, wrapped[] = {WRAPPER | GROUP},
                       deepest[] = {SPLIT | GROUP | DEEPER};
    run_forms(plain, 1, "class", 40, 40);
    run_forms(grouped, 1, "class/group", 40, 40);
    run_forms(above, 1, "group/class", 40, 40);
    run_forms(deep, 1, "class/**", 40, 40);
    run_forms(wrapped, 1, "*/class/group", 40, 40);
    run_forms(deepest, 1, "split/class/group/**", 40, 40);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/layout/found", test_found);
    g_test_add_func("/layout/given", test_given);
    return g_test_run();
}
