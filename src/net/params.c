#include "net/params.h"
#include "base/error.h"
#include "base/plural.h"
#include "base/rng.h"
#include "leuko/error.h"
#include <float.h>
#include <math.h>
#include <string.h>

typedef struct {
    LeukoTensor tensor; /* first member: the address of a tensor is the address of its entry */
    gchar *name;
    float *owned;  /* or NULL: borrowed */
    GBytes *owner; /* keeps borrowed memory alive */
} Entry;

struct LeukoParams {
    gatomicrefcount n_refs;
    GPtrArray *entries;  /* of Entry, in order added */
    GHashTable *by_name; /* name -> Entry; the key is the entry's own name */
};

static void entry_clear(Entry *entry)
{
    g_clear_pointer(&entry->name, g_free);
    g_clear_pointer(&entry->owned, g_free);
    g_clear_pointer(&entry->owner, g_bytes_unref);
}

static void entry_free(gpointer data)
{
    entry_clear(data);
    g_free(data);
}

LeukoParams *leuko_params_new(void)
{
    LeukoParams *params = g_new0(LeukoParams, 1);
    g_atomic_ref_count_init(&params->n_refs);
    params->entries = g_ptr_array_new_with_free_func(entry_free);
    params->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    return params;
}

LeukoParams *leuko_params_ref(LeukoParams *params)
{
    g_atomic_ref_count_inc(&params->n_refs);
    return params;
}

void leuko_params_unref(LeukoParams *params)
{
    if (!params || !g_atomic_ref_count_dec(&params->n_refs))
        return;
    g_hash_table_unref(params->by_name);
    g_ptr_array_unref(params->entries);
    g_free(params);
}

/* Set the shape of `tensor` and its size in *bytes. */
static gboolean describe(LeukoTensor *tensor, const char *name, guint n_dims, const gsize *dims,
                         gsize *bytes, GError **error)
{
    gboolean fits = n_dims <= LEUKO_MAX_DIMS;
    tensor->n_dims = n_dims;
    tensor->n_values = 1;
    for (guint i = 0; fits && i < n_dims; i++) {
        tensor->dims[i] = dims[i];
        fits = g_size_checked_mul(&tensor->n_values, tensor->n_values, dims[i]);
    }
    if (!fits || !g_size_checked_mul(bytes, tensor->n_values, sizeof(float))) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "tensor %s: more than %u dimensions or too many values", name, LEUKO_MAX_DIMS);
        return FALSE;
    }
    return TRUE;
}

/* No network has as many tensors; a hostile file has. */
static gboolean has_room(const LeukoParams *params, const char *name, GError **error)
{
    if (params->entries->len < LEUKO_PARAMS_MAX_TENSORS)
        return TRUE;
    return leuko_fail(LEUKO_ERROR_FORMAT, error, "tensor %s: more than %d tensors", name,
                      LEUKO_PARAMS_MAX_TENSORS);
}

/* Take over `fresh`: replace the entry of the same name, or append it. */
static void store(LeukoParams *params, Entry fresh)
{
    fresh.tensor.name = fresh.name;
    Entry *entry = g_hash_table_lookup(params->by_name, fresh.name);
    if (entry) {
        g_hash_table_remove(params->by_name, fresh.name);
        entry_clear(entry);
    } else {
        entry = g_new0(Entry, 1);
        g_ptr_array_add(params->entries, entry);
    }
    *entry = fresh;
    g_hash_table_insert(params->by_name, entry->name, entry);
}

gboolean leuko_params_add(LeukoParams *params, const char *name, guint n_dims, const gsize *dims,
                          float **out, GError **error)
{
    Entry fresh = {0};
    gsize bytes;
    if (!has_room(params, name, error) ||
        !describe(&fresh.tensor, name, n_dims, dims, &bytes, error))
        return FALSE;
    fresh.owned = g_try_malloc0(MAX(bytes, 1));
    if (!fresh.owned) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "tensor %s: no memory for %zu bytes",
                    name, bytes);
        return FALSE;
    }
    fresh.tensor.data = fresh.owned;
    fresh.name = g_strdup(name);
    store(params, fresh);
    if (out)
        *out = fresh.owned;
    return TRUE;
}

gboolean leuko_params_add_borrowed(LeukoParams *params, const char *name, guint n_dims,
                                   const gsize *dims, const float *data, GBytes *owner,
                                   GError **error)
{
    Entry fresh = {0};
    gsize bytes;
    g_assert(((guintptr)data & 3) == 0);
    if (!has_room(params, name, error) ||
        !describe(&fresh.tensor, name, n_dims, dims, &bytes, error))
        return FALSE;
    fresh.tensor.data = data;
    fresh.owner = owner ? g_bytes_ref(owner) : NULL;
    fresh.name = g_strdup(name);
    store(params, fresh);
    return TRUE;
}

