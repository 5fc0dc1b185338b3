#include "engine/precision-choice.h"
#include "base/progress.h"
#include "engine/processor.h"
#include "engine/speed-cache.h"

void leuko_precision_choice_clear(LeukoPrecisionChoice *c)
{
    g_clear_pointer(&c->reason, g_free);
    g_clear_pointer(&c->note, g_free);
}

void leuko_precision_decide(const LeukoPrecisionFacts *facts, LeukoPrecisionChoice *out)
{
    const char *too_little = ", less than the " G_STRINGIFY(LEUKO_MIN_SPEEDUP) " that auto takes";
    gboolean faster = facts->has_bf16 && facts->speed >= LEUKO_MIN_SPEEDUP;
    *out = (LeukoPrecisionChoice){.precision = faster ? LEUKO_BF16 : LEUKO_FP32,
                                  .speed = facts->has_bf16 ? facts->speed : 0};
    if (!facts->has_bf16)
        out->reason = g_strdup_printf("this %s processor has no bf16", facts->isa);
    else if (facts->speed > 0)
        out->reason = g_strdup_printf("bf16 is %.2f times as fast as fp32 on this processor%s",
                                      facts->speed, faster || facts->speed < 1 ? "" : too_little);
    else
        out->reason = g_strdup("the speed of bf16 on this processor could not be measured");
}

void leuko_precision_choose(LeukoPrecision asked, LeukoWork work, LeukoPrecisionChoice *out)
{
    LeukoSpeedKind kind =
        work == LEUKO_WORK_TRAINING ? LEUKO_SPEED_BF16_TRAINING : LEUKO_SPEED_BF16;
    LeukoPrecisionFacts facts = {leuko_processor_has_bf16(), leuko_processor_isa_name(), 0};
    g_autofree gchar *note = NULL;
    if (asked != LEUKO_PRECISION_AUTO) {
        *out = (LeukoPrecisionChoice){.precision = asked, .reason = g_strdup("as requested")};
        return;
    }
    if (facts.has_bf16)
        facts.speed = leuko_speed_ratio(kind, &note);
    leuko_precision_decide(&facts, out);
    out->note = g_steal_pointer(&note);
}

void leuko_precision_choice_report(const LeukoPrecisionChoice *c, LeukoReporter reporter,
                                   const char *phase)
{
    if (c->note)
        leuko_report_line(reporter, phase, "%s", c->note);
    leuko_report_line(reporter, phase, "precision: %s (%s)", leuko_precision_name(c->precision),
                      c->reason);
}
