/* torchvision's and timm's names, below any prefix, with a classifier of any name. */
#include "base/error.h"
#include "base/plural.h"
#include "formats/layer-names.h"
#include <string.h>

static const char FIRST[] = "Conv2d_1a_3x3.conv.weight";

typedef struct {
    const LeukoParams *tensors;
    GPtrArray *prefixes; /* of the networks; [0] is the one that is taken */
    GPtrArray *copies;   /* prefixes of second names of these networks */
    GHashTable *known;   /* names of all tensors of these networks */
} Torch;

/* --- names that wrappers add ------------------------------------------------------------------ */

static const char *const wrappers[] = {"_orig_mod.", "_fsdp_wrapped_module.",
                                       "_checkpoint_wrapped_module."};

/* A name without the parts that wrappers add. g_free. */
static gchar *unwrapped(const char *name)
{
    gchar *left = g_strdup(name);
    for (gsize i = 0; i < G_N_ELEMENTS(wrappers); i++) {
        g_auto(GStrv) parts = g_strsplit(left, wrappers[i], -1);
        g_free(left);
        left = g_strjoinv("", parts);
    }
    return left;
}

/* The same tensors under their names without wrappers; a new reference. */
static LeukoParams *without_wrappers(const LeukoParams *tensors, GError **error)
{
    g_autoptr(LeukoParams) bare = leuko_params_new();
    g_autoptr(GBytes) owner = g_bytes_new_with_free_func(
        NULL, 0, (GDestroyNotify)leuko_params_unref, leuko_params_ref((LeukoParams *)tensors));
    gboolean changed = FALSE;
    for (guint i = 0; i < leuko_params_n_tensors(tensors); i++) {
        const LeukoTensor *t = leuko_params_nth(tensors, i);
        g_autofree gchar *name = unwrapped(t->name);
        changed = changed || strcmp(name, t->name) != 0;
        if (!leuko_params_add_borrowed(bare, name, t->n_dims, t->dims, t->data, owner, error))
            return NULL;
    }
    return changed ? g_steal_pointer(&bare) : leuko_params_ref((LeukoParams *)tensors);
}

/* --- which network ---------------------------------------------------------------------------- */

static void find_prefixes(Torch *t)
{
    for (guint i = 0; i < leuko_params_n_tensors(t->tensors); i++) {
        const char *name = leuko_params_nth(t->tensors, i)->name;
        gsize n = strlen(name), n_first = sizeof FIRST - 1;
        if (g_str_has_suffix(name, FIRST) && (n == n_first || name[n - n_first - 1] == '.'))
            g_ptr_array_add(t->prefixes, g_strndup(name, n - n_first));
    }
}

/* TRUE if a part of the prefix says that the network is an average of another one. */
static gboolean is_average(const char *prefix)
{
    static const char *const words[] = {"ema",     "swa",      "avg",    "average", "averaged",
                                        "teacher", "momentum", "shadow", "target"};
    g_autofree gchar *lower = g_ascii_strdown(prefix, -1);
    g_auto(GStrv) parts = g_strsplit_set(lower, "._", -1);
    for (guint i = 0; parts[i]; i++)
        for (gsize w = 0; w < G_N_ELEMENTS(words); w++)
            if (strcmp(parts[i], words[w]) == 0)
                return TRUE;
    return FALSE;
}

/* TRUE if all tensors of network b are those of network a, under a second name. */
static gboolean is_same(const LeukoParams *tensors, const char *a, const char *b)
{
    gsize n = strlen(b);
    for (guint i = 0; i < leuko_params_n_tensors(tensors); i++) {
        const LeukoTensor *x = leuko_params_nth(tensors, i);
        if (strncmp(x->name, b, n) != 0)
            continue;
        g_autofree gchar *name = g_strconcat(a, x->name + n, NULL);
        const LeukoTensor *y = leuko_params_find(tensors, name);
        if (!y || y->n_values != x->n_values ||
            (x->data != y->data && memcmp(x->data, y->data, x->n_values * sizeof *x->data) != 0))
            return FALSE;
    }
    return TRUE;
}

