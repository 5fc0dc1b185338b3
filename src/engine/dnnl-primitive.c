#include "engine/dnnl-primitive.h"
#include <string.h>

/* --- memory descriptors --- */

enum { MAX_DIMS = 5 };

typedef struct {
    int n_dims;
    dnnl_dim_t dims[MAX_DIMS]; /* unused ones are 0 */
    dnnl_data_type_t type;
    dnnl_format_tag_t tag;
} DescKey;

static guint hash_key(gconstpointer data)
{
    const DescKey *key = data;
    guint hash = (guint)key->type * 31 + (guint)key->tag;
    for (int i = 0; i < key->n_dims; i++)
        hash = hash * 1000003 + (guint)key->dims[i];
    return hash;
}

static gboolean equal_keys(gconstpointer a, gconstpointer b)
{
    const DescKey *x = a, *y = b;
    return x->n_dims == y->n_dims && x->type == y->type && x->tag == y->tag &&
           memcmp(x->dims, y->dims, sizeof x->dims) == 0;
}

/* The table only grows, by one descriptor per distinct shape: a few hundred for a network. */
LeukoMemoryDesc leuko_dnnl_desc(int n_dims, const dnnl_dim_t *dims, dnnl_data_type_t type,
                                dnnl_format_tag_t tag)
{
    static GHashTable *table; /* DescKey to descriptor */
    static GMutex mutex;
    g_assert(n_dims >= 1 && n_dims <= MAX_DIMS);
    DescKey key = {.n_dims = n_dims, .type = type, .tag = tag};
    memcpy(key.dims, dims, (gsize)n_dims * sizeof *dims);
    g_mutex_lock(&mutex);
    if (!table)
        table = g_hash_table_new(hash_key, equal_keys);
    LeukoMemoryDesc md = g_hash_table_lookup(table, &key);
    if (!md) {
        md = leuko_dnnl_make_desc(n_dims, dims, type, tag);
        g_hash_table_insert(table, g_memdup2(&key, sizeof key), (gpointer)md);
    }
    g_mutex_unlock(&mutex);
    return md;
}

/* --- primitive descriptors -------------------------------------------------------------------- */

/* Make the attributes of a primitive; the caller destroys *attr, also after an error. */
static gboolean make_attr(dnnl_primitive_attr_t *attr, const LeukoDnnlExtra *extra, int scaled_arg,
                          GError **error)
{
    g_auto(dnnl_post_ops_t) ops = NULL;
    return leuko_dnnl_ok(dnnl_primitive_attr_create(attr), error, "attributes") &&
           leuko_dnnl_ok(dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user),
                         error, "scratchpad mode") &&
           (!extra ||
            (leuko_dnnl_ok(leuko_dnnl_set_scales(*attr, extra, scaled_arg), error, "scales") &&
             leuko_dnnl_ok(dnnl_post_ops_create(&ops), error, "post-operations") &&
             (!extra->added ||
              leuko_dnnl_ok(dnnl_post_ops_append_binary(ops, dnnl_binary_add, extra->added), error,
                            "addition")) &&
             (!extra->relu || leuko_dnnl_ok(leuko_dnnl_append_relu(ops), error, "ReLU")) &&
             leuko_dnnl_ok(dnnl_primitive_attr_set_post_ops(*attr, ops), error,
                           "post-operations")));
}

gboolean leuko_dnnl_conv(dnnl_primitive_desc_t *desc, dnnl_prop_kind_t pass,
                         const LeukoDnnlConv *conv, const LeukoDnnlExtra *extra, GError **error)
{
    dnnl_engine_t engine = leuko_dnnl_engine(error);
    g_auto(dnnl_primitive_attr_t) attr = NULL;
    return engine && make_attr(&attr, extra, DNNL_ARG_WEIGHTS, error) &&
           leuko_dnnl_ok(leuko_dnnl_make_conv(desc, engine, pass, conv, attr), error,
                         "convolution %s", conv->name);
}

gboolean leuko_dnnl_pool(dnnl_primitive_desc_t *desc, const LeukoDnnlPool *pool,
                         const LeukoDnnlExtra *extra, GError **error)
{
    dnnl_engine_t engine = leuko_dnnl_engine(error);
    g_auto(dnnl_primitive_attr_t) attr = NULL;
    return engine && make_attr(&attr, extra, DNNL_ARG_FROM, error) &&
           leuko_dnnl_ok(leuko_dnnl_make_pool(desc, engine, pool, attr), error, "pooling %s",
                         pool->name);
}

gboolean leuko_dnnl_reorder(dnnl_primitive_desc_t *desc, const char *name, LeukoMemoryDesc from,
                            LeukoMemoryDesc to, const LeukoDnnlExtra *extra, GError **error)
{
    dnnl_engine_t engine = leuko_dnnl_engine(error);
    g_auto(dnnl_primitive_attr_t) attr = NULL;
    return engine && make_attr(&attr, extra, DNNL_ARG_FROM, error) &&
           leuko_dnnl_ok(dnnl_reorder_primitive_desc_create(desc, from, engine, to, engine, attr),
                         error, "%s", name);
}

gboolean leuko_dnnl_convert(dnnl_stream_t stream, LeukoMemoryDesc from, const void *data,
                            LeukoMemoryDesc to, void *out, GError **error)
{
    g_auto(dnnl_primitive_desc_t) pd = NULL;
    g_auto(dnnl_primitive_t) reorder = NULL;
    if (!leuko_dnnl_reorder(&pd, "reorder", from, to, NULL, error))
        return FALSE;
    LeukoMemoryDesc scratch_md = leuko_dnnl_query(pd, dnnl_query_scratchpad_md, 0);
    void *scratch = leuko_dnnl_alloc(dnnl_memory_desc_get_size(scratch_md), error);
    g_auto(dnnl_memory_t) source = leuko_dnnl_memory_new(from, (void *)data, error);
    g_auto(dnnl_memory_t) target = source ? leuko_dnnl_memory_new(to, out, error) : NULL;
    g_auto(dnnl_memory_t) space =
        target && scratch ? leuko_dnnl_memory_new(scratch_md, scratch, error) : NULL;
    const dnnl_exec_arg_t args[] = {
        {DNNL_ARG_FROM, source}, {DNNL_ARG_TO, target}, {DNNL_ARG_SCRATCHPAD, space}};
    gboolean ok = space && leuko_dnnl_ok(dnnl_primitive_create(&reorder, pd), error, "reorder") &&
                  leuko_dnnl_ok(dnnl_primitive_execute(reorder, stream, G_N_ELEMENTS(args), args),
                                error, "reorder") &&
                  leuko_dnnl_ok(dnnl_stream_wait(stream), error, "reorder");
    leuko_dnnl_free(scratch);
    return ok;
}
