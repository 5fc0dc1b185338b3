#include "formats/weights/convert.h"
#include "base/error.h"
#include "base/json.h"
#include "base/outputs.h"
#include "base/plural.h"
#include "formats/foreign.h"
#include "formats/layer-names.h"
#include "formats/model-file.h"
#include "formats/safetensors.h"
#include "formats/weights/read.h"
#include <string.h>

/* Weights without a classifier: the tensors, and metadata about the pooling and the source. */
static gboolean save_trunk(const LeukoParams *params, const LeukoForeign *found, const char *in,
                           const char *out, GError **error)
{
    g_autoptr(json_t) note =
        json_pack("{s:b, s:i, s:o}", "pool_includes_padding", found->pool_includes_padding, "side",
                  299, "source", leuko_foreign_source_json(found, in));
    g_autofree gchar *text = leuko_json_to_line(note);
    g_autoptr(json_t) metadata =
        json_pack("{s:s, s:s}", "format", "tf-slim", "leuko_weights", text);
    return leuko_safetensors_save(params, metadata, out, error);
}

/* --- the options ------------------------------------------------------------------------------ */

static gboolean set_classes(LeukoModel *m, const char *const *classes, const char *in,
                            GError **error)
{
    guint n = g_strv_length((GStrv)classes);
    if (n != m->spec.n_classes)
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error, "%s: has %u %s, but %u %s given", in,
                          m->spec.n_classes, leuko_plural(m->spec.n_classes, "class", "classes"), n,
                          leuko_plural(n, "name is", "names are"));
    for (guint k = 0; k < n; k++) {
        if (!*classes[k] || !g_utf8_validate(classes[k], -1, NULL))
            return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                              "%s: name %u of its classes is empty "
                              "or not UTF-8",
                              in, k + 1);
        for (guint other = 0; other < k; other++)
            if (strcmp(classes[k], classes[other]) == 0)
                return leuko_fail(LEUKO_ERROR_ARGUMENT, error, "%s: two classes named \"%s\"", in,
                                  classes[k]);
    }
    g_strfreev(m->classes);
    m->classes = g_strdupv((GStrv)classes);
    return TRUE;
}

static gboolean apply(LeukoModel *m, const LeukoConvertOptions *o, const char *in, GError **error)
{
    if (o->classes && !set_classes(m, o->classes, in, error))
        return FALSE;
    if (o->crop_fraction > 0)
        m->preprocess.crop_fraction = o->crop_fraction;
    if (!o->imagenet_input)
        return TRUE;
    json_object_set_new(m->provenance, "input",
                        json_string("ImageNet's mean and deviation, folded in"));
    return leuko_foreign_fold_imagenet(m->params, in, error);
}

/* --- for a person ----------------------------------------------------------------------------- */

static void note(GStrvBuilder *notes, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void note(GStrvBuilder *notes, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *raw = g_strdup_vprintf(format, args), *line = leuko_one_line(raw);
    va_end(args);
    g_strv_builder_add(notes, line);
}

/* What was found in third-party weights. */
static void note_found(GStrvBuilder *notes, const LeukoForeign *found)
{
    const char *names = leuko_layer_names_text(found->names);
    if (*found->prefix)
        note(notes, "network: Inception V3 under %s's names, below \"%s\"", names, found->prefix);
    else
        note(notes, "network: Inception V3 under %s's names", names);
    if (*found->head)
        note(notes, "classifier: \"%s\"%s", found->head,
             found->n_classes == 1 ? ", one output, read as the logit of a sigmoid: two classes"
                                   : "");
    else if (found->n_classes == 1)
        note(notes, "classifier: one output, read as the logit of a sigmoid: two classes");
    if (*found->no_head)
        note(notes, "no classifier: %s", found->no_head);
    if (found->has_aux)
        note(notes, "not used: the auxiliary classifier (AuxLogits), which serves training only");
    if (*found->ignored)
        note(notes, "not used: %s", found->ignored);
}

static void note_model(GStrvBuilder *notes, const LeukoModel *m)
{
    g_autofree gchar *names = m->spec.n_classes <= 20
                                  ? g_strjoinv(", ", m->classes)
                                  : g_strdup_printf("%s, %s, ...", m->classes[0], m->classes[1]);
    note(notes, "classes: %s%s%s", names, m->positive >= 0 ? "; positive: " : "",
         m->positive >= 0 ? m->classes[m->positive] : "");
    if (m->preprocess.crop_fraction < 1)
        note(notes, "preprocessing: the central %.3f of each side, resized to %u x %u pixels",
             m->preprocess.crop_fraction, m->preprocess.side_px, m->preprocess.side_px);
    else
        note(notes, "preprocessing: the whole image, resized to %u x %u pixels",
             m->preprocess.side_px, m->preprocess.side_px);
}

/* --- conversion ------------------------------------------------------------------------------- */

static gboolean convert_model(LeukoModel *m, const char *in, const char *out,
                              const LeukoConvertOptions *o, LeukoConverted *converted,
                              GStrvBuilder *notes, GError **error)
{
    converted->is_model = TRUE;
    converted->cropped = o->crop_fraction == 0 && m->preprocess.crop_fraction < 1;
    if (!apply(m, o, in, error))
        return FALSE;
    note_model(notes, m);
    return leuko_model_save(m, out, error);
}

/* Weights without a classifier, complete or cut. */
static gboolean convert_trunk(LeukoParams *params, const LeukoForeign *found, const char *in,
                              const char *out, const LeukoConvertOptions *o, GError **error)
{
    if (o->classes || o->crop_fraction > 0)
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                          "%s: has no classifier: class names and a crop belong to a model", in);
    if (o->imagenet_input && !leuko_foreign_fold_imagenet(params, in, error))
        return FALSE;
    return save_trunk(params, found, in, out, error);
}

static gboolean convert(const char *in, const char *out, const LeukoConvertOptions *o,
                        LeukoConverted *converted, GStrvBuilder *notes, GError **error)
{
    LeukoForeign found;
    const char *lacks = leuko_weights_lack_description(in);
    if (lacks)
        note(notes, "%s", lacks);
    if (leuko_model_is_ours(in)) {
        g_autoptr(LeukoModel) own = leuko_model_load(in, error);
        return own && convert_model(own, in, out, o, converted, notes, error);
    }
    g_autoptr(LeukoParams) params = leuko_foreign_slim(in, &found, error);
    if (!params)
        return FALSE;
    note_found(notes, &found);
    converted->transform_input = found.transform_input && !o->imagenet_input;
    if (converted->transform_input)
        note(notes, "input: x / 127.5 - 1, as torchvision's transform_input makes it");
    if (found.n_classes == 0 && !*found.no_head)
        return convert_trunk(params, &found, in, out, o, error);
    converted->unnamed = !o->classes;
    g_autoptr(LeukoModel) model = leuko_foreign_model(params, &found, in, error);
    return model && convert_model(model, in, out, o, converted, notes, error);
}

gboolean leuko_weights_convert(const char *in, const char *out, const LeukoConvertOptions *options,
                               LeukoConverted *converted, GError **error)
{
    g_autoptr(GStrvBuilder) notes = g_strv_builder_new();
    *converted = (LeukoConverted){0};
    gboolean good =
        leuko_output_check(out, in, error) && convert(in, out, options, converted, notes, error);
    converted->notes = g_strv_builder_end(notes);
    return good;
}

void leuko_converted_clear(LeukoConverted *converted)
{
    g_clear_pointer(&converted->notes, g_strfreev);
}
