#include "base/error.h"
#include "data/file-table.h"
#include "data/naming.h"
#include "data/note-list.h"
#include "leuko/error.h"
#include <string.h>

/* What of a name is compared, strictest first. */
typedef enum {
    PATH,
    PATH_COMPOSED,
    PATH_FOLDED, /* composed, capitals as small letters */
    NAME,
    NAME_COMPOSED,
    NAME_FOLDED,
    STEM, /* the name without its ending, composed */
    STEM_FOLDED,
    N_LEVELS
} Level;

typedef struct {
    const LeukoFileTable *table;
    const char *const *files;
    guint n;
    guint *row_of;                                    /* (n) index of the row + 1; 0: none */
    Level *level;                                     /* (n) at which that row was found */
    gboolean *used;                                   /* (rows) */
    guint n_used;                                     /* of these */
    guint n_composed, n_folded, n_stems, n_elsewhere; /* rows that fit only in part */
    const LeukoTableRow *example;
} Match;

static const LeukoTableRow *row_at(const Match *m, guint r)
{
    return &g_array_index(m->table->rows, LeukoTableRow, r);
}

static gboolean has_ending(const char *file) { return leuko_naming_stem(file) < strlen(file); }

static gboolean is_folded(Level level)
{
    return level == PATH_FOLDED || level == NAME_FOLDED || level == STEM_FOLDED;
}

/* What is compared of a file name at one level, new. */
static gchar *key_of(const char *file, Level level)
{
    const char *slash = strrchr(file, '/');
    const char *text = level >= NAME && slash ? slash + 1 : file;
    if (level == PATH || level == NAME)
        return g_strdup(text);
    g_autofree gchar *key = g_utf8_normalize(text, -1, G_NORMALIZE_DEFAULT_COMPOSE);
    if (level >= STEM)
        key[leuko_naming_stem(key)] = '\0';
    return is_folded(level) ? g_utf8_casefold(key, -1) : g_steal_pointer(&key);
}

/* key -> GArray of guint: the images with that key. */
static GHashTable *index_files(const Match *m, Level level)
{
    GHashTable *index =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    for (guint i = 0; i < m->n; i++) {
        g_autofree gchar *key = key_of(m->files[i], level);
        GArray *list = g_hash_table_lookup(index, key);
        if (!list) {
            list = g_array_new(FALSE, FALSE, sizeof(guint));
            g_hash_table_insert(index, g_steal_pointer(&key), list);
        }
        g_array_append_val(list, i);
    }
    return index;
}

/* The number of path parts, from the last, that two paths have in common. */
static guint common_parts(const char *a, const char *b)
{
    const char *p = a + strlen(a), *q = b + strlen(b);
    guint n = 0;
    while (p > a && q > b && p[-1] == q[-1]) {
        n += p[-1] == '/';
        p--;
        q--;
    }
    return n + ((p == a && (q == b || q[-1] == '/')) || (q == b && p[-1] == '/'));
}

/* A row about another file than the one of the same name that has a row already: it is in a named
 * folder, or differs in case or in the ending. */
static gboolean may_mean_another(const LeukoTableRow *row, Level level)
{
    return (level >= NAME && strchr(row->file, '/')) || is_folded(level) ||
           (level >= STEM && has_ending(row->file));
}

/* The image that a row means, of those with its key: image + 1; 0: none; -1: two fit. */
static gint choose(const Match *m, const LeukoTableRow *row, const GArray *list, Level level,
                   guint fits[2])
{
    gint found = 0;
    guint most = 0;
    gboolean tie = FALSE;
    for (guint k = 0; k < list->len; k++) {
        guint i = g_array_index(list, guint, k);
        if (m->row_of[i] && m->level[i] < level && may_mean_another(row, level))
            continue;
        guint common = strchr(row->file, '/') ? common_parts(m->files[i], row->file) : 0;
        if (!found || common > most) {
            found = (gint)i + 1;
            most = common;
            tie = FALSE;
            fits[0] = i;
        } else if (common == most) {
            tie = TRUE;
            fits[1] = i;
        }
    }
    return tie ? -1 : found;
}

/* TRUE if the folders that the row names are not those of the image. */
static gboolean is_elsewhere(const char *file, const char *row)
{
    gsize n = strlen(file), k = strlen(row);
    return strchr(row, '/') &&
           !(n <= k ? g_str_has_suffix(row, file) : g_str_has_suffix(file, row));
}

