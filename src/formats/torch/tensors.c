/* Converts the object that torch.save() wrote to tensors by name. */
#include "base/budget.h"
#include "base/error.h"
#include "base/io-error.h"
#include "base/plural.h"
#include "formats/numbers.h"
#include "formats/torch/file.h"
#include "formats/torch/torch.h"
#include <string.h>
#include <unistd.h>

enum { MAX_DEPTH = 8, MAX_NAME_BYTES = 1024 };

static const char *const type_names[] = {"F32", "F64", "F16", "BF16", "other"};

typedef struct {
    LeukoTorchFile *file;
    LeukoParams *params;
    GHashTable *types;  /* or NULL */
    LeukoBudget budget; /* of the whole file */
    guint n_integer;
    const char *object; /* the class of the first object that is no tensor, or NULL */
} Collector;

static gboolean broken(const Collector *c, const char *tensor, GError **error, const char *what)
{
    g_autofree gchar *shown = leuko_one_line_cut(tensor, 200);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: tensor \"%s\": %s", c->file->path,
                shown, what);
    return FALSE;
}

/* The layout of a tensor in its storage, in values. */
typedef struct {
    guint n_dims;
    gsize dims[LEUKO_MAX_DIMS], strides[LEUKO_MAX_DIMS];
    gsize offset, n_values, end; /* end: one past the last value that is read; 0 without values */
    gboolean contiguous;
} Strided;

static gboolean read_strides(const LeukoPickleValue *t, Strided *p)
{
    const LeukoPickleValue *view = t->storage->view, *view_offset = leuko_pickle_item(view, 1);
    gint64 base = view_offset && view_offset->kind == LEUKO_PICKLE_INT ? view_offset->integer : 0;
    p->n_dims = leuko_pickle_n_items(t->size);
    p->n_values = 1;
    if (p->n_dims > LEUKO_MAX_DIMS || leuko_pickle_n_items(t->stride) != p->n_dims ||
        t->offset < 0 || base < 0 || !g_size_checked_add(&p->offset, (gsize)t->offset, (gsize)base))
        return FALSE;
    gsize last = p->offset;
    for (guint i = 0; i < p->n_dims; i++) {
        const LeukoPickleValue *size = leuko_pickle_item(t->size, i),
                               *stride = leuko_pickle_item(t->stride, i);
        gsize reach;
        if (size->kind != LEUKO_PICKLE_INT || stride->kind != LEUKO_PICKLE_INT ||
            size->integer < 0 || stride->integer < 0)
            return FALSE;
        p->dims[i] = (gsize)size->integer;
        p->strides[i] = (gsize)stride->integer;
        if (!g_size_checked_mul(&p->n_values, p->n_values, p->dims[i]) ||
            !g_size_checked_mul(&reach, p->dims[i] ? p->dims[i] - 1 : 0, p->strides[i]) ||
            !g_size_checked_add(&last, last, reach))
            return FALSE;
    }
    p->end = p->n_values > 0 ? last + 1 : 0;
    p->contiguous = TRUE;
    gsize expected = 1;
    for (guint i = p->n_dims; i > 0; i--) {
        p->contiguous = p->contiguous && (p->dims[i - 1] == 1 || p->strides[i - 1] == expected);
        expected *= p->dims[i - 1];
    }
    return last < G_MAXSIZE;
}

static void convert(LeukoTorchType type, gconstpointer in, float *out, gsize n)
{
    switch (type) {
    case LEUKO_TORCH_F32:
        memcpy(out, in, n * sizeof *out);
        break;
    case LEUKO_TORCH_F64:
        leuko_double_to_float(in, out, n);
        break;
    case LEUKO_TORCH_F16:
        leuko_half_to_float(in, out, n);
        break;
    case LEUKO_TORCH_BF16:
        leuko_bfloat_to_float(in, out, n);
        break;
    case LEUKO_TORCH_OTHER:
        break;
    }
}

/* Copy the values of any strides into C order. */
static void gather(const LeukoPickleValue *storage, const guint8 *data, const Strided *p,
                   float *out)
{
    gsize index[LEUKO_MAX_DIMS] = {0}, at = p->offset;
    for (gsize i = 0; i < p->n_values; i++) {
        convert(storage->type, data + at * storage->value_bytes, out + i, 1);
        for (guint d = p->n_dims; d > 0; d--) {
            at += p->strides[d - 1];
            if (++index[d - 1] < p->dims[d - 1])
                break;
            at -= p->strides[d - 1] * p->dims[d - 1];
            index[d - 1] = 0;
        }
    }
}

