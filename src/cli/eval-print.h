/* cli/eval-print.h: prints an evaluation as tables. */
#pragma once
#include "cli/cli.h"
#include "eval/eval.h"

/* Print texts below a title, a paragraph each; nothing if there are none. */
void cli_print_texts(const char *title, const gchar *const *texts);
void cli_print_evaluation(const LeukoEvalResult *r);
/* The tables of figures, classes, decisions and, where they are few, groups. */
void cli_print_figures(const LeukoEvaluation *e);
/* rule  when a patient is positive: "at least ... of its images are"; NULL: p's own share */
void cli_print_patients(const LeukoPatientFigures *p, const char *rule);
