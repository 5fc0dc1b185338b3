#include "study/stress.h"

gboolean leuko_stress_controls(LeukoStressRun *run, GError **error)
{
    (void)run;
    (void)error;
    return TRUE;
}