static gboolean take(Match *m, guint r, guint i, Level level, GError **error)
{
    const LeukoTableRow *row = row_at(m, r);
    if (m->row_of[i]) {
        const LeukoTableRow *other = row_at(m, m->row_of[i] - 1);
        m->used[r] = TRUE;
        m->n_used++;
        return strcmp(other->value, row->value) == 0 ||
               leuko_fail_format(m->table->path, error,
                                 "lines %u and %u: two %s values for %s: \"%s\" and \"%s\"",
                                 MIN(other->line, row->line), MAX(other->line, row->line),
                                 m->table->value_name, m->files[i], other->value, row->value);
    }
    gboolean elsewhere = level >= NAME && is_elsewhere(m->files[i], row->file);
    m->row_of[i] = r + 1;
    m->level[i] = level;
    m->used[r] = TRUE;
    m->n_composed += level == PATH_COMPOSED || level == NAME_COMPOSED ? 1 : 0;
    m->n_folded += is_folded(level) ? 1 : 0;
    m->n_stems += level >= STEM && has_ending(row->file) ? 1 : 0;
    m->n_used++;
    m->n_elsewhere += elsewhere ? 1 : 0;
    if (elsewhere || (level != PATH && level != NAME))
        m->example = row;
    return TRUE;
}

static gboolean match_level(Match *m, Level level, GError **error)
{
    g_autoptr(GHashTable) index = index_files(m, level);
    for (guint r = 0; r < m->table->rows->len; r++) {
        const LeukoTableRow *row = row_at(m, r);
        if (m->used[r])
            continue;
        g_autofree gchar *key = key_of(row->file, level);
        const GArray *list = g_hash_table_lookup(index, key);
        guint fits[2] = {0, 0};
        gint found = list ? choose(m, row, list, level, fits) : 0;
        if (found < 0)
            return leuko_fail_format(m->table->path, error,
                                     "line %u: \"%s\" fits two images: %s and %s", row->line,
                                     row->file, m->files[fits[0]], m->files[fits[1]]);
        if (found > 0 && !take(m, r, (guint)found - 1, level, error))
            return FALSE;
    }
    return TRUE;
}

/* FALSE with the counts and three examples if images have no row. */
static gboolean check_complete(const Match *m, GError **error)
{
    g_autoptr(GString) examples = g_string_new(NULL);
    guint n_missing = 0;
    for (guint i = 0; i < m->n; i++)
        if (!m->row_of[i] && n_missing++ < 3)
            g_string_append_printf(examples, "%s%s", examples->len ? ", " : "", m->files[i]);
    if (n_missing == 0)
        return TRUE;
    g_autofree gchar *shown = leuko_one_line(examples->str);
    g_autofree gchar *first = leuko_one_line(row_at(m, 0)->file);
    if (n_missing == m->n)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: no row names an image (rows: %u, the first is about %s; images: %u, %s%s)",
                    m->table->path, m->table->rows->len, first, m->n, shown,
                    m->n > 3 ? ", ..." : "");
    else
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: images without a %s: %u of %u (%s%s)", m->table->path,
                    m->table->value_name, n_missing, m->n, shown, n_missing > 3 ? ", ..." : "");
    return FALSE;
}

static void describe(const Match *m, GPtrArray *notes)
{
    const LeukoTableRow *unused = NULL;
    guint n_unused = 0;
    for (guint r = 0; r < m->table->rows->len; r++)
        if (!m->used[r] && n_unused++ == 0)
            unused = row_at(m, r);
    if (n_unused > 0)
        leuko_note_list_add(notes, "%s: rows without an image here: %u of %u (line %u: %s)",
                            m->table->path, n_unused, m->table->rows->len, unused->line,
                            unused->file);
    if (m->n_composed + m->n_folded + m->n_stems + m->n_elsewhere > 0)
        leuko_note_list_add(
            notes,
            "%s: names that fit only in part, apart from composed letters: %u, apart from "
            "capitals: %u, apart from the ending: %u, apart from the folder: %u (line %u: %s)",
            m->table->path, m->n_composed, m->n_folded, m->n_stems, m->n_elsewhere,
            m->example->line, m->example->file);
    if (m->table->has_flags)
        leuko_note_list_add(notes,
                            "%s: a column for each class; the class is the column that has 1",
                            m->table->path);
    if (m->table->has_short_numbers)
        leuko_note_list_add(notes, "%s: the %s values are whole numbers; 1.0 is read as 1",
                            m->table->path, m->table->value_name);
}

gboolean leuko_file_table_match(const LeukoFileTable *table, const char *const *files, guint n,
                                const char **values, GPtrArray *notes, GError **error)
{
    g_autofree guint *row_of = g_new0(guint, n + 1);
    g_autofree Level *level = g_new0(Level, n + 1);
    g_autofree gboolean *used = g_new0(gboolean, table->rows->len + 1);
    Match m = {
        .table = table, .files = files, .n = n, .row_of = row_of, .level = level, .used = used};
    for (Level k = PATH; k < N_LEVELS && m.n_used < table->rows->len; k++)
        if (!match_level(&m, k, error))
            return FALSE;
    if (!check_complete(&m, error))
        return FALSE;
    for (guint i = 0; i < n; i++)
        values[i] = row_at(&m, row_of[i] - 1)->value;
    if (notes)
        describe(&m, notes);
    return TRUE;
}
