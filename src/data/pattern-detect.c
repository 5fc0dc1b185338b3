#include "base/error.h"
#include "data/naming.h"
#include "data/pattern.h"
#include <string.h>

/* A folder of the tree; only folders with images below them. */
typedef struct Folder {
    const struct Folder *parent;
    gchar *name;
    GPtrArray *children; /* of Folder, in byte order of the names */
    guint n_direct;      /* images in the folder itself */
} Folder;

/* All folders of one name on one level of the tree. */
typedef struct {
    const char *name;
    GPtrArray *folders;       /* of Folder, borrowed */
    guint n_direct, n_deeper; /* images in them, and in folders below them */
} Kind;

/* What the names of one level say. */
typedef enum { NONE, SPLITS, FOLDS, MIXED, OTHER } Names;

typedef struct {
    const char *root;
    LeukoPattern pattern;
    const GPtrArray *at; /* of Folder: the level that is looked at */
} Search;

static void folder_free(gpointer data)
{
    Folder *folder = data;
    g_free(folder->name);
    g_ptr_array_unref(folder->children);
    g_free(folder);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Folder, folder_free)

static Folder *folder_new(const Folder *parent, const char *name, gsize n)
{
    Folder *folder = g_new0(Folder, 1);
    folder->parent = parent;
    folder->name = g_strndup(name, n);
    folder->children = g_ptr_array_new_with_free_func(folder_free);
    return folder;
}

/* Sorted paths: a folder's images are together, so that it is the last one added or a new one. */
static void add_file(Folder *root, const char *file)
{
    Folder *at = root;
    for (const char *slash; (slash = strchr(file, '/')); file = slash + 1) {
        gsize n = (gsize)(slash - file);
        Folder *last = at->children->len ? at->children->pdata[at->children->len - 1] : NULL;
        if (!last || strlen(last->name) != n || memcmp(last->name, file, n) != 0) {
            last = folder_new(at, file, n);
            g_ptr_array_add(at->children, last);
        }
        at = last;
    }
    at->n_direct++;
}

static guint count_below(const Folder *folder)
{
    guint n = 0;
    for (guint i = 0; i < folder->children->len; i++) {
        const Folder *child = folder->children->pdata[i];
        n += child->n_direct + count_below(child);
    }
    return n;
}

static void kind_free(gpointer data)
{
    g_ptr_array_unref(((Kind *)data)->folders);
    g_free(data);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp((*(Kind *const *)a)->name, (*(Kind *const *)b)->name);
}

/* The folders inside some folders, by name. */
static GPtrArray *kinds_below(const GPtrArray *folders)
{
    GPtrArray *kinds = g_ptr_array_new_with_free_func(kind_free);
    g_autoptr(GHashTable) by = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < folders->len; i++) {
        const GPtrArray *children = ((const Folder *)folders->pdata[i])->children;
        for (guint k = 0; k < children->len; k++) {
            Folder *child = children->pdata[k];
            Kind *kind = g_hash_table_lookup(by, child->name);
            if (!kind) {
                kind = g_new0(Kind, 1);
                kind->name = child->name;
                kind->folders = g_ptr_array_new();
                g_hash_table_insert(by, child->name, kind);
                g_ptr_array_add(kinds, kind);
            }
            g_ptr_array_add(kind->folders, child);
            kind->n_direct += child->n_direct;
            kind->n_deeper += count_below(child);
        }
    }
    g_ptr_array_sort(kinds, by_name);
    return kinds;
}

static GPtrArray *all_folders(const GPtrArray *kinds)
{
    GPtrArray *all = g_ptr_array_new();
    for (guint i = 0; i < kinds->len; i++) {
        const Kind *kind = kinds->pdata[i];
        for (guint k = 0; k < kind->folders->len; k++)
            g_ptr_array_add(all, kind->folders->pdata[k]);
    }
    return all;
}

static guint count_direct(const GPtrArray *folders)
{
    guint n = 0;
    for (guint i = 0; i < folders->len; i++)
        n += ((const Folder *)folders->pdata[i])->n_direct;
    return n;
}

