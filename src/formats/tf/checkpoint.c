/* Finds the files of a checkpoint and its version; code that both versions share. */
#include "formats/tf/checkpoint.h"
#include "base/error.h"
#include "base/map.h"
#include "leuko/error.h"
#include "proto/checkpoint.pb-c.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

/* --- types and shapes ------------------------------------------------------------------------ */

/* By DataType, tensorflow/core/framework/types.proto. */
static const struct {
    const char *text;
    gsize n_bytes; /* 0 = variable */
} types[] = {{"other", 0}, {"F32", 4},    {"F64", 8},      {"I32", 4},     {"U8", 1},   {"I16", 2},
             {"I8", 1},    {"STRING", 0}, {"C64", 8},      {"I64", 8},     {"BOOL", 1}, {"QI8", 1},
             {"QU8", 1},   {"QI32", 4},   {"BF16", 2},     {"QI16", 2},    {"QU16", 2}, {"U16", 2},
             {"C128", 16}, {"F16", 2},    {"RESOURCE", 0}, {"VARIANT", 0}, {"U32", 4},  {"U64", 8}};

static guint type_index(gint dtype)
{
    return dtype > 0 && dtype < (gint)G_N_ELEMENTS(types) ? (guint)dtype : 0;
}

gsize leuko_tf_type_bytes(gint dtype) { return types[type_index(dtype)].n_bytes; }

static gboolean read_shape(LeukoTfTensor *t, const Leuko__Ckpt__Shape *shape)
{
    gsize n_bytes;
    t->n_values = 1;
    t->n_dims = 0;
    if (shape && (shape->n_dim > LEUKO_MAX_DIMS || shape->unknown_rank))
        return FALSE;
    for (guint d = 0; shape && d < shape->n_dim; d++) {
        gint64 size = shape->dim[d]->size;
        if (size < 0 || !g_size_checked_mul(&t->n_values, t->n_values, (gsize)size))
            return FALSE;
        t->dims[t->n_dims++] = (gsize)size;
    }
    return g_size_checked_mul(&n_bytes, t->n_values, 16);
}

LeukoTfTensor *leuko_tf_tensor_new(const char *name, gint dtype, const Leuko__Ckpt__Shape *shape,
                                   const char *file, GError **error)
{
    g_autoptr(LeukoTfTensor) t = g_new0(LeukoTfTensor, 1);
    t->name = g_strdup(name ? name : "");
    t->dtype = dtype;
    t->type = types[type_index(dtype)].text;
    t->floating = g_str_has_prefix(t->type, "F") || strcmp(t->type, "BF16") == 0;
    if (!*t->name || !g_utf8_validate(t->name, -1, NULL)) {
        leuko_fail_format(file, error, "a tensor's name is empty or not UTF-8");
        return NULL;
    }
    if (!read_shape(t, shape)) {
        leuko_fail_format(file, error,
                          "tensor \"%.200s\": its shape is invalid or has more than %d dimensions",
                          t->name, LEUKO_MAX_DIMS);
        return NULL;
    }
    return g_steal_pointer(&t);
}

void leuko_tf_tensor_free(LeukoTfTensor *t)
{
    if (!t)
        return;
    g_free(t->name);
    g_clear_pointer(&t->bytes, g_bytes_unref);
    g_free(t->filled);
    g_free(t);
}

/* --- files ------------------------------------------------------------------------------------ */

/* The part of a path before a final `mark` "NNNNN-of-NNNNN", or NULL. g_free. */
static gchar *before_numbers(const char *path, const char *mark)
{
    enum { NUMBERS = 14 };
    gsize n = strlen(path), n_mark = strlen(mark);
    if (n <= NUMBERS + n_mark)
        return NULL;
    const char *at = path + n - NUMBERS;
    for (guint i = 0; i < 5; i++)
        if (!g_ascii_isdigit(at[i]) || !g_ascii_isdigit(at[9 + i]))
            return NULL;
    if (strncmp(at + 5, "-of-", 4) != 0 || strncmp(at - n_mark, mark, n_mark) != 0)
        return NULL;
    return g_strndup(path, n - NUMBERS - n_mark);
}

/* The only file PREFIX-00000-of-NNNNN with any NNNNN, or NULL. g_free. */
static gchar *first_v1_shard(const char *prefix)
{
    g_autofree gchar *folder = g_path_get_dirname(prefix), *base = g_path_get_basename(prefix),
                     *found = NULL;
    g_autofree gchar *wanted = g_strconcat(base, "-00000-of-", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree gchar *before = before_numbers(name, "-");
        if (!before || !g_str_has_prefix(name, wanted))
            continue;
        if (found)
            return NULL;
        found = g_strconcat(prefix, name + strlen(base), NULL);
    }
    return g_steal_pointer(&found);
}

