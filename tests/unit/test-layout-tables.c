/* Random trees whose classes are in a table or in the names: the catalog returns that truth,
 * whatever the form of the table, and refuses a table with a fault. */
#include "leuko/error.h"
#include "leuko/split.h"
#include "random-tree.h"
#include <string.h>

enum { N_TREES = 1000, N_NAMED = 400, N_CNMC = 200 };

/* How a table names the files. */
typedef enum {
    PATHS,
    NAMES,
    WINDOWS,    /* C:\x\folder\name */
    ABSOLUTE,   /* /mnt/y/folder/name */
    RECOMPOSED, /* letters composed where the disk has them decomposed, or the other way */
    STEMS,
    CAPITALS,
    OTHER_ENDING,
    N_FILE_FORMS
} FileForm;

/* What is wrong with a table. */
typedef enum { SOUND, NO_ROW, TWO_VALUES, EMPTY_CELL, NO_COLUMN, MISSING_WORD, N_FAULTS } Fault;

typedef struct {
    RandomTree *tree;
    GPtrArray *files; /* of gchar *: the images, borrowed */
    FileForm form;
    Fault fault;
    char separator;
    gboolean has_flags, has_groups, has_line_end; /* in a name */
    const char *const *classes;
    gint n_classes;
    GString *text;
} Table;

static const char *const class_sets[][3] = {{"blast", "lymphocyte", "mono cyte"},
                                            {"0", "1", "2"},
                                            {"\xc3\xa4, b", "o\xcc\x88;", "it's \"x\""}};
static const char *const groups[] = {"P1", "P 2",
                                     "\xc3\xbc"
                                     "3",
                                     "x,y"};

static gboolean can_stand_bare(const char *text, char separator)
{
    const char special[] = {separator, '"', '\r', '\n', '\0'};
    return !strpbrk(text, special) && *text != '#';
}

static void add_field(Table *t, const char *text, gboolean is_last)
{
    t->has_line_end |= strchr(text, '\n') != NULL;
    if (random_tree_pick(t->tree, 4) > 0 && can_stand_bare(text, t->separator)) {
        g_string_append_printf(t->text, random_tree_pick(t->tree, 6) ? "%s" : " %s ", text);
    } else {
        g_string_append_c(t->text, '"');
        for (; *text; text++)
            g_string_append_printf(t->text, *text == '"' ? "\"\"" : "%c", *text);
        g_string_append_c(t->text, '"');
    }
    if (!is_last)
        g_string_append_c(t->text, t->separator);
}

/* How the table names a file, new. */
static gchar *name_in_table(const Table *t, const char *file)
{
    const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
    const char *dot = strrchr(base, '.');
    g_autofree gchar *stem = g_strndup(base, (gsize)(dot - base));
    g_autofree gchar *composed = g_utf8_normalize(file, -1, G_NORMALIZE_DEFAULT_COMPOSE);
    g_autofree gchar *windows = g_strdelimit(g_strdup(file), "/", '\\');
    switch (t->form) {
    case NAMES:
        return g_strdup(base);
    case WINDOWS:
        return g_strconcat("C:\\x\\", windows, NULL);
    case ABSOLUTE:
        return g_strconcat("/mnt/y/", file, NULL);
    case RECOMPOSED:
        return strcmp(composed, file) == 0 ? g_utf8_normalize(file, -1, G_NORMALIZE_DEFAULT)
                                           : g_steal_pointer(&composed);
    case STEMS:
        return g_steal_pointer(&stem);
    case CAPITALS:
        return g_ascii_strup(file, -1);
    case OTHER_ENDING:
        return g_strconcat(stem, ".webp", NULL);
    default:
        return g_strdup(file);
    }
}

static void add_row(Table *t, const char *file, const char *class_name, const char *group)
{
    g_autofree gchar *name = name_in_table(t, file);
    add_field(t, name, FALSE);
    if (t->has_groups)
        add_field(t, group, FALSE);
    for (gint k = 0; t->has_flags && k < t->n_classes; k++)
        add_field(t, strcmp(t->classes[k], class_name) == 0 ? "1" : "0", FALSE);
    if (!t->has_flags)
        add_field(t, class_name, FALSE);
    add_field(t, "3.5", TRUE);
    g_string_append_c(t->text, '\n');
    if (random_tree_pick(t->tree, 8) == 0)
        g_string_append_c(t->text, '\n');
    if (random_tree_pick(t->tree, 12) == 0)
        g_string_append(t->text, "# a comment\n");
}