/* "fold_0", "Fold 12", "fold-3" */
static gboolean is_fold(const char *name)
{
    if (g_ascii_strncasecmp(name, "fold", 4) != 0)
        return FALSE;
    const char *p = name + 4 + (name[4] == '_' || name[4] == '-' || name[4] == ' ');
    gsize n = strspn(p, "0123456789");
    return n > 0 && p[n] == '\0';
}

static gboolean begins_with_one(const char *name, const char *const *words)
{
    for (; *words; words++)
        if (g_ascii_strncasecmp(name, *words, strlen(*words)) == 0)
            return TRUE;
    return FALSE;
}

/* A name that numbers a patient or slide: it has a digit, or begins with "patient", "slide", ...;
 * not a magnification ("40x"), a class ("type1") or a part of the work ("week 2", "batch1"). */
static gboolean is_number(const char *name)
{
    static const char *const groups[] = {"patient", "subject", "case",   "slide", "donor",
                                         "animal",  "mouse",   "sample", NULL};
    static const char *const others[] = {"class", "type", "grade", "stage",   "label",  "category",
                                         "week",  "day",  "month", "year",    "date",   "batch",
                                         "set",   "part", "run",   "session", "series", "exp",
                                         "image", "mag",  "zoom",  "level",   NULL};
    gsize digits = strspn(name, "0123456789");
    if (begins_with_one(name, others) ||
        (digits > 0 && g_ascii_tolower(name[digits]) == 'x' && name[digits + 1] == '\0'))
        return FALSE;
    return begins_with_one(name, groups) || strpbrk(name, "0123456789") != NULL;
}

static gboolean are_numbers(const GPtrArray *kinds)
{
    for (guint i = 0; i < kinds->len; i++)
        if (!is_number(((const Kind *)kinds->pdata[i])->name))
            return FALSE;
    return TRUE;
}

static Names judge_names(const GPtrArray *kinds)
{
    guint n_splits = 0, n_folds = 0;
    for (guint i = 0; i < kinds->len; i++) {
        const char *name = ((const Kind *)kinds->pdata[i])->name;
        n_splits += leuko_pattern_split(name) >= 0 ? 1 : 0;
        n_folds += is_fold(name) ? 1 : 0;
    }
    return kinds->len == 0           ? NONE
           : n_splits == kinds->len  ? SPLITS
           : n_folds == kinds->len   ? FOLDS
           : n_splits + n_folds == 0 ? OTHER
                                     : MIXED;
}

static gboolean has_split(const GPtrArray *kinds)
{
    for (guint i = 0; i < kinds->len; i++)
        if (leuko_pattern_split(((const Kind *)kinds->pdata[i])->name) >= 0)
            return TRUE;
    return FALSE;
}

static void push(LeukoPattern *p, LeukoLevel level) { p->levels[p->n++] = level; }

/* "class/group (class \"blast\", group \"P1\")": one more reading of the levels from `first` on. */
static gchar *describe_reading(const LeukoPattern *known, const char *rest, const Folder *first,
                               const Folder *second)
{
    g_autofree gchar *before = known->n ? leuko_pattern_text(known) : NULL;
    g_auto(GStrv) parts = g_strsplit(rest, "/", -1);
    const char *names[2] = {first ? first->name : NULL, second ? second->name : NULL};
    g_autoptr(GString) meaning = g_string_new(NULL);
    for (guint i = 0; i < 2 && parts[i]; i++)
        if (names[i] && *parts[i] != '*' && strcmp(parts[i], "flat") != 0)
            g_string_append_printf(meaning, "%s%s \"%s\"", meaning->len ? ", " : " (", parts[i],
                                   names[i]);
    return g_strdup_printf("\"%s%s%s\"%s%s", before ? before : "", before ? "/" : "", rest,
                           meaning->str, meaning->len ? ")" : "");
}

/* Refuse with two readings of an example: the folder `first` and `second` inside it. FALSE. */
static gboolean refuse(const Search *s, const char *a, const char *b, const Folder *first,
                       const Folder *second, GError **error)
{
    g_autofree gchar *one = describe_reading(&s->pattern, a, first, second);
    g_autofree gchar *two = describe_reading(&s->pattern, b, first, second);
    return leuko_fail(LEUKO_ERROR_AMBIGUOUS, error,
                      "%s: its folders can be read as %s or as %s; choose the layout", s->root, one,
                      two);
}

