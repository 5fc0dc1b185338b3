#include "train/recipe.h"
#include "base/error.h"
#include "base/io-error.h"
#include "config.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

typedef enum { TEXT, WHOLE, REAL, CHOICE } FieldType;

typedef struct {
    const char *section, *key;
    FieldType type;
    gsize offset;
    double low, high;
    const char *choices; /* "a|b|c", in the order of the values */
    const char *only_if; /* the schedule that needs the key; NULL: every schedule */
} Field;

#define AT(member) offsetof(LeukoRecipe, member)

static const Field fields[] = {
    {"training", "tune", TEXT, AT(tune), 0, 0, NULL, NULL},
    {"training", "epochs", WHOLE, AT(epochs), 1, 100000, NULL, NULL},
    {"training", "batch", WHOLE, AT(batch), 1, 256, NULL, NULL},
    {"training", "batch_norm", CHOICE, AT(batch_norm_trained), 0, 0, "frozen|trained", NULL},
    {"training", "batch_norm_decay", REAL, AT(batch_norm_decay), 0, 1, NULL, NULL},
    {"training", "auxiliary_weight", REAL, AT(auxiliary_weight), 0, 10, NULL, NULL},
    {"training", "label_smoothing", REAL, AT(label_smoothing), 0, 0.9, NULL, NULL},
    {"training", "mixup", REAL, AT(mixup), 0, 10, NULL, NULL},
    {"training", "head_start", CHOICE, AT(head_from_features), 0, 0, "random|features", NULL},
    {"training", "balance", CHOICE, AT(balance), 0, 0, "none|sampling|weights", NULL},
    {"training", "stain", REAL, AT(stain), 0, 0.9, NULL, NULL},
    {"training", "jitter", CHOICE, AT(jitter), 0, 0, "none|cells|slim", NULL},
    {"optimizer", "kind", CHOICE, AT(optimizer), 0, 0, "sgd|adam|adamw", NULL},
    {"optimizer", "rate", REAL, AT(rate), 1e-12, 100, NULL, NULL},
    {"optimizer", "head_rate_scale", REAL, AT(head_rate_scale), 0, 1e6, NULL, NULL},
    {"optimizer", "weight_decay", REAL, AT(weight_decay), 0, 9.999, NULL, NULL},
    {"optimizer", "clip_norm", REAL, AT(clip_norm), 0, 1e9, NULL, NULL},
    {"optimizer", "average", REAL, AT(average), 0, 0.9999999, NULL, NULL},
    {"schedule", "kind", CHOICE, AT(schedule), 0, 0, "constant|staircase|cosine", NULL},
    {"schedule", "factor", REAL, AT(factor), 1e-6, 1, NULL, "staircase"},
    {"schedule", "every_epochs", REAL, AT(every_epochs), 1e-3, 100000, NULL, "staircase"},
    {"schedule", "last_share", REAL, AT(last_share), 0, 1, NULL, "cosine"},
    {"schedule", "warm_up_epochs", REAL, AT(warm_up_epochs), 0, 100000, NULL, NULL},
    {"stopping", "patience_epochs", REAL, AT(patience_epochs), 0, 100000, NULL, NULL},
    {"stopping", "export", CHOICE, AT(export_best), 0, 0, "last|best", NULL},
};

static gboolean fail(const char *name, const Field *f, GError **error, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static gboolean fail(const char *name, const Field *f, GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *why = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree gchar *shown = leuko_one_line_cut(why, 300); /* the message may quote the file */
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "recipe %s: [%s] %s %s", name, f->section,
                f->key, shown);
    return FALSE;
}

static gint find_choice(const char *choices, const char *text)
{
    g_auto(GStrv) all = g_strsplit(choices, "|", -1);
    for (gint i = 0; all[i]; i++)
        if (strcmp(all[i], text) == 0)
            return i;
    return -1;
}

static gboolean set_number(const Field *f, const char *text, void *to, const char *name,
                           GError **error)
{
    char *end;
    double value = g_ascii_strtod(text, &end);
    if (!*text || *end || !(value >= f->low && value <= f->high) ||
        (f->type == WHOLE && value != floor(value)))
        return fail(name, f, error, "= %s: must be a %snumber from %g to %g", text,
                    f->type == WHOLE ? "whole " : "", f->low, f->high);
    if (f->type == WHOLE)
        *(guint *)to = (guint)value;
    else
        *(double *)to = value;
    return TRUE;
}