static gboolean add_tensor(Collector *c, const char *name, const LeukoPickleValue *t,
                           GError **error)
{
    Strided p;
    gsize n_data, n_needed, n_out;
    if (t->storage->type == LEUKO_TORCH_OTHER) {
        c->n_integer++;
        return TRUE;
    }
    if (!g_utf8_validate(name, -1, NULL))
        return broken(c, name, error, "its name is not UTF-8");
    if (c->types)
        g_hash_table_insert(c->types, g_strdup(name), (gpointer)type_names[t->storage->type]);
    if (!read_strides(t, &p))
        return broken(c, name, error, "invalid offset, sizes or strides");
    GBytes *bytes = leuko_torch_file_storage(c->file, t->storage->text, error);
    if (!bytes)
        return FALSE;
    const guint8 *data = g_bytes_get_data(bytes, &n_data);
    if (!g_size_checked_mul(&n_needed, p.end, t->storage->value_bytes) || n_needed > n_data)
        return broken(c, name, error, "it extends beyond the end of its storage");
    gsize first = p.n_values > 0 ? p.offset * t->storage->value_bytes : 0;
    if (t->storage->type == LEUKO_TORCH_F32 && p.contiguous && n_data > 0 &&
        (guintptr)(data + first) % sizeof(float) == 0)
        return leuko_params_add_borrowed(c->params, name, p.n_dims, p.dims,
                                         (const float *)(gconstpointer)(data + first), bytes,
                                         error);
    /* with strides of 0 or shared storages, a small file could need much memory */
    if (!g_size_checked_mul(&n_out, p.n_values, sizeof(float)) ||
        !leuko_budget_heap(&c->budget, n_out) || !leuko_budget_steps(&c->budget, p.n_values))
        return broken(c, name, error, "the tensors are many times larger than the file");
    float *out;
    if (!leuko_params_add(c->params, name, p.n_dims, p.dims, &out, error))
        return FALSE;
    if (p.contiguous && p.n_values > 0)
        convert(t->storage->type, data + first, out, p.n_values);
    else
        gather(t->storage, data, &p, out);
    return TRUE;
}

static gboolean collect(Collector *c, const char *name, const LeukoPickleValue *v, guint depth,
                        GError **error);

static gboolean collect_below(Collector *c, const char *name, const char *key,
                              const LeukoPickleValue *v, guint depth, GError **error)
{
    g_autofree gchar *joined = *name ? g_strconcat(name, ".", key, NULL) : g_strdup(key);
    return collect(c, joined, v, depth + 1, error);
}