static const Folder *first_folder(const GPtrArray *kinds, guint i)
{
    return ((const Kind *)kinds->pdata[i])->folders->pdata[0];
}

/* The first folder inside folders of these kinds. */
static const Folder *first_inside(const GPtrArray *kinds)
{
    for (guint i = 0; i < kinds->len; i++) {
        const GPtrArray *folders = ((const Kind *)kinds->pdata[i])->folders;
        for (guint k = 0; k < folders->len; k++) {
            const Folder *folder = folders->pdata[k];
            if (folder->children->len > 0)
                return folder->children->pdata[0];
        }
    }
    return NULL;
}

/* No two folders of a level may have names that a person takes for the same. */
static gboolean check_names(const Search *s, const GPtrArray *kinds, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < kinds->len; i++) {
        const char *name = ((const Kind *)kinds->pdata[i])->name;
        gchar *key = leuko_naming_fold(name);
        const char *before = g_hash_table_lookup(seen, key);
        if (before) {
            g_free(key);
            return leuko_fail(LEUKO_ERROR_DATA, error,
                              "%s: the folders \"%s\" and \"%s\" differ only in case, blanks or "
                              "accents; rename one",
                              s->root, before, name);
        }
        g_hash_table_insert(seen, key, (gpointer)name);
    }
    return TRUE;
}

/* TRUE if some name occurs inside folders of two kinds. */
static gboolean have_common_names(const GPtrArray *kinds)
{
    g_autoptr(GHashTable) owner = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < kinds->len; i++) {
        g_autoptr(GPtrArray) inside = kinds_below(((const Kind *)kinds->pdata[i])->folders);
        for (guint k = 0; k < inside->len; k++) {
            gpointer name = (gpointer)((const Kind *)inside->pdata[k])->name;
            if (g_hash_table_contains(owner, name))
                return TRUE;
            g_hash_table_add(owner, name);
        }
    }
    return FALSE;
}

/* Folders that programs write beside the images: their images are no cells of a class. */
static const Kind *find_masks(const GPtrArray *kinds)
{
    static const char *const names[] = {
        "mask",        "masks",  "segmentation", "segmentations", "annotation", "annotations",
        "groundtruth", "labels", "contours",     "thumbnails",    "previews",   NULL};
    for (guint i = 0; i < kinds->len; i++) {
        g_autofree gchar *lower = g_ascii_strdown(((const Kind *)kinds->pdata[i])->name, -1);
        g_auto(GStrv) words = g_strsplit_set(lower, " _-", -1);
        g_autofree gchar *joined = g_strjoinv("", words);
        if (g_strv_contains(names, joined) || g_str_has_suffix(joined, "masks"))
            return kinds->pdata[i];
    }
    return NULL;
}

static gboolean any_deeper(const GPtrArray *kinds)
{
    for (guint i = 0; i < kinds->len; i++)
        if (((const Kind *)kinds->pdata[i])->n_deeper > 0)
            return TRUE;
    return FALSE;
}

/* Images of every class lie in folders inside the class folders: are those groups? */
static gboolean find_inner_level(Search *s, const GPtrArray *classes, GError **error)
{
    g_autoptr(GPtrArray) folders = all_folders(classes), inside = kinds_below(folders);
    LeukoPattern *p = &s->pattern;
    const Folder *second = first_inside(classes), *first = second->parent;
    Names names = judge_names(inside);
    LeukoLevel level = names == SPLITS ? LEUKO_LEVEL_SPLIT : LEUKO_LEVEL_FOLD;
    if (classes->len == 1 && p->n == 0)
        return refuse(s, "class/group", "*/class", first, second, error);
    if ((names == SPLITS || names == FOLDS) && leuko_pattern_find(p, level) < 0) {
        if (any_deeper(inside))
            return refuse(s, names == SPLITS ? "class/split/**" : "class/fold/**", "class/group/**",
                          first, second, error);
        push(p, LEUKO_LEVEL_CLASS);
        push(p, level);
        return TRUE;
    }
    if (names != OTHER || !are_numbers(inside) ||
        (are_numbers(classes) && have_common_names(classes)))
        return refuse(s, "class/group", "group/class", first, second, error);
    push(p, LEUKO_LEVEL_CLASS);
    push(p, LEUKO_LEVEL_GROUP);
    p->deeper = any_deeper(inside);
    return check_names(s, inside, error);
}