static gboolean set_field(const Field *f, const char *text, LeukoRecipe *r, const char *name,
                          GError **error)
{
    void *to = (char *)r + f->offset;
    if (f->type == TEXT) {
        if (!*text || strlen(text) >= sizeof r->tune)
            return fail(name, f, error, "= %s: must be head, all or an endpoint", text);
        g_strlcpy(to, text, sizeof r->tune);
        return TRUE;
    }
    if (f->type != CHOICE)
        return set_number(f, text, to, name, error);
    gint choice = find_choice(f->choices, text);
    if (choice < 0)
        return fail(name, f, error, "= %s: must be one of %s", text, f->choices);
    *(gint *)to = choice;
    return TRUE;
}

/* The older name of a section. */
static const struct {
    const char *old, *section;
} alias = {"optimiser", "optimizer"};

/* Rename a section with the older name. It is an error if both sections exist. */
static gboolean rename_section(GKeyFile *file, const char *name, GError **error)
{
    if (!g_key_file_has_group(file, alias.old))
        return TRUE;
    if (g_key_file_has_group(file, alias.section)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "recipe %s: both [%s] and its older name [%s]; keep one of them", name,
                    alias.section, alias.old);
        return FALSE;
    }
    g_auto(GStrv) keys = g_key_file_get_keys(file, alias.old, NULL, NULL);
    for (gsize k = 0; keys && keys[k]; k++) {
        g_autofree gchar *value = g_key_file_get_value(file, alias.old, keys[k], NULL);
        g_key_file_set_value(file, alias.section, keys[k], value);
    }
    return g_key_file_remove_group(file, alias.old, NULL);
}

/* Refuse a key that is not in `fields`; it is probably misspelled. */
static gboolean refuse_unknown(GKeyFile *file, const char *name, GError **error)
{
    g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);
    for (gsize g = 0; groups[g]; g++) {
        g_auto(GStrv) keys = g_key_file_get_keys(file, groups[g], NULL, NULL);
        for (gsize k = 0; keys && keys[k]; k++) {
            gboolean known = FALSE;
            for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
                known |= strcmp(fields[i].section, groups[g]) == 0 &&
                         strcmp(fields[i].key, keys[k]) == 0;
            if (!known) {
                g_autofree gchar *group = leuko_one_line_cut(groups[g], 60),
                                 *key = leuko_one_line_cut(keys[k], 60);
                g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                            "recipe %s: [%s] %s: unknown key", name, group, key);
                return FALSE;
            }
        }
    }
    return TRUE;
}

gboolean leuko_recipe_parse(const char *text, const char *name, LeukoRecipe *recipe, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) why = NULL;
    gsize n = strlen(text);
    if (n > LEUKO_RECIPE_MAX_BYTES) { /* GKeyFile takes 70 bytes for each */
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "recipe %s: too large for a recipe (%zu bytes; limit: %d)", name, n,
                    LEUKO_RECIPE_MAX_BYTES);
        return FALSE;
    }
    if (!g_key_file_load_from_data(file, text, n, G_KEY_FILE_NONE, &why)) {
        g_autofree gchar *shown =
            leuko_one_line_cut(why->message, 200); /* the message may quote the file */
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "recipe %s: %s", name, shown);
        return FALSE;
    }
    if (!rename_section(file, name, error) || !refuse_unknown(file, name, error))
        return FALSE;
    LeukoRecipe r = {.factor = 1, .every_epochs = 1};
    g_strlcpy(r.name, name, sizeof r.name);
    g_autofree gchar *schedule = g_key_file_get_string(file, "schedule", "kind", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
        const Field *f = &fields[i];
        g_autofree gchar *value = g_key_file_get_string(file, f->section, f->key, NULL);
        gboolean needed = !f->only_if || g_strcmp0(schedule, f->only_if) == 0;
        if (!value && needed)
            return fail(name, f, error, "is missing");
        if (value && !needed)
            return fail(name, f, error, "applies to a %s schedule, not to %s", f->only_if,
                        schedule);
        if (value && !set_field(f, g_strstrip(value), &r, name, error))
            return FALSE;
    }
    *recipe = r;
    return TRUE;
}

