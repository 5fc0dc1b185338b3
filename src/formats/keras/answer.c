/* Parses the answer of a process that a hostile file may control: every number is checked. */
#include "base/error.h"
#include "base/plural.h"
#include "formats/keras/keras.h"
#include "formats/keras/wire.h"
#include <string.h>

G_STATIC_ASSERT(LEUKO_KERAS_MAX_DIMS <= LEUKO_MAX_DIMS);

typedef struct {
    LeukoKerasSource source;
    gpointer user;
    const char *path;
    guint64 n_values_left;
    gboolean *cut_short;
    LeukoParams *params;
    GHashTable *types;
} Answer;

static gboolean invalid_answer(const Answer *a, GError **error, const char *what)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                "%s: the HDF5 reader sent an invalid answer: %s", a->path, what);
    return FALSE;
}

static gboolean take(Answer *a, gpointer bytes, gsize n, GError **error)
{
    GError *why = NULL;
    if (n == 0 || a->source(a->user, bytes, n, &why))
        return TRUE;
    if (why) {
        g_propagate_error(error, why);
        return FALSE;
    }
    *a->cut_short = TRUE;
    return invalid_answer(a, error, "truncated");
}

/* The text of a record, NUL-terminated; NULL on error. g_free. */
static gchar *take_text(Answer *a, const LeukoKerasRecord *r, GError **error)
{
    if (r->n_text > LEUKO_KERAS_MAX_TEXT) {
        invalid_answer(a, error, "a text that is too long");
        return NULL;
    }
    g_autofree gchar *text = g_malloc0(r->n_text + 1);
    return take(a, text, r->n_text, error) ? g_steal_pointer(&text) : NULL;
}

static gboolean take_tensor(Answer *a, const LeukoKerasRecord *r, GError **error)
{
    static const char *const types[LEUKO_KERAS_N_TYPES] = {"F16", "BF16", "F32", "F64"};
    g_autofree gchar *name = take_text(a, r, error);
    gsize dims[LEUKO_MAX_DIMS], n_values = 1;
    float *values;
    if (!name)
        return FALSE;
    if (r->n_text == 0 || strlen(name) != r->n_text || !g_utf8_validate(name, -1, NULL)) {
        g_autofree gchar *shown = leuko_one_line(name);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: tensor \"%s\": its name is not UTF-8", a->path, shown);
        return FALSE;
    }
    if (r->n_dims > LEUKO_KERAS_MAX_DIMS || r->what >= LEUKO_KERAS_N_TYPES)
        return invalid_answer(a, error, "an invalid tensor");
    for (guint i = 0; i < r->n_dims; i++) {
        dims[i] = r->dims[i];
        if (!g_size_checked_mul(&n_values, n_values, dims[i]))
            return invalid_answer(a, error, "a tensor that is too large");
    }
    if (n_values > a->n_values_left || leuko_params_n_tensors(a->params) >= LEUKO_KERAS_MAX_TENSORS)
        return invalid_answer(a, error, "more values than fit into the file");
    a->n_values_left -= n_values;
    if (leuko_params_find(a->params, name)) {
        g_autofree gchar *shown = leuko_one_line(name);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: tensor \"%s\" appears twice",
                    a->path, shown);
        return FALSE;
    }
    if (!leuko_params_add(a->params, name, r->n_dims, dims, &values, error))
        return FALSE;
    if (a->types)
        g_hash_table_insert(a->types, g_strdup(name), (gpointer)types[r->what]);
    return take(a, values, n_values * sizeof *values, error);
}

static gboolean take_end(Answer *a, const LeukoKerasRecord *r, LeukoKerasFound *found,
                         GError **error)
{
    g_autofree gchar *text = take_text(a, r, error), *shown = text ? leuko_one_line(text) : NULL;
    if (!text)
        return FALSE;
    if (r->what != LEUKO_KERAS_LEGACY && r->what != LEUKO_KERAS_VARS)
        return invalid_answer(a, error, "an invalid end record");
    *found = (LeukoKerasFound){r->what == LEUKO_KERAS_LEGACY, r->dims[0], r->dims[1], ""};
    g_utf8_strncpy(found->writer, shown, 60); /* characters of up to 4 bytes */
    if (leuko_params_n_tensors(a->params) > 0)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: Keras weights, but no floating-point tensor (%" G_GUINT64_FORMAT " other %s)",
                a->path, found->n_ignored, LEUKO_PLURAL(found->n_ignored, "tensor"));
    return FALSE;
}

static gboolean take_refusal(Answer *a, const LeukoKerasRecord *r, GError **error)
{
    g_autofree gchar *text = take_text(a, r, error), *shown = text ? leuko_one_line(text) : NULL;
    if (text)
        g_set_error(error, LEUKO_ERROR,
                    r->what == LEUKO_KERAS_UNSUPPORTED ? LEUKO_ERROR_UNSUPPORTED
                    : r->what == LEUKO_KERAS_NO_MEMORY ? LEUKO_ERROR_MEMORY
                                                       : LEUKO_ERROR_FORMAT,
                    "%s: %s", a->path, shown);
    return FALSE;
}

LeukoParams *leuko_keras_answer_read(LeukoKerasSource source, gpointer user, guint64 file_bytes,
                                     const char *path, GHashTable *types, LeukoKerasFound *found,
                                     gboolean *cut_short, GError **error)
{
    g_autoptr(LeukoParams) params = leuko_params_new();
    Answer a = {source, user, path, leuko_keras_max_values(file_bytes), cut_short, params, types};
    LeukoKerasRecord r;
    *cut_short = FALSE;
    if (!take(&a, &r, sizeof r, error))
        return NULL;
    if (r.kind != LEUKO_KERAS_BEGIN || r.what != LEUKO_KERAS_WIRE || r.n_text != 0) {
        invalid_answer(&a, error, "another version");
        return NULL;
    }
    for (;;) {
        if (!take(&a, &r, sizeof r, error))
            return NULL;
        switch (r.kind) {
        case LEUKO_KERAS_TENSOR:
            if (!take_tensor(&a, &r, error))
                return NULL;
            break;
        case LEUKO_KERAS_END:
            return take_end(&a, &r, found, error) ? g_steal_pointer(&params) : NULL;
        case LEUKO_KERAS_REFUSAL:
            take_refusal(&a, &r, error);
            return NULL;
        default:
            invalid_answer(&a, error, "an unknown record");
            return NULL;
        }
    }
}