static void add_header(Table *t)
{
    static const char *const files[] = {"file",      "Filename", "IMAGE",   " name ",
                                        "new_names", "FilePath", "image-id"};
    static const char *const classes[] = {"class",      "Label",     "LABELS",
                                          " Diagnosis", "cell type", "Category"};
    static const char *const group_words[] = {"group",      "Patient", "patient_ID",
                                              "Subject ID", "Slide",   "case"};
    if (random_tree_pick(t->tree, 4) == 0)
        g_string_append_printf(t->text, "sep=%c\n", t->separator);
    if (random_tree_pick(t->tree, 4) == 0)
        g_string_append(t->text, "# exported on Monday\n# by hand\n");
    add_field(t, random_tree_choose(t->tree, files, G_N_ELEMENTS(files)), FALSE);
    if (t->has_groups)
        add_field(t, random_tree_choose(t->tree, group_words, G_N_ELEMENTS(group_words)), FALSE);
    for (gint k = 0; t->has_flags && k < t->n_classes; k++)
        add_field(t, t->fault == NO_COLUMN && k == 0 ? "" : t->classes[k], FALSE);
    if (!t->has_flags)
        add_field(t,
                  t->fault == NO_COLUMN
                      ? "kind"
                      : random_tree_choose(t->tree, classes, G_N_ELEMENTS(classes)),
                  FALSE);
    add_field(t, "area", TRUE);
    g_string_append_c(t->text, '\n');
}

/* The table as bytes: line ends, byte-order mark, UTF-16. Names with line ends keep LF. */
static gchar *encode(Table *t, gsize *n)
{
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    const char *end = random_tree_choose(t->tree, ends, 3);
    g_auto(GStrv) lines = g_strsplit(t->text->str, "\n", -1);
    g_autofree gchar *text = t->has_line_end ? g_strdup(t->text->str) : g_strjoinv(end, lines);
    static const struct {
        const char *name, *mark;
        gsize n;
    } forms[] = {{"UTF-8", "", 0},
                 {"UTF-8", "\xef\xbb\xbf", 3},
                 {"UTF-16LE", "\xff\xfe", 2},
                 {"UTF-16BE", "\xfe\xff", 2}};
    gint k = random_tree_pick(t->tree, 4);
    g_autofree gchar *body = g_convert(text, -1, forms[k].name, "UTF-8", NULL, n, NULL);
    gchar *all = g_malloc(*n + forms[k].n + 1);
    memcpy(all, forms[k].mark, forms[k].n);
    memcpy(all + forms[k].n, body, *n);
    *n += forms[k].n;
    return all;
}

static const char *truth_of(const Table *t, const char *file)
{
    return g_hash_table_lookup(t->tree->classes, file);
}

static void shuffle(RandomTree *t, GPtrArray *list)
{
    for (guint i = list->len; i > 1; i--) {
        guint k = (guint)random_tree_pick(t, (gint)i);
        gpointer swap = list->pdata[i - 1];
        list->pdata[i - 1] = list->pdata[k];
        list->pdata[k] = swap;
    }
}

/* Write the table: inside the tree (one more skipped file) or beside it. Returns its path, new. */
static gchar *write_table(Table *t)
{
    shuffle(t->tree, t->files);
    add_header(t);
    for (guint i = 0; i < t->files->len; i++) {
        const char *file = t->files->pdata[i], *truth = truth_of(t, file);
        if (i == 1 && t->fault == EMPTY_CELL)
            truth = " ";
        if (i == 1 && t->fault == MISSING_WORD)
            truth = "NaN";
        if (i == 1 && t->fault == NO_ROW)
            continue;
        add_row(t, file, truth, g_hash_table_lookup(t->tree->groups, file));
        if (random_tree_pick(t->tree, 10) == 0 && truth == truth_of(t, file))
            add_row(t, file, truth, g_hash_table_lookup(t->tree->groups, file));
    }
    if (t->fault == TWO_VALUES) {
        const char *file = t->files->pdata[0], *truth = truth_of(t, file);
        add_row(t, file, strcmp(truth, t->classes[0]) == 0 ? t->classes[1] : t->classes[0],
                g_hash_table_lookup(t->tree->groups, file));
    }
    if (random_tree_pick(t->tree, 4) == 0)
        add_row(t, "no such folder/elsewhere 99.png", t->classes[0], groups[0]);
    gsize n = 0;
    g_autofree gchar *bytes = encode(t, &n);
    gboolean inside = random_tree_pick(t->tree, 2) == 0;
    gchar *path = g_build_filename(inside ? t->tree->root : t->tree->outside, "labels.csv", NULL);
    g_assert_true(g_file_set_contents(path, bytes, (gssize)n, NULL));
    t->tree->n_files += inside ? 1 : 0;
    return path;
}

