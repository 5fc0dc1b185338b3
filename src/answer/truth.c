#include "answer/truth.h"
#include "base/error.h"
#include "data/catalog.h"
#include "data/naming.h"
#include "data/note-list.h"
#include "leuko/error.h"
#include <string.h>

typedef struct {
    const LeukoModel *model;
    const LeukoFolderOptions *folder;
    GHashTable *known; /* path -> what is known of an image of a folder, encode() */
    GHashTable *named; /* paths of images that the user named */
    LeukoTruth *truth;
} Search;

static gpointer encode(gint label, gint split)
{
    return GINT_TO_POINTER((label + 1) * 8 + split + 1);
}

void leuko_truth_free(LeukoTruth *t)
{
    if (!t)
        return;
    g_free(t->labels);
    g_free(t->splits);
    g_ptr_array_unref(t->notes);
    g_free(t);
}

gint leuko_truth_by_digit(const LeukoModel *m, gint digit)
{
    gint named = leuko_model_find_class(m, digit == 1 ? "1" : "0");
    if (named >= 0 || digit < 0 || m->spec.n_classes != 2 || m->positive < 0)
        return digit < 0 ? -1 : named;
    return digit == 1 ? m->positive : 1 - m->positive;
}

/* The model's class for each class of a folder, (n_classes + 1); FALSE: the model lacks one. */
static gboolean match_classes(const Search *s, const LeukoCatalog *c, gint *labels, GError **error)
{
    guint n_missing = 0;
    const char *missing = NULL;
    for (guint k = 0; k < c->n_classes; k++) {
        labels[k] = leuko_model_find_class(s->model, c->classes[k]);
        if (labels[k] < 0 && c->classes_by_digits)
            labels[k] = leuko_truth_by_digit(s->model, *c->classes[k] - '0');
        if (labels[k] < 0 && n_missing++ == 0)
            missing = c->classes[k];
    }
    if (n_missing == 0)
        return TRUE;
    g_autofree gchar *model = g_strjoinv(", ", s->model->classes);
    if (s->folder)
        return leuko_fail(LEUKO_ERROR_DATA, error,
                          "%s: the model has no class \"%s\" (classes of the model: %s)", c->root,
                          missing, model);
    leuko_note_list_add(
        s->truth->notes,
        "%s: the true class of %s images is not known: the model has no class \"%s\", only %s",
        c->root, n_missing == c->n_classes ? "the" : "some", missing, model);
    return TRUE;
}

/* The class that the folder's own name gives to images in one folder, or -1. */
static gint class_of_folder(const Search *s, const LeukoCatalog *c)
{
    g_autofree gchar *path = g_canonicalize_filename(c->root, NULL);
    g_autofree gchar *name = g_path_get_basename(path);
    return c->layout->pattern.n == 0 ? leuko_model_find_class(s->model, name) : -1;
}

static gboolean add_folder(const Search *s, const char *path, GError **error)
{
    LeukoFolderOptions options = {.class_is_optional = TRUE};
    g_autoptr(GError) why = NULL;
    if (s->folder)
        options = *s->folder;
    g_autoptr(LeukoCatalog) c = leuko_catalog_new(path, &options, &why);
    if (!c && s->folder) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (!c) {
        leuko_note_list_add(s->truth->notes, "true classes are not known: %s", why->message);
        return TRUE;
    }
    g_autofree gint *labels = g_new0(gint, c->n_classes + 1);
    if (!match_classes(s, c, labels, error))
        return FALSE;
    gint all = c->n_classes == 0 ? class_of_folder(s, c) : -1;
    for (guint i = 0; i < c->items->len; i++) {
        const LeukoItem *item = leuko_catalog_item(c, i);
        g_hash_table_insert(s->known, g_build_filename(path, item->file, NULL),
                            encode(item->label < 0 ? all : labels[item->label], item->split));
    }
    return TRUE;
}

/* Whether the digits of the images that were named themselves are classes. */
static gboolean are_digits_classes(const Search *s)
{
    g_autoptr(GHashTable) digits = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter iter;
    gpointer path;
    g_hash_table_iter_init(&iter, s->named);
    while (g_hash_table_iter_next(&iter, &path, NULL)) {
        gint digit = leuko_naming_truth(path);
        if (digit < 0)
            return FALSE;
        gchar *number = g_strndup(path, leuko_naming_stem(path) - 2);
        gint before = GPOINTER_TO_INT(g_hash_table_lookup(digits, number));
        g_hash_table_replace(digits, number, GINT_TO_POINTER(digit + 1));
        if (before > 0 && before != digit + 1)
            return FALSE;
    }
    return TRUE;
}

static gint class_of_parent(const LeukoModel *m, const char *file)
{
    g_autofree gchar *folder = g_path_get_dirname(file), *name = g_path_get_basename(folder);
    return leuko_model_find_class(m, name);
}

static void judge_named(const Search *s)
{
    GHashTableIter iter;
    gpointer path;
    guint n_by_folder = 0;
    g_hash_table_iter_init(&iter, s->named);
    while (g_hash_table_iter_next(&iter, &path, NULL)) {
        gint label = class_of_parent(s->model, path);
        n_by_folder += label >= 0 ? 1 : 0;
        g_hash_table_insert(s->known, g_strdup(path), encode(label, -1));
    }
    if (n_by_folder > 0 || !are_digits_classes(s))
        return;
    g_hash_table_iter_init(&iter, s->named);
    while (g_hash_table_iter_next(&iter, &path, NULL))
        g_hash_table_insert(s->known, g_strdup(path),
                            encode(leuko_truth_by_digit(s->model, leuko_naming_truth(path)), -1));
}

static void look_up(const Search *s, const LeukoWalk *images)
{
    LeukoTruth *t = s->truth;
    t->n = images->files->len;
    t->labels = g_new(gint, t->n + 1);
    t->splits = g_new(gint, t->n + 1);
    for (guint i = 0; i < t->n; i++) {
        gint known = GPOINTER_TO_INT(g_hash_table_lookup(s->known, images->files->pdata[i]));
        t->labels[i] = known / 8 - 1;
        t->splits[i] = known % 8 - 1;
    }
}

LeukoTruth *leuko_truth_new(const LeukoModel *model, const char *const *paths,
                            const LeukoWalk *images, const LeukoFolderOptions *folder,
                            GError **error)
{
    g_autoptr(LeukoTruth) truth = g_new0(LeukoTruth, 1);
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) named = g_hash_table_new(g_str_hash, g_str_equal);
    const Search s = {model, folder, known, named, truth};
    truth->notes = g_ptr_array_new_with_free_func(g_free);
    for (; *paths; paths++) {
        if (!g_file_test(*paths, G_FILE_TEST_IS_DIR))
            g_hash_table_add(named, (gpointer)*paths);
        else if (!add_folder(&s, *paths, error))
            return NULL;
    }
    judge_named(&s);
    look_up(&s, images);
    return g_steal_pointer(&truth);
}