gboolean leuko_params_remove(LeukoParams *params, const char *name)
{
    Entry *entry = g_hash_table_lookup(params->by_name, name);
    if (!entry)
        return FALSE;
    g_hash_table_remove(params->by_name, name);
    g_ptr_array_remove(params->entries, entry);
    return TRUE;
}

guint leuko_params_n_tensors(const LeukoParams *params) { return params->entries->len; }

const LeukoTensor *leuko_params_nth(const LeukoParams *params, guint index)
{
    g_assert(index < params->entries->len);
    return g_ptr_array_index(params->entries, index);
}

const LeukoTensor *leuko_params_find(const LeukoParams *params, const char *name)
{
    return g_hash_table_lookup(params->by_name, name);
}

gchar *leuko_param_name(const LeukoLayer *layer, const char *variable)
{
    return g_strconcat("InceptionV3/", layer->name, "/", variable, NULL);
}

/* --- tensors of a network ------------------------------------------------------------------- */

typedef struct {
    const char *variable;
    gboolean optional;
    guint n_dims;
    gsize dims[4];
    float value; /* initial value; weights are random instead */
} Need;

/* List the variables of one convolution in slim's order; returns their number. */
static guint layer_needs(const LeukoLayer *layer, Need needs[5])
{
    gsize oc = layer->out_channels;
    guint n = 0;
    needs[n++] =
        (Need){"weights", FALSE, 4, {layer->kernel_h, layer->kernel_w, layer->in_channels, oc}, 0};
    if (layer->batch_norm) {
        needs[n++] = (Need){"BatchNorm/gamma", TRUE, 1, {oc}, 1};
        needs[n++] = (Need){"BatchNorm/beta", FALSE, 1, {oc}, 0};
        needs[n++] = (Need){"BatchNorm/moving_mean", FALSE, 1, {oc}, 0};
        needs[n++] = (Need){"BatchNorm/moving_variance", FALSE, 1, {oc}, 1};
    }
    if (layer->bias)
        needs[n++] = (Need){"biases", FALSE, 1, {oc}, 0};
    return n;
}

static gchar *shape_text(guint n_dims, const gsize *dims)
{
    GString *text = g_string_new("(");
    for (guint i = 0; i < n_dims; i++)
        g_string_append_printf(text, "%s%zu", i ? ", " : "", dims[i]);
    g_string_append_c(text, ')');
    return g_string_free(text, FALSE);
}

static gboolean check_shape(const LeukoTensor *tensor, const Need *need, const char *source_name,
                            GError **error)
{
    if (tensor->n_dims == need->n_dims &&
        memcmp(tensor->dims, need->dims, need->n_dims * sizeof *need->dims) == 0)
        return TRUE;
    g_autofree gchar *has = shape_text(tensor->n_dims, tensor->dims);
    g_autofree gchar *wants = shape_text(need->n_dims, need->dims);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s: %s has shape %s, the network needs %s",
                source_name, tensor->name, has, wants);
    return FALSE;
}

static const guint32 INFINITE_BITS = 0x7f800000u;

/* The bits of the largest magnitude. The bits of magnitudes are in the order of their values, with
 * infinity and NaN above all others. */
static guint32 largest_bits(gconstpointer data, gsize n)
{
    guint32 largest = 0;
    for (gsize i = 0; i < n; i++) {
        guint32 bits;
        memcpy(&bits, (const guint8 *)data + 4 * i, sizeof bits);
        bits &= 0x7fffffffu;
        largest = MAX(largest, bits);
    }
    return largest;
}

gboolean leuko_floats_are_finite(gconstpointer data, gsize n)
{
    return largest_bits(data, n) < INFINITE_BITS;
}

static const LeukoTensor *variable(const LeukoParams *params, const LeukoLayer *layer,
                                   const char *name)
{
    g_autofree gchar *full = leuko_param_name(layer, name);
    return leuko_params_find(params, full);
}

/* The weights that a batch norm makes of finite ones (engine/fold.h) must be finite: the ReLU
 * behind them turns NaN into 0, so the outputs would not show it.
 * bits  largest_bits() of the layer's weights */