/* A folder at up to six levels, new. */
static gchar *random_folder(RandomTree *t, gint *split)
{
    static const char *const words[] = {"a", "week 1", "P3", "\xc3\xbc", "x y", "blast"};
    static const char *const splits[] = {"train", "valid", "test"};
    GString *folder = g_string_new(NULL);
    if (*split >= 0) {
        g_autofree gchar *name = random_tree_mix_case(t, splits[*split]);
        g_string_append_printf(folder, "%s/", name);
    }
    for (gint depth = random_tree_pick(t, 7); depth > 0; depth--)
        g_string_append_printf(folder, "%s/", random_tree_choose(t, words, G_N_ELEMENTS(words)));
    if (folder->len > 0)
        g_string_truncate(folder, folder->len - 1);
    return g_string_free(folder, FALSE);
}

/* Images anywhere; with `splits` below folders of splits. */
static void grow(Table *t, gboolean splits)
{
    guint n = 4 + (guint)random_tree_pick(t->tree, 20);
    for (guint i = 0; i < n; i++) {
        gint split = splits ? random_tree_pick(t->tree, LEUKO_N_SPLITS) : -1;
        g_autofree gchar *folder = random_folder(t->tree, &split);
        g_autofree gchar *name = random_tree_name(t->tree, i);
        random_tree_put_image(t->tree, folder, name, t->classes[(gint)i % t->n_classes],
                              groups[random_tree_pick(t->tree, G_N_ELEMENTS(groups))], split);
        if (*folder)
            random_tree_put_junk(t->tree, folder);
    }
    GHashTableIter iter;
    gpointer file;
    g_hash_table_iter_init(&iter, t->tree->classes);
    while (g_hash_table_iter_next(&iter, &file, NULL))
        g_ptr_array_add(t->files, file);
}

static void run_table(GRand *rand, guint i)
{
    g_auto(RandomTree) tree;
    random_tree_init(&tree, rand);
    g_autoptr(GPtrArray) files = g_ptr_array_new();
    gint set = random_tree_pick(&tree, G_N_ELEMENTS(class_sets));
    Table t = {.tree = &tree,
               .files = files,
               .form = (FileForm)(i % N_FILE_FORMS),
               .fault = i % 3 == 0 ? (Fault)random_tree_pick(&tree, N_FAULTS) : SOUND,
               .separator = ",;\t"[random_tree_pick(&tree, 3)],
               .has_flags = set == 0 && random_tree_pick(&tree, 3) == 0,
               .has_groups = random_tree_pick(&tree, 2) == 0,
               .classes = class_sets[set],
               .n_classes = 2 + random_tree_pick(&tree, 2),
               .text = g_string_new(NULL)};
    grow(&t, random_tree_pick(&tree, 4) == 0);
    g_autofree gchar *path = write_table(&t);
    const LeukoFolderOptions options = {.labels = path, .groups = t.has_groups ? path : NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoCatalog) c = leuko_catalog_new(tree.root, &options, &error);
    if (t.fault == SOUND) {
        if (error)
            g_test_message("tree %u, form %d: %s\n%s", i, t.form, error->message, t.text->str);
        g_assert_no_error(error);
        random_tree_check(&tree, c, g_hash_table_size(tree.classes));
    } else {
        if (c)
            g_test_message("tree %u, fault %d:\n%s", i, t.fault, t.text->str);
        g_assert_null(c);
        g_assert_true(error->domain == LEUKO_ERROR);
        g_assert_true(error->code == LEUKO_ERROR_FORMAT || error->code == LEUKO_ERROR_DATA);
        g_assert_nonnull(strstr(error->message, "labels.csv"));
        g_assert_null(strchr(error->message, '\n'));
    }
    g_string_free(t.text, TRUE);
}

