#include "base/crc32c.h"
#include "base/durable.h"
#include "base/json.h"
#include "formats/model-json.h"
#include "formats/stamp.h"
#include "formats/tf/checkpoint.h"
#include "leuko/error.h"
#include "proto/checkpoint.pb-c.h"
#include <string.h>

enum { DT_FLOAT = 1, DT_UINT8 = 4, VERSION = 1 };

/* A tensor of the file, borrowed. */
typedef struct {
    const char *name;
    gint dtype;
    guint n_dims;
    const gsize *dims;
    gconstpointer data;
    gsize n_bytes;
} Part;

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

static void add_entry(LeukoTfTableWriter *index, const Part *t, guint64 offset)
{
    Leuko__Ckpt__Dim sizes[LEUKO_MAX_DIMS], *list[LEUKO_MAX_DIMS];
    Leuko__Ckpt__Shape shape = LEUKO__CKPT__SHAPE__INIT;
    Leuko__Ckpt__BundleEntry entry = LEUKO__CKPT__BUNDLE_ENTRY__INIT;
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
    entry.dtype = t->dtype;
    entry.offset = (gint64)offset;
    entry.size = (gint64)t->n_bytes;
    entry.crc32c = leuko_crc32c_mask(leuko_crc32c(t->data, t->n_bytes));
    gsize n = leuko__ckpt__bundle_entry__get_packed_size(&entry);
    g_autofree guint8 *bytes = g_malloc(n);
    leuko__ckpt__bundle_entry__pack(&entry, bytes);
    leuko_tf_table_writer_add(index, t->name, strlen(t->name), bytes, n);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(((const Part *)a)->name, ((const Part *)b)->name);
}

/* The variables, and the digests of the training images. owned: gets their names and shapes. */
static GArray *collect_parts(const LeukoModel *model, GPtrArray *owned)
{
    GArray *parts = g_array_new(FALSE, FALSE, sizeof(Part));
    for (guint i = 0; i < leuko_params_n_tensors(model->params); i++) {
        const LeukoTensor *t = leuko_params_nth(model->params, i);
        const Part part = {t->name, DT_FLOAT, t->n_dims,
                           t->dims, t->data,  t->n_values * sizeof(float)};
        g_array_append_val(parts, part);
    }
    for (guint i = 0; i < model->training->len; i++) {
        const LeukoTrainingList *l = model->training->pdata[i];
        if (!l->images || l->n_images == 0)
            continue;
        gchar *name = leuko_training_tensor(i);
        gsize n_bytes, *dims = g_new(gsize, 2);
        gconstpointer bytes = g_bytes_get_data(l->images, &n_bytes);
        dims[0] = l->n_images;
        dims[1] = leuko_training_image_bytes(l->version);
        g_ptr_array_add(owned, name);
        g_ptr_array_add(owned, dims);
        const Part part = {name, DT_UINT8, 2, dims, bytes, n_bytes};
        g_array_append_val(parts, part);
    }
    g_array_sort(parts, by_name);
    return parts;
}

/* Write the tensors to PREFIX.data-00000-of-00001, sorted by name; returns the index. */
static GBytes *write_data(const LeukoModel *model, LeukoDurable *data, GError **error)
{
    g_autoptr(GPtrArray) owned = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) parts = collect_parts(model, owned);
    g_autoptr(LeukoTfTableWriter) index = leuko_tf_table_writer_new(FALSE);
    add_header(index);
    for (guint i = 0; i < parts->len; i++) {
        const Part *part = &g_array_index(parts, Part, i);
        add_entry(index, part, leuko_durable_tell(data));
        if (!leuko_durable_write(data, part->data, part->n_bytes, error))
            return NULL;
    }
    return leuko_tf_table_writer_end(index);
}

/* Write PREFIX.json. The digest of the index, which contains all checksums, binds it to the
 * checkpoint. */
static gboolean write_description(const LeukoModel *model, const char *index_sha256,
                                  LeukoDurable *file, GError **error)
{
    g_autoptr(json_t) json = leuko_model_to_json_apart(model);
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
    g_autoptr(GBytes) table = description ? write_data(model, data, error) : NULL;
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
