#include "base/crc32c.h"
#include "base/durable.h"
#include "base/json.h"
#include "formats/model-json.h"
#include "formats/stamp.h"
#include "formats/tf/checkpoint.h"
#include "leuko/error.h"
#include "proto/checkpoint.pb-c.h"
#include <string.h>

enum { DT_FLOAT = 1, VERSION = 1 };

static void add_header(LeukoTfTableWriter *index)
{
    Leuko__Ckpt__Versions version = LEUKO__CKPT__VERSIONS__INIT;
    Leuko__Ckpt__BundleHeader header = LEUKO__CKPT__BUNDLE_HEADER__INIT;
    version.has_producer = TRUE;
    version.producer = VERSION;
    header.has_num_shards = TRUE;
    header.num_shards = 1;
    header.version = &version;
    gsize n = leuko__ckpt__bundle_header__get_packed_size(&header);
    g_autofree guint8 *bytes = g_malloc(n);
    leuko__ckpt__bundle_header__pack(&header, bytes);
    leuko_tf_table_writer_add(index, "", 0, bytes, n);
}

static void add_entry(LeukoTfTableWriter *index, const LeukoTensor *t, guint64 offset)
{
    Leuko__Ckpt__Dim sizes[LEUKO_MAX_DIMS], *list[LEUKO_MAX_DIMS];
    Leuko__Ckpt__Shape shape = LEUKO__CKPT__SHAPE__INIT;
    Leuko__Ckpt__BundleEntry entry = LEUKO__CKPT__BUNDLE_ENTRY__INIT;
    gsize n_bytes = t->n_values * sizeof(float);
    for (guint d = 0; d < t->n_dims; d++) {
        leuko__ckpt__dim__init(&sizes[d]);
        sizes[d].has_size = TRUE;
        sizes[d].size = (gint64)t->dims[d];
        list[d] = &sizes[d];
    }
    shape.n_dim = t->n_dims;
    shape.dim = list;
    entry.shape = &shape;
    entry.has_dtype = entry.has_size = entry.has_crc32c = TRUE;
    entry.has_offset = offset > 0; /* TensorFlow leaves zeros out, too */
    entry.dtype = DT_FLOAT;
    entry.offset = (gint64)offset;
    entry.size = (gint64)n_bytes;
    entry.crc32c = leuko_crc32c_mask(leuko_crc32c(t->data, n_bytes));
    gsize n = leuko__ckpt__bundle_entry__get_packed_size(&entry);
    g_autofree guint8 *bytes = g_malloc(n);
    leuko__ckpt__bundle_entry__pack(&entry, bytes);
    leuko_tf_table_writer_add(index, t->name, strlen(t->name), bytes, n);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    const LeukoTensor *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

/* Write the tensors to PREFIX.data-00000-of-00001, sorted by name; returns the index. */
static GBytes *write_data(const LeukoParams *params, LeukoDurable *data, GError **error)
{
    g_autoptr(GPtrArray) tensors = g_ptr_array_new();
    g_autoptr(LeukoTfTableWriter) index = leuko_tf_table_writer_new(FALSE);
    for (guint i = 0; i < leuko_params_n_tensors(params); i++)
        g_ptr_array_add(tensors, (gpointer)leuko_params_nth(params, i));
    g_ptr_array_sort(tensors, by_name);
    add_header(index);
    for (guint i = 0; i < tensors->len; i++) {
        const LeukoTensor *t = tensors->pdata[i];
        add_entry(index, t, leuko_durable_tell(data));
        if (!leuko_durable_write(data, t->data, t->n_values * sizeof(float), error))
            return NULL;
    }
    return leuko_tf_table_writer_end(index);
}

/* Write PREFIX.json. The digest of the index, which contains all checksums, binds it to the
 * checkpoint. */
static gboolean write_description(const LeukoModel *model, const char *index_sha256,
                                  LeukoDurable *file, GError **error)
{
    g_autoptr(json_t) json = leuko_model_to_json(model);
    json_object_set_new(json, "checkpoint", json_pack("{s:s}", "index_sha256", index_sha256));
    leuko_stamp_json(json);
    char *text = json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    gboolean good = leuko_durable_write(file, text, strlen(text), error);
    free(text);
    return good;
}

static LeukoDurable *begin(const char *prefix, const char *ending, GError **error)
{
    g_autofree gchar *path = g_strconcat(prefix, ending, NULL);
    return leuko_durable_new(path, error);
}

gboolean leuko_tf_checkpoint_save(const LeukoModel *model, const char *prefix, GError **error)
{
    g_autoptr(LeukoNet) net = leuko_net_new(&model->spec, error);
    if (!net || !leuko_params_check(model->params, net, "the model", error))
        return FALSE;
    if (g_file_test(prefix, G_FILE_TEST_IS_REGULAR)) { /* readers would open this file instead */
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: this file exists, but a checkpoint consists of %s.index and its data; "
                    "choose another name",
                    prefix, prefix);
        return FALSE;
    }
    g_autoptr(LeukoDurable) data = begin(prefix, ".data-00000-of-00001", error);
    g_autoptr(LeukoDurable) index = data ? begin(prefix, ".index", error) : NULL;
    g_autoptr(LeukoDurable) description = index ? begin(prefix, ".json", error) : NULL;
    g_autoptr(GBytes) table = description ? write_data(model->params, data, error) : NULL;
    if (!table)
        return FALSE;
    g_autofree gchar *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, table);
    /* the description first: until the index follows, its digest differs */
    LeukoDurable *const all[] = {description, data, index};
    return leuko_durable_write(index, g_bytes_get_data(table, NULL), g_bytes_get_size(table),
                               error) &&
           write_description(model, digest, description, error) &&
           leuko_durable_commit_all(all, G_N_ELEMENTS(all), error);
}