/* Tables in every form give their truth; a table with a fault is refused by its name. */
static void test_tables(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(13);
    for (guint i = 0; i < N_TREES; i++)
        run_table(rand, i);
}

/* ALL-IDB: the classes are the digits of all names, or the tree is refused; asked for, images
 * without a digit are skipped. */
static void test_names(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(14);
    for (guint i = 0; i < N_NAMED; i++) {
        g_auto(RandomTree) t;
        random_tree_init(&t, rand);
        guint n = 3 + (guint)random_tree_pick(&t, 12), n_others = (guint)random_tree_pick(&t, 3);
        const char *folder = i % 4 == 3 ? "ALL_IDB2/img" : "";
        for (guint k = 0; k < n; k++) {
            static const char *const endings[] = {"jpg", "TIF", "png"};
            gint digit = random_tree_pick(&t, 2);
            g_autofree gchar *name =
                g_strdup_printf("Im%03u_%d.%s", k + 1, digit, random_tree_choose(&t, endings, 3));
            random_tree_put_image(&t, folder, name, digit ? "1" : "0", "", -1);
        }
        for (guint k = 0; k < n_others; k++) {
            g_autofree gchar *name = g_strdup_printf("overview %u.png", k);
            g_autofree gchar *path = g_build_filename(t.root, folder, name, NULL);
            g_assert_true(g_file_set_contents(path, "x", 1, NULL));
            t.n_files++;
        }
        random_tree_put_junk(&t, "");
        const LeukoFolderOptions found = {.layout = *folder ? "**" : NULL};
        const LeukoFolderOptions asked = {.labels_from_names = TRUE};
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoCatalog) c = leuko_catalog_new(t.root, &found, &error);
        g_assert_true((c != NULL) == (n_others == 0));
        if (c)
            random_tree_check(&t, c, n);
        else
            g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
        g_autoptr(LeukoCatalog) chosen = leuko_catalog_new(t.root, &asked, NULL);
        random_tree_check(&t, chosen, n);
        g_assert_cmpuint(leuko_walk_n_skipped(chosen->layout->walk, LEUKO_SKIP_NO_LABEL), ==,
                         n_others);
    }
}

/* C-NMC's official test set: 1.bmp, 2.bmp, ... and a table whose Patient_ID holds the patient. */
static void test_cnmc(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(15);
    for (guint i = 0; i < N_CNMC; i++) {
        g_auto(RandomTree) t;
        random_tree_init(&t, rand);
        g_autoptr(GString) table = g_string_new("Patient_ID,new_names,labels\n");
        guint n = 2 + (guint)random_tree_pick(&t, 20);
        for (guint k = 1; k <= n; k++) {
            gint label = random_tree_pick(&t, 2), patient = random_tree_pick(&t, 5);
            g_autofree gchar *name = g_strdup_printf("%u.bmp", k);
            g_autofree gchar *group = g_strdup_printf("%s%d", label ? "" : "H", patient);
            random_tree_put_image(&t, "", name, label ? "1" : "0", group, -1);
            g_string_append_printf(table, "UID_%s_%u_1_%s.bmp,%s,%d\n", group, k,
                                   label ? "all" : "hem", name, label);
        }
        random_tree_put_junk(&t, "");
        g_autofree gchar *path = g_build_filename(t.outside, "test.csv", NULL);
        g_assert_true(g_file_set_contents(path, table->str, -1, NULL));
        const LeukoFolderOptions options = {
            .labels = path, .groups = path, .group_by = "UID_(H?[0-9]+)_"};
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoCatalog) c = leuko_catalog_new(t.root, &options, &error);
        g_assert_no_error(error);
        random_tree_check(&t, c, n);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/layout-tables/tables", test_tables);
    g_test_add_func("/layout-tables/names", test_names);
    g_test_add_func("/layout-tables/cnmc", test_cnmc);
    return g_test_run();
}
