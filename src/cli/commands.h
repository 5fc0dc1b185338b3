/* cli/commands.h: the commands' entry points, one per cmd-NAME.c. */
#pragma once
#include "config.h" /* LEUKO_EDGE */
#include <glib.h>

gboolean cmd_augment(int argc, char **argv, GError **error);
gboolean cmd_check(int argc, char **argv, GError **error);
gboolean cmd_sort(int argc, char **argv, GError **error);
gboolean cmd_synth(int argc, char **argv, GError **error);
#ifdef LEUKO_EDGE /* without training */
#define cmd_adapt      NULL
#define cmd_compare    NULL
#define cmd_crossval   NULL
#define cmd_explain    NULL
#define cmd_features   NULL
#define cmd_plan_study NULL
#define cmd_run        NULL
#define cmd_stress     NULL
#define cmd_train      NULL
#else
gboolean cmd_adapt(int argc, char **argv, GError **error);
gboolean cmd_compare(int argc, char **argv, GError **error);
gboolean cmd_crossval(int argc, char **argv, GError **error);
gboolean cmd_explain(int argc, char **argv, GError **error);
gboolean cmd_features(int argc, char **argv, GError **error);
gboolean cmd_plan_study(int argc, char **argv, GError **error);
gboolean cmd_run(int argc, char **argv, GError **error);
gboolean cmd_stress(int argc, char **argv, GError **error);
gboolean cmd_train(int argc, char **argv, GError **error);
#endif
gboolean cmd_answers(int argc, char **argv, GError **error);
gboolean cmd_classify(int argc, char **argv, GError **error);
gboolean cmd_compile(int argc, char **argv, GError **error);
gboolean cmd_eval(int argc, char **argv, GError **error);
gboolean cmd_freeze(int argc, char **argv, GError **error);
gboolean cmd_profile(int argc, char **argv, GError **error);
gboolean cmd_verify(int argc, char **argv, GError **error);
gboolean cmd_weights(int argc, char **argv, GError **error);
gboolean cmd_info(int argc, char **argv, GError **error);