static gchar *find_recipe(const char *name)
{
    static const char *const roots[] = {LEUKO_DATADIR, LEUKO_SOURCE_ROOT};
    if (strchr(name, '/') || g_str_has_suffix(name, ".recipe"))
        return g_strdup(name);
    g_autofree gchar *file = g_strconcat(name, ".recipe", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(roots); i++) {
        g_autofree gchar *path = g_build_filename(roots[i], "recipes", file, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
            return g_steal_pointer(&path);
    }
    return NULL;
}

gboolean leuko_recipe_load(const char *name, LeukoRecipe *recipe, GError **error)
{
    g_autofree gchar *path = find_recipe(name), *text = NULL;
    g_autoptr(GError) why = NULL;
    if (!path || !leuko_read_file(path, &text, NULL, &why)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO,
                    "recipe %s: %s; use original, finetune, scratch or the path of a file", name,
                    why ? why->message : "no such recipe");
        return FALSE;
    }
    return leuko_recipe_parse(text, name, recipe, error);
}

/* `value` with the fewest digits that read back as the same number. */
static const char *shortest(double value, char *text, int size)
{
    for (int digits = 1; digits <= 17; digits++) {
        char format[8];
        g_snprintf(format, sizeof format, "%%.%dg", digits);
        g_ascii_formatd(text, size, format, value);
        if (g_ascii_strtod(text, NULL) == value)
            break;
    }
    return text;
}

/* The value of a field as it stands in a recipe; g_free. */
static gchar *value_text(const Field *f, const LeukoRecipe *r)
{
    const void *from = (const char *)r + f->offset;
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    if (f->type == TEXT)
        return g_strdup(from);
    if (f->type == WHOLE)
        return g_strdup_printf("%u", *(const guint *)from);
    if (f->type == REAL)
        return g_strdup(shortest(*(const double *)from, number, sizeof number));
    g_auto(GStrv) all = g_strsplit(f->choices, "|", -1);
    return g_strdup(all[*(const gint *)from]);
}

static gboolean applies(const Field *f, const LeukoRecipe *r)
{
    static const char *const schedules[] = {"constant", "staircase", "cosine"};
    return !f->only_if || strcmp(f->only_if, schedules[r->schedule]) == 0;
}

gchar *leuko_recipe_to_text(const LeukoRecipe *r)
{
    GString *text = g_string_new(NULL);
    const char *group = "";
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
        const Field *f = &fields[i];
        if (!applies(f, r))
            continue;
        if (strcmp(group, f->section) != 0)
            g_string_append_printf(text, "%s[%s]\n", *group ? "\n" : "", f->section);
        group = f->section;
        g_autofree gchar *value = value_text(f, r);
        g_string_append_printf(text, "%s = %s\n", f->key, value);
    }
    return g_string_free(text, FALSE);
}

GPtrArray *leuko_recipe_keys(const LeukoRecipe *r)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
        const Field *f = &fields[i];
        if (!applies(f, r))
            continue;
        g_ptr_array_add(all, g_strdup(strcmp(f->key, "kind") == 0 ? f->section : f->key));
        g_ptr_array_add(all, value_text(f, r));
    }
    return all;
}

LeukoOptimizerOptions leuko_recipe_optimizer(const LeukoRecipe *r, guint n_threads)
{
    LeukoOptimizerOptions o = leuko_optimizer_options_default();
    o.kind = r->optimizer;
    o.weight_decay = r->weight_decay;
    o.clip_norm = r->clip_norm;
    o.ema = r->average;
    o.n_threads = n_threads;
    return o;
}

LeukoSchedule leuko_recipe_schedule(const LeukoRecipe *r, guint64 steps_per_epoch)
{
    double steps = (double)steps_per_epoch;
    return (LeukoSchedule){r->schedule,
                           r->rate,
                           r->factor,
                           r->last_share,
                           r->epochs * steps_per_epoch,
                           (guint64)llround(r->warm_up_epochs * steps),
                           MAX((guint64)llround(r->every_epochs * steps), 1)};
}