static gboolean collect(Collector *c, const char *name, const LeukoPickleValue *v, guint depth,
                        GError **error)
{
    guint n = leuko_pickle_n_items(v);
    if (!leuko_budget_steps(&c->budget, 16 + strlen(name))) /* the copies of the name, too */
        return leuko_budget_fail(&c->budget, error);
    if (strlen(name) > MAX_NAME_BYTES)
        return broken(c, name, error, "a name of more than 1024 bytes: not a file of weights");
    if (depth > MAX_DEPTH)
        return TRUE; /* only a cycle is that deep, not a state_dict */
    if (v->kind == LEUKO_PICKLE_TENSOR)
        return add_tensor(c, *name ? name : "tensor", v, error);
    if (v->kind == LEUKO_PICKLE_OPAQUE && v->of && !c->object)
        c->object = leuko_pickle_class(v);
    for (guint i = 0; v->kind == LEUKO_PICKLE_LIST && i < n; i++) {
        g_autofree gchar *key = g_strdup_printf("%u", i);
        if (!collect_below(c, name, key, v->items[i], depth, error))
            return FALSE;
    }
    for (guint i = 0; v->kind == LEUKO_PICKLE_DICT && i + 1 < n; i += 2) {
        const LeukoPickleValue *key = v->items[i];
        gint64 integer = key->kind == LEUKO_PICKLE_INT ? key->integer : 0;
        g_autofree gchar *number = g_strdup_printf("%" G_GINT64_FORMAT, integer);
        if (!collect_below(c, name, key->kind == LEUKO_PICKLE_TEXT ? key->text : number,
                           v->items[i + 1], depth, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean holds_tensor(const LeukoPickleValue *dict)
{
    guint n = dict && dict->kind == LEUKO_PICKLE_DICT ? leuko_pickle_n_items(dict) : 0;
    for (guint i = 1; i < n; i += 2)
        if (dict->items[i]->kind == LEUKO_PICKLE_TENSOR)
            return TRUE;
    return FALSE;
}

/* The usual keys of the weights in a training checkpoint; "state_dict" is Lightning's. */
static const char *const usual_keys[] = {"state_dict",     "model_state_dict", "model",   "net",
                                         "module",         "network",          "weights", "params",
                                         "state_dict_ema", "model_ema",        "ema"};

/* The only dictionary of tensors under a usual key; NULL: none. *several: more than one. */
static const LeukoPickleValue *only_weights(const LeukoPickleValue *dict, gboolean *several)
{
    const LeukoPickleValue *found = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(usual_keys); i++) {
        const LeukoPickleValue *inner = leuko_pickle_get(dict, usual_keys[i]);
        if (!holds_tensor(inner))
            continue;
        *several = *several || found;
        found = inner;
    }
    return found;
}

/* The dictionary of weights in a training checkpoint. Where there are several (a moving average
 * beside the weights), and else, the object itself: the names then begin with the keys. */
static const LeukoPickleValue *find_weights(const LeukoPickleValue *root)
{
    gboolean several = FALSE;
    if (holds_tensor(root))
        return root;
    const LeukoPickleValue *found = only_weights(root, &several);
    for (gsize i = 0; !found && i < G_N_ELEMENTS(usual_keys); i++)
        found = only_weights(leuko_pickle_get(root, usual_keys[i]), &several);
    return found && !several ? found : root;
}

/* No tensor was found: say what the file holds instead. */
static void refuse(const Collector *c, GError **error)
{
    const char *path = c->file->path;
    g_autofree gchar *why = c->object ? leuko_torch_global_refusal(c->object) : NULL;
    if (why)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, "%s: its pickle %s", path, why);
    else
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: contains no floating-point tensor (%u integer %s)", path, c->n_integer,
                    LEUKO_PLURAL(c->n_integer, "tensor"));
}

LeukoParams *leuko_torch_tensors(const char *path, GError **error)
{
    return leuko_torch_tensors_typed(path, NULL, error);
}

typedef enum { NONE, ZIP, LEGACY } Container;

/* By the first bytes: a zip file, or a pickle of protocol 2 to 5. */
static Container find_container(const char *path, GError **error)
{
    guint8 p[4];
    guint64 n_bytes;
    int fd = leuko_open_regular(path, &n_bytes, error);
    if (fd < 0)
        return NONE;
    gssize n = leuko_pread_all(fd, p, sizeof p, 0);
    close(fd);
    if (n >= 4 && memcmp(p, "PK\3\4", 4) == 0)
        return ZIP;
    if (n >= 2 && p[0] == 0x80 && p[1] >= 2 && p[1] <= 5)
        return LEGACY;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: not a file that torch.save() wrote: neither a zip file nor a pickle", path);
    return NONE;
}

LeukoParams *leuko_torch_tensors_typed(const char *path, GHashTable *types, GError **error)
{
    Container container = find_container(path, error);
    if (container == NONE)
        return NULL;
    g_autoptr(LeukoTorchFile) file =
        container == ZIP ? leuko_torch_zip_open(path, error) : leuko_torch_legacy_open(path, error);
    if (!file)
        return NULL;
    g_autoptr(LeukoParams) params = leuko_params_new();
    Collector c = {.file = file, .params = params, .types = types};
    leuko_budget_start(&c.budget, path, file->file_bytes);
    gboolean good = collect(&c, "", find_weights(leuko_pickle_root(file->pickle)), 0, error);
    leuko_budget_end(&c.budget);
    if (!good)
        return NULL;
    if (leuko_params_n_tensors(params) == 0) {
        refuse(&c, error);
        return NULL;
    }
    return g_steal_pointer(&params);
}
