/* Weights for transfer: what a file of parameters says of its network. */
#include "base/json.h"
#include "formats/model-json.h"
#include "formats/safetensors.h"
#include "formats/sniff.h"
#include "leuko/error.h"
#include "leuko/model.h"
#include <math.h>
#include <string.h>

/* The furthest block of which the file holds anything. */
static const char *last_block(const LeukoParams *params)
{
    const char *const *endpoints = leuko_net_endpoints();
    const char *last = NULL;
    for (guint e = 0; endpoints[e]; e++) {
        g_autofree gchar *prefix = g_strdup_printf("InceptionV3/%s/", endpoints[e]);
        for (guint i = 0; i < leuko_params_n_tensors(params); i++)
            if (g_str_has_prefix(leuko_params_nth(params, i)->name, prefix)) {
                last = endpoints[e];
                break;
            }
    }
    return last;
}

/* slim's rule max(int(d x m), 16) turned round: the simplest m (in hundredths) that gives the
 * channels of the widest early convolution. */
static double find_depth_multiplier(const LeukoParams *params)
{
    const LeukoTensor *t = leuko_params_find(params, "InceptionV3/Conv2d_4a_3x3/weights");
    if (!t || t->n_dims != 4)
        return 1.0;
    for (guint hundredths = 1; hundredths <= 400; hundredths++)
        if (MAX((guint)(192 * (hundredths / 100.0)), 16) == t->dims[3])
            return hundredths / 100.0;
    return (double)t->dims[3] / 192.0;
}

static gboolean describe(const LeukoSafetensors *file, const LeukoParams *params, const char *path,
                         LeukoNetSpec *spec, GError **error)
{
    const char *text = leuko_safetensors_metadata(file, "leuko"), *last = last_block(params);
    guint asked_side = spec->side_px;
    if (!last) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: no tensor of Inception V3 under slim's names among its %u (the first is "
                    "\"%s\")",
                    path, leuko_params_n_tensors(params),
                    leuko_params_n_tensors(params) ? leuko_params_nth(params, 0)->name : "");
        return FALSE;
    }
    if (text) {
        g_autoptr(json_t) json = leuko_json_parse(text, strlen(text), path, error);
        g_autoptr(LeukoModel) m = json ? leuko_model_from_json(json, path, error) : NULL;
        if (!m)
            return FALSE;
        g_autofree gchar *asked = g_strdup(spec->endpoint);
        *spec = m->spec;
        if (*asked)
            g_strlcpy(spec->endpoint, asked, sizeof spec->endpoint);
    } else {
        spec->depth_multiplier = find_depth_multiplier(params);
        if (!*spec->endpoint)
            g_strlcpy(spec->endpoint, last, sizeof spec->endpoint);
        if (spec->side_px == 0)
            spec->side_px = 299;
    }
    if (asked_side != 0)
        spec->side_px = asked_side;
    spec->n_classes = 0;
    spec->aux_head = FALSE;
    return TRUE;
}

/* The furthest endpoint up to which nothing is missing, or NULL. */
static const char *complete_endpoint(const LeukoParams *params, const LeukoNetSpec *spec)
{
    const char *const *endpoints = leuko_net_endpoints();
    const char *complete = NULL;
    for (guint e = 0; endpoints[e] && strcmp(endpoints[e], spec->endpoint) != 0; e++) {
        LeukoNetSpec cut = *spec;
        g_strlcpy(cut.endpoint, endpoints[e], sizeof cut.endpoint);
        g_autoptr(LeukoNet) net = leuko_net_new(&cut, NULL);
        if (!net || !leuko_params_check(params, net, "", NULL))
            break;
        complete = endpoints[e];
    }
    return complete;
}

LeukoParams *leuko_weights_load(const char *path, LeukoNetSpec *spec, GError **error)
{
    LeukoFileKind kind = leuko_sniff_file(path, error);
    if (kind == LEUKO_FILE_ABSENT)
        return NULL;
    if (kind != LEUKO_FILE_SAFETENSORS) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: not a file of weights that this version reads (safetensors): it is %s", path,
                    leuko_file_kind_text(kind));
        return NULL;
    }
    g_autoptr(LeukoSafetensors) file = leuko_safetensors_open(path, error);
    g_autoptr(LeukoParams) params = file ? leuko_safetensors_params(file, error) : NULL;
    LeukoNetSpec found = *spec;
    if (!params || !describe(file, params, path, &found, error))
        return NULL;
    g_autoptr(LeukoNet) net = leuko_net_new(&found, error);
    if (!net)
        return NULL;
    g_autoptr(GError) lacking = NULL;
    if (!leuko_params_check(params, net, path, &lacking)) {
        const char *complete = complete_endpoint(params, &found);
        g_set_error(error, lacking->domain, lacking->code, "%s%s%s", lacking->message,
                    complete ? "; complete is --endpoint " : "", complete ? complete : "");
        return NULL;
    }
    *spec = found;
    return g_steal_pointer(&params);
}
