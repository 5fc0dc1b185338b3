#include "compile/compile.h"
#include "base/json.h"
#include "compile/gate.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

LeukoCompileOptions leuko_compile_options_default(void)
{
    return (LeukoCompileOptions){.precision = LEUKO_FP32,
                                 .n_calibration = 128,
                                 .max_raised = 48,
                                 .limits = leuko_gate_limits_default()};
}

gboolean leuko_compile_read_range(const char *text, LeukoQuantizeOptions *out, GError **error)
{
    static const char with_value[] = "percentile:";
    gboolean has_value = text && g_str_has_prefix(text, with_value);
    char *end = NULL;
    out->range = !text || strcmp(text, "mse") == 0 ? LEUKO_RANGE_MSE
                 : strcmp(text, "max") == 0        ? LEUKO_RANGE_MAX
                                                   : LEUKO_RANGE_PERCENTILE;
    if (out->range != LEUKO_RANGE_PERCENTILE || strcmp(text, "percentile") == 0)
        return TRUE;
    if (has_value)
        out->percentile = g_ascii_strtod(text + strlen(with_value), &end);
    if (has_value && end != text + strlen(with_value) && *end == '\0' && out->percentile > 50 &&
        out->percentile <= 100)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                "range \"%s\": must be mse, max or percentile:P with P above 50 and at most 100",
                text);
    return FALSE;
}

/* --- report ------------------------------------------------------------------------------ */

LeukoCompileReport *leuko_compile_report_new(const LeukoCompileOptions *o)
{
    LeukoCompileReport *r = g_new0(LeukoCompileReport, 1);
    r->precision = o->precision;
    r->vnni = o->vnni;
    r->limits = o->limits;
    r->raised = g_ptr_array_new_with_free_func(g_free);
    return r;
}

void leuko_compile_report_free(LeukoCompileReport *r)
{
    if (!r)
        return;
    g_ptr_array_unref(r->raised);
    g_free(r->note);
    g_free(r->advice);
    g_free(r);
}

json_t *leuko_compile_report_json(const LeukoCompileReport *r)
{
    json_t *raised = json_array(), *older = json_array();
    for (guint i = 0; i < r->raised->len; i++)
        json_array_append_new(raised, json_string(r->raised->pdata[i]));
    json_t *json = json_pack(
        "{s:s, s:s, s:i, s:i, s:o, s:b, s:b}", "precision", leuko_precision_name(r->precision),
        "isa", r->vnni ? "vnni" : "any", "convolutions", (int)r->n_convs, "calibration_images",
        (int)r->n_calibration, "raised", raised, "written", r->written, "gated", r->gated);
    json_t *speeds = json_object();
    for (guint p = 0; p < G_N_ELEMENTS(r->speeds); p++)
        json_object_set_new(speeds, leuko_precision_name((LeukoPrecision)p),
                            leuko_json_real_or_null(r->speeds[p] > 0 ? r->speeds[p] : (double)NAN));
    json_object_set_new(json, "speed_over_fp32", speeds);
    if (!r->gated) {
        json_decref(older);
        return json;
    }
    json_t *gate = leuko_gate_json(r->isa, &r->last, &r->limits);
    json_object_set_new(gate, "flips_before", json_real(r->first.flips));
    json_object_set_new(gate, "mean_dp_before", json_real(r->first.mean_dp));
    for (guint i = 0; i < r->n_older; i++)
        json_array_append_new(older,
                              leuko_gate_json(r->older[i].isa, &r->older[i].figures, &r->limits));
    json_object_set_new(json, "gate", gate);
    json_object_set_new(json, "gate_elsewhere", older);
    return json;
}

gchar *leuko_compile_report_to_json(const LeukoCompileReport *r)
{
    g_autoptr(json_t) json = leuko_compile_report_json(r);
    return leuko_json_to_line(json);
}