/* TRUE for a regular file, and where the system cannot tell: opening it then gives the reason, and
 * no description is left out in silence. */
static gboolean may_be_file(const char *path)
{
    GStatBuf st;
    return g_stat(path, &st) == 0 ? S_ISREG(st.st_mode) : errno != ENOENT && errno != ENOTDIR;
}

/* The first shard of PREFIX-?????-of-NNNNN, TensorFlow's name for all shards, or NULL. g_free. */
static gchar *from_pattern(const char *path)
{
    g_autofree gchar *first = g_strdup(path);
    char *at = g_strrstr(first, "-\?\?\?\?\?-of-");
    if (!at)
        return NULL;
    memset(at + 1, '0', 5);
    g_autofree gchar *before = before_numbers(first, "-");
    return before && may_be_file(first) ? g_steal_pointer(&first) : NULL;
}

gchar *leuko_tf_checkpoint_table(const char *path)
{
    g_autofree gchar *data_prefix = before_numbers(path, ".data-"), *first = NULL;
    if (!data_prefix && g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return NULL;
    g_autofree gchar *index = g_strconcat(data_prefix ? data_prefix : path, ".index", NULL);
    if (may_be_file(index))
        return g_steal_pointer(&index);
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return NULL;
    first = from_pattern(path);
    return first ? g_steal_pointer(&first) : first_v1_shard(path);
}

/* --- the version ------------------------------------------------------------------------------ */

/* Store the first byte of the first entry. Field 1 is a number in a BundleHeader (V2), and a
 * message in SavedTensorSlices (V1). */
static gboolean take_first_byte(const guint8 *key, gsize n_key, const guint8 *value, gsize n_value,
                                gpointer user, GError **error)
{
    (void)key;
    (void)error;
    *(gint *)user = n_key == 0 && n_value > 0 ? value[0] : -1;
    return FALSE;
}

static gboolean read_table(LeukoTfCheckpoint *c, const char *table_path, GError **error)
{
    gint first = -1;
    g_autoptr(GError) why = NULL;
    g_autoptr(GBytes) table = leuko_map_bytes(table_path, error);
    if (!table)
        return FALSE;
    gsize n_bytes;
    gconstpointer bytes = g_bytes_get_data(table, &n_bytes);
    leuko_tf_table_read(bytes, n_bytes, table_path, take_first_byte, &first, &why);
    if (why) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (first == 0x08 || first == 0x0a)
        return first == 0x08 ? leuko_tf_read_v2(c, table_path, table, error)
                             : leuko_tf_read_v1(c, table_path, table, error);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: a sorted table, but not a TensorFlow checkpoint: it has no header",
                table_path);
    return FALSE;
}

LeukoTfCheckpoint *leuko_tf_checkpoint_open(const char *path, GError **error)
{
    g_autofree gchar *table = leuko_tf_checkpoint_table(path);
    g_autoptr(LeukoTfCheckpoint) c = g_new0(LeukoTfCheckpoint, 1);
    const char *table_path = table ? table : path;
    c->path = g_strdup(path);
    c->tensors = g_ptr_array_new_with_free_func((GDestroyNotify)leuko_tf_tensor_free);
    c->params = leuko_params_new();
    if (!leuko_tf_checkpoint_check_description(path, error) || !read_table(c, table_path, error) ||
        !leuko_tf_check_filled(c, error))
        return NULL;
    c->prefix = g_str_has_suffix(table_path, ".index")
                    ? g_strndup(table_path, strlen(table_path) - strlen(".index"))
                    : before_numbers(table_path, "-");
    if (!c->prefix)
        c->prefix = g_strdup(table_path);
    return g_steal_pointer(&c);
}

void leuko_tf_checkpoint_free(LeukoTfCheckpoint *c)
{
    if (!c)
        return;
    g_free(c->path);
    g_free(c->prefix);
    g_ptr_array_unref(c->tensors);
    leuko_params_unref(c->params);
    g_free(c);
}

LeukoParams *leuko_tf_checkpoint_tensors(const char *path, GError **error)
{
    g_autoptr(LeukoTfCheckpoint) c = leuko_tf_checkpoint_open(path, error);
    if (!c)
        return NULL;
    if (leuko_params_n_tensors(c->params) == 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: a checkpoint without floating-point tensors (%u of other types)", path,
                    c->tensors->len);
        return NULL;
    }
    return leuko_params_ref(c->params);
}
