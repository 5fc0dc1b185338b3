#include "train/schedule.h"
#include <math.h>

static double cosine(const LeukoSchedule *s, guint64 step)
{
    guint64 length = s->n_steps > s->warm_up ? s->n_steps - s->warm_up : 1;
    guint64 behind = step > s->warm_up ? step - s->warm_up : 0;
    double share = fmin((double)behind / (double)length, 1.0);
    return s->last_share + (1 - s->last_share) * 0.5 * (1 + cos(G_PI * share));
}

double leuko_schedule_rate(const LeukoSchedule *s, guint64 step)
{
    double rate = s->rate;
    if (s->kind == LEUKO_STAIRCASE) {
        guint64 stairs = step / s->every;
        rate *= pow(s->factor, (double)stairs);
    }
    if (s->kind == LEUKO_COSINE)
        rate *= cosine(s, step);
    return step < s->warm_up ? rate * (double)(step + 1) / (double)s->warm_up : rate;
}