/* The folders below `at` are classes, unless something speaks against it. */
static gboolean find_classes(Search *s, const GPtrArray *classes, GError **error)
{
    guint n_folders = 0, n_direct = 0, n_deeper = 0;
    for (guint i = 0; i < classes->len; i++) {
        const Kind *kind = classes->pdata[i];
        n_folders += kind->n_direct + kind->n_deeper;
        n_direct += kind->n_direct > 0 ? 1 : 0;
        n_deeper += kind->n_deeper > 0 ? 1 : 0;
    }
    if (count_direct(s->at) > n_folders)
        return refuse(s, "class", "flat", first_folder(classes, 0), NULL, error);
    if (!check_names(s, classes, error))
        return FALSE;
    const Kind *masks = find_masks(classes);
    if (masks)
        return leuko_fail(LEUKO_ERROR_AMBIGUOUS, error,
                          "%s: the folder \"%s\" may be a class, or hold no cells; move it "
                          "elsewhere, or choose the layout (\"class\" takes it as a class)",
                          s->root, masks->name);
    if (n_direct < classes->len && n_deeper == classes->len)
        return find_inner_level(s, classes, error);
    if (n_deeper > 0 && (n_direct < classes->len || n_deeper == classes->len)) {
        const Folder *second = first_inside(classes);
        return refuse(s, "class", "class/group/**", second->parent, second, error);
    }
    push(&s->pattern, LEUKO_LEVEL_CLASS); /* images in deeper folders are skipped by name */
    return TRUE;
}

/* A single folder around splits or folds: what an archive leaves, perhaps with some images beside
 * them. */
static gboolean is_wrapper(const Search *s, const GPtrArray *kinds)
{
    const Kind *only = kinds->pdata[0];
    if (s->pattern.n > 0 || kinds->len != 1 ||
        only->n_direct + count_direct(s->at) > only->n_deeper)
        return FALSE;
    g_autoptr(GPtrArray) inside = kinds_below(only->folders);
    Names names = judge_names(inside);
    return names == SPLITS || names == FOLDS;
}

static gboolean search(Search *s, gboolean classes_known, GError **error)
{
    g_autoptr(GPtrArray) kinds = kinds_below(s->at);
    Names names = judge_names(kinds);
    LeukoLevel level = names == SPLITS  ? LEUKO_LEVEL_SPLIT
                       : names == FOLDS ? LEUKO_LEVEL_FOLD
                                        : LEUKO_LEVEL_ANY;
    gboolean enters = level == LEUKO_LEVEL_ANY ? names == OTHER && is_wrapper(s, kinds)
                                               : leuko_pattern_find(&s->pattern, level) < 0;
    if (enters) {
        g_autoptr(GPtrArray) inside = all_folders(kinds);
        push(&s->pattern, level);
        s->at = inside;
        return search(s, classes_known, error);
    }
    s->pattern.deeper = classes_known && kinds->len > 0;
    if (classes_known || names == NONE)
        return TRUE;
    if (names != OTHER)
        return refuse(s, "class", has_split(kinds) ? "split/class" : "fold/class",
                      first_folder(kinds, 0), first_inside(kinds), error);
    return find_classes(s, kinds, error);
}

gboolean leuko_pattern_detect(const char *root, const char *const *files, guint n,
                              gboolean classes_known, LeukoPattern *pattern, GError **error)
{
    g_autoptr(Folder) top = folder_new(NULL, "", 0);
    g_autoptr(GPtrArray) start = g_ptr_array_new();
    g_ptr_array_add(start, top);
    for (guint i = 0; i < n; i++)
        add_file(top, files[i]);
    Search s = {.root = root, .at = start};
    if (!search(&s, classes_known, error))
        return FALSE;
    *pattern = s.pattern;
    return TRUE;
}