/* Move the prefixes that are second names of a network from t->prefixes to t->copies. */
static void find_copies(Torch *t)
{
    GPtrArray *p = t->prefixes;
    for (guint i = 0; i < p->len; i++)
        for (guint j = p->len; j > 0; j--)
            if (i < p->len && i != j - 1 && is_same(t->tensors, p->pdata[i], p->pdata[j - 1])) {
                g_ptr_array_add(t->copies, g_ptr_array_steal_index(p, j - 1));
                i -= j - 1 < i ? 1 : 0;
            }
}

static gboolean is_copy(const Torch *t, const char *name)
{
    for (guint i = 0; i < t->copies->len; i++)
        if (g_str_has_prefix(name, t->copies->pdata[i]))
            return TRUE;
    return FALSE;
}

/* Move the network to take to the front of t->prefixes. */
static gboolean choose(Torch *t, const char *path, GError **error)
{
    GPtrArray *p = t->prefixes;
    gint chosen = -1;
    guint n_trained = 0;
    find_copies(t);
    for (guint i = 0; i < p->len; i++)
        if (p->len == 1 || !is_average(p->pdata[i])) {
            chosen = (gint)i;
            n_trained++;
        }
    if (n_trained != 1) {
        g_autofree gchar *a = leuko_one_line_cut(p->pdata[0], 100),
                         *b = leuko_one_line_cut(p->pdata[1], 100);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: holds %u %s (names begin with \"%s\" and \"%s\"), and which one is "
                    "meant is not known; save the state_dict() of one of them",
                    path, p->len, LEUKO_PLURAL(p->len, "network"), a, b);
        return FALSE;
    }
    gpointer first = p->pdata[0];
    p->pdata[0] = p->pdata[chosen];
    p->pdata[chosen] = first;
    return TRUE;
}

/* --- the classifier --------------------------------------------------------------------------- */

static void know_rows(Torch *t, const char *prefix, const LeukoLayerNamesRow *rows, guint n_rows)
{
    for (guint r = 0; r < n_rows; r++)
        for (guint v = 0; v < LEUKO_LAYER_NAMES_N_CONV_VARIABLES; v++)
            g_hash_table_add(t->known,
                             g_strconcat(prefix, rows[r].torch, ".",
                                         leuko_layer_names_conv_variables[v].torch, NULL));
}

/* The number of parts, up to a '.', that two names have in common. */
static guint n_common(const char *a, const char *b)
{
    guint n = 0;
    for (; *a && *a == *b; a++, b++)
        n += *a == '.';
    return n;
}

/* TRUE if a tensor belongs to a network that is not taken. */
static gboolean is_of_other(const Torch *t, const char *name)
{
    guint own = n_common(name, t->prefixes->pdata[0]);
    for (guint i = 1; i < t->prefixes->len; i++)
        if (n_common(name, t->prefixes->pdata[i]) > own)
            return TRUE;
    return FALSE;
}

static gboolean has_bias(const LeukoParams *tensors, const char *weight_name)
{
    g_autofree gchar *layer = g_strndup(weight_name, strlen(weight_name) - strlen(".weight")),
                     *bias = g_strconcat(layer, ".bias", NULL);
    return leuko_params_find(tensors, bias) != NULL;
}

static gboolean is_linear(const LeukoTensor *t)
{
    return t->n_values > 0 &&
           (t->n_dims == 2 || (t->n_dims == 4 && t->dims[2] == 1 && t->dims[3] == 1));
}

/* Sort the tensors that are no layer of the networks: linear layers, other layers (weights of 2 to
 * 5 dimensions; normalizations, whose weights and biases are vectors), and the rest (weights of a
 * loss, metrics, an optimizer's state). */
static void find_extra(const Torch *t, LeukoExtraLayers *extra, LeukoForeign *found)
{
    const char *prefix = t->prefixes->pdata[0];
    g_autofree gchar *aux = g_strconcat(prefix, "AuxLogits.", NULL);
    for (guint i = 0; i < leuko_params_n_tensors(t->tensors); i++) {
        const LeukoTensor *x = leuko_params_nth(t->tensors, i);
        gboolean weight = g_str_has_suffix(x->name, ".weight");
        if (g_str_has_prefix(x->name, aux)) {
            found->has_aux = TRUE;
            continue;
        }
        if (g_hash_table_contains(t->known, x->name) || is_copy(t, x->name) ||
            is_of_other(t, x->name))
            continue;
        if (weight && is_linear(x))
            g_ptr_array_add(extra->weights, (gpointer)x);
        else if (weight && (x->n_dims > 1 || (x->n_dims == 1 && has_bias(t->tensors, x->name))))
            leuko_extra_layers_append(extra->others, x, TRUE);
        else if (!g_str_has_suffix(x->name, ".bias") && !strstr(x->name, ".running_"))
            leuko_extra_layers_append(extra->ignored, x, FALSE);
    }
}