static gboolean check_batch_norm(const LeukoParams *params, const LeukoLayer *layer, guint32 bits,
                                 const char *source_name, GError **error)
{
    const LeukoTensor *gamma = variable(params, layer, "BatchNorm/gamma"),
                      *beta = variable(params, layer, "BatchNorm/beta"),
                      *mean = variable(params, layer, "BatchNorm/moving_mean"),
                      *variance = variable(params, layer, "BatchNorm/moving_variance");
    float largest;
    if (!beta || !mean || !variance)
        return TRUE; /* the caller names what is missing */
    memcpy(&largest, &bits, sizeof largest);
    for (guint o = 0; o < layer->out_channels; o++) {
        double scale = (gamma ? gamma->data[o] : 1.0) /
                       sqrt((double)variance->data[o] + (double)LEUKO_BATCH_NORM_EPSILON);
        if (fabs(scale) * largest <= FLT_MAX &&
            fabs(beta->data[o] - mean->data[o] * scale) <= FLT_MAX)
            continue;
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: InceptionV3/%s: the batch norm makes weights that are not finite "
                    "(channel %u): the file is damaged, or its training diverged",
                    source_name, layer->name, o);
        return FALSE;
    }
    return TRUE;
}

static gboolean check_values(const LeukoTensor *tensor, guint32 bits, const char *source_name,
                             GError **error)
{
    const char *wrong =
        bits < INFINITE_BITS ? NULL : "holds a value that is not finite (NaN or infinity)";
    gboolean variance = g_str_has_suffix(tensor->name, "/BatchNorm/moving_variance");
    for (gsize i = 0; !wrong && variance && i < tensor->n_values; i++)
        if (!(tensor->data[i] >= 0))
            wrong = "holds a negative variance";
    if (wrong)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: %s %s: the file is damaged, or its "
                    "training diverged",
                    source_name, tensor->name, wrong);
    return !wrong;
}

/* Check the layers from `first` on. */
static gboolean check_from(const LeukoParams *params, const LeukoNet *net, guint first,
                           gboolean values, const char *source_name, GError **error)
{
    g_autoptr(GString) missing = g_string_new(NULL);
    guint n_missing = 0;
    for (guint i = first; i < leuko_net_n_layers(net); i++) {
        const LeukoLayer *layer = leuko_net_layer(net, i);
        Need needs[5];
        guint n = layer->kind == LEUKO_LAYER_CONV ? layer_needs(layer, needs) : 0;
        guint32 weights_bits = 0;
        for (guint j = 0; j < n; j++) {
            g_autofree gchar *name = leuko_param_name(layer, needs[j].variable);
            const LeukoTensor *tensor = leuko_params_find(params, name);
            if (tensor && !check_shape(tensor, &needs[j], source_name, error))
                return FALSE;
            guint32 bits = tensor && values ? largest_bits(tensor->data, tensor->n_values) : 0;
            if (tensor && values && !check_values(tensor, bits, source_name, error))
                return FALSE;
            if (strcmp(needs[j].variable, "weights") == 0)
                weights_bits = bits;
            if (!tensor && !needs[j].optional && n_missing++ < 4)
                g_string_append_printf(missing, "%s%s", missing->len ? ", " : "", name);
        }
        if (values && n > 0 && layer->batch_norm &&
            !check_batch_norm(params, layer, weights_bits, source_name, error))
            return FALSE;
    }
    if (n_missing == 0)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s: %u %s missing: %s%s", source_name,
                n_missing, leuko_plural(n_missing, "tensor is", "tensors are"), missing->str,
                n_missing > 4 ? ", ..." : "");
    return FALSE;
}

gboolean leuko_params_check(const LeukoParams *params, const LeukoNet *net, const char *source_name,
                            GError **error)
{
    return check_from(params, net, 0, TRUE, source_name, error);
}

gboolean leuko_params_check_shapes(const LeukoParams *params, const LeukoNet *net,
                                   const char *source_name, GError **error)
{
    return check_from(params, net, 0, FALSE, source_name, error);
}

gboolean leuko_params_check_head(const LeukoParams *params, const LeukoNet *net,
                                 const char *source_name, GError **error)
{
    return check_from(params, net, leuko_net_endpoint_layer(net) + 1, FALSE, source_name, error);
}

static gboolean all_near(const LeukoTensor *tensor, float value)
{
    for (gsize i = 0; i < tensor->n_values; i++)
        if (!(fabsf(tensor->data[i] - value) <= 1e-6f))
            return FALSE;
    return TRUE;
}

