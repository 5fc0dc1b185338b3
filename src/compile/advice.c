#include "compile/advice.h"
#include "engine/processor.h"
#include "engine/speed-cache.h"

void leuko_compile_choose_advice(LeukoCompileReport *r)
{
    LeukoPrecision fastest = LEUKO_FP32;
    double own = r->speeds[r->precision];
    for (guint p = 0; p < G_N_ELEMENTS(r->speeds); p++)
        if (r->speeds[p] > r->speeds[fastest])
            fastest = (LeukoPrecision)p;
    const char *name = leuko_precision_name(fastest), *used = leuko_precision_name(r->precision);
    g_clear_pointer(&r->advice, g_free);
    r->slower = own > 0 && own < 1;
    if (own <= 0) /* runs in fp32, which the note says */
        return;
    if (r->slower)
        r->advice =
            g_strdup_printf("%s is %.2f times as fast as fp32 on this processor; a graph in "
                            "%s is faster here",
                            used, own, name);
    else if (r->precision != fastest)
        r->advice = g_strdup_printf("%s is %.1f times as fast as %s on this processor", name,
                                    r->speeds[fastest] / own, used);
    else if (fastest != LEUKO_FP32)
        r->advice =
            g_strdup_printf("%s is %.1f times as fast as fp32 on this processor", name, own);
}

void leuko_compile_advise(LeukoCompileReport *r, gchar **note)
{
    g_autofree gchar *again = NULL;
    r->speeds[LEUKO_FP32] = 1;
    r->speeds[LEUKO_INT8] = leuko_speed_ratio(LEUKO_SPEED_INT8, note);
    if (leuko_processor_has_bf16())
        r->speeds[LEUKO_BF16] = leuko_speed_ratio(LEUKO_SPEED_BF16, *note ? &again : note);
    leuko_compile_choose_advice(r);
}