static void list_ignored(const Torch *t, const LeukoExtraLayers *extra, LeukoForeign *found)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 1; i < t->prefixes->len; i++) {
        g_autofree gchar *shown = leuko_one_line_cut(t->prefixes->pdata[i], 48);
        g_string_append_printf(text, "%sthe network below \"%s\"", i > 1 ? ", " : "", shown);
    }
    if (extra->ignored->len > 0)
        g_string_append_printf(text, "%s%s", text->len ? ", " : "", extra->ignored->str);
    g_strlcpy(found->ignored, text->str, sizeof found->ignored);
}

static gboolean put_network(Torch *t, LeukoParams *to, const char *path, LeukoForeign *found,
                            GError **error)
{
    const LeukoLayerNamesRow *aux_head = &leuko_layer_names_heads[1];
    const char *prefix = t->prefixes->pdata[0];
    g_autofree gchar *shown = leuko_one_line_cut(prefix, LEUKO_FOREIGN_TEXT - 1);
    g_auto(LeukoExtraLayers) extra;
    g_strlcpy(found->prefix, shown, sizeof found->prefix);
    leuko_extra_layers_init(&extra);
    for (guint i = 0; i < t->prefixes->len; i++)
        know_rows(t, t->prefixes->pdata[i], leuko_layer_names_convs, LEUKO_LAYER_NAMES_N_CONVS);
    find_extra(t, &extra, found);
    list_ignored(t, &extra, found);
    return leuko_layer_names_put_rows(to, t->tensors, leuko_layer_names_convs,
                                      LEUKO_LAYER_NAMES_N_CONVS, leuko_layer_names_conv_variables,
                                      LEUKO_LAYER_NAMES_N_CONV_VARIABLES, prefix, FALSE, path,
                                      error) &&
           leuko_layer_names_put_rows(to, t->tensors, leuko_layer_names_aux,
                                      LEUKO_LAYER_NAMES_N_AUX, leuko_layer_names_conv_variables,
                                      LEUKO_LAYER_NAMES_N_CONV_VARIABLES, prefix, FALSE, path,
                                      error) &&
           leuko_layer_names_put_rows(to, t->tensors, aux_head, 1, leuko_layer_names_head_variables,
                                      LEUKO_LAYER_NAMES_N_HEAD_VARIABLES, prefix, FALSE, path,
                                      error) &&
           leuko_extra_layers_put_head(&extra, to, t->tensors, ".weight", ".bias", LEUKO_LAYOUT_OI,
                                       path, found, error);
}

/* Any convolution under torchvision's name, for a file without the first one. */
static gboolean has_any(const LeukoParams *tensors)
{
    for (guint r = 0; r < LEUKO_LAYER_NAMES_N_CONVS; r++) {
        g_autofree gchar *name =
            g_strconcat(leuko_layer_names_convs[r].torch, ".conv.weight", NULL);
        if (leuko_params_find(tensors, name))
            return TRUE;
    }
    return FALSE;
}

gboolean leuko_layer_names_from_torch(LeukoParams *to, const LeukoParams *tensors, const char *path,
                                      LeukoForeign *found, GError **error)
{
    g_autoptr(LeukoParams) bare = without_wrappers(tensors, error);
    if (!bare)
        return FALSE;
    g_autoptr(GPtrArray) prefixes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) copies = g_ptr_array_new_with_free_func(g_free);
    Torch t = {bare, prefixes, copies, known};
    find_prefixes(&t);
    if (prefixes->len == 0) {
        if (!has_any(bare))
            return FALSE;
        g_ptr_array_add(prefixes, g_strdup(""));
    }
    return choose(&t, path, error) && put_network(&t, to, path, found, error);
}