gboolean leuko_params_batch_norm_is_folded(const LeukoParams *params)
{
    gboolean any = FALSE;
    for (guint i = 0; i < params->entries->len; i++) {
        const LeukoTensor *tensor = g_ptr_array_index(params->entries, i);
        if (g_str_has_suffix(tensor->name, "/BatchNorm/moving_variance")) {
            any = TRUE;
            if (!all_near(tensor, 1.0f - LEUKO_BATCH_NORM_EPSILON))
                return FALSE;
        } else if (g_str_has_suffix(tensor->name, "/BatchNorm/moving_mean")) {
            if (!all_near(tensor, 0.0f))
                return FALSE;
        } else if (g_str_has_suffix(tensor->name, "/BatchNorm/gamma")) {
            if (!all_near(tensor, 1.0f))
                return FALSE;
        }
    }
    return any;
}

typedef struct {
    float *values;
    gsize n_values;
    double sd;
    const char *name;
} Draw;

LeukoParams *leuko_params_new_random(const LeukoNet *net, guint64 seed, GError **error)
{
    g_autoptr(LeukoParams) params = leuko_params_new();
    g_autoptr(GArray) draws = g_array_new(FALSE, FALSE, sizeof(Draw));
    for (guint i = 0; i < leuko_net_n_layers(net); i++) {
        const LeukoLayer *layer = leuko_net_layer(net, i);
        Need needs[5];
        guint n = layer->kind == LEUKO_LAYER_CONV ? layer_needs(layer, needs) : 0;
        for (guint j = 0; j < n; j++) {
            if (needs[j].optional)
                continue;
            g_autofree gchar *name = leuko_param_name(layer, needs[j].variable);
            float *values;
            if (!leuko_params_add(params, name, needs[j].n_dims, needs[j].dims, &values, error))
                return NULL;
            const LeukoTensor *tensor = leuko_params_find(params, name);
            for (gsize v = 0; j > 0 && v < tensor->n_values; v++)
                values[v] = needs[j].value;
            if (j == 0) {
                Draw draw = {values, tensor->n_values, layer->init_sd, tensor->name};
                g_array_append_val(draws, draw);
            }
        }
    }
#pragma omp parallel for schedule(dynamic)
    for (guint i = 0; i < draws->len; i++) {
        const Draw *draw = &g_array_index(draws, Draw, i);
        LeukoRng rng;
        leuko_rng_init(&rng, seed, draw->name, 0);
        for (gsize v = 0; v < draw->n_values; v++)
            draw->values[v] = (float)leuko_rng_truncated_normal(&rng, 0, draw->sd);
    }
    return g_steal_pointer(&params);
}

/* --- digest --------------------------------------------------------------------------------- */

static gint compare_names(gconstpointer a, gconstpointer b)
{
    const LeukoTensor *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

gchar *leuko_params_digest(const LeukoParams *params)
{
    g_autoptr(GPtrArray) sorted = g_ptr_array_copy(params->entries, NULL, NULL);
    g_ptr_array_set_free_func(sorted, NULL);
    g_ptr_array_sort(sorted, compare_names);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    for (guint i = 0; i < sorted->len; i++) {
        const LeukoTensor *tensor = g_ptr_array_index(sorted, i);
        g_autofree gchar *shape = shape_text(tensor->n_dims, tensor->dims);
        g_checksum_update(sum, (const guchar *)tensor->name, (gssize)strlen(tensor->name) + 1);
        g_checksum_update(sum, (const guchar *)shape, (gssize)strlen(shape) + 1);
        g_checksum_update(sum, (const guchar *)tensor->data,
                          (gssize)(tensor->n_values * sizeof(float)));
    }
    return g_strdup(g_checksum_get_string(sum));
}

static gboolean copy_tensor(LeukoParams *to, const LeukoTensor *t, GError **error)
{
    float *data;
    if (!leuko_params_add(to, t->name, t->n_dims, t->dims, &data, error))
        return FALSE;
    memcpy(data, t->data, t->n_values * sizeof *data);
    return TRUE;
}

gboolean leuko_params_copy_layer(LeukoParams *to, const LeukoParams *from, const LeukoLayer *layer,
                                 GError **error)
{
    static const char *const variables[] = {"weights",
                                            "biases",
                                            "BatchNorm/gamma",
                                            "BatchNorm/beta",
                                            "BatchNorm/moving_mean",
                                            "BatchNorm/moving_variance"};
    for (gsize i = 0; i < G_N_ELEMENTS(variables); i++) {
        g_autofree gchar *name = leuko_param_name(layer, variables[i]);
        const LeukoTensor *t = leuko_params_find(from, name);
        if (t && !copy_tensor(to, t, error))
            return FALSE;
    }
    return TRUE;
}
