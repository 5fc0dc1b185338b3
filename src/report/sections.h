/* report/sections.h: the sections of the page of a report. Each appends what the document has for
 * it (report/document.h), and nothing if it has nothing. */
#pragma once
#include "report/html.h"
#include <jansson.h>

G_BEGIN_DECLS

/* Members of a document, NULL or 0 where there is none; strings are borrowed. */
json_t *leuko_member(json_t *object, const char *key);
const char *leuko_member_text(json_t *object, const char *key);
int leuko_member_int(json_t *object, const char *key);
/* NAN for null and for a missing member. */
double leuko_member_real(json_t *object, const char *key);

/* The object with the figures of merit: the result of an evaluation itself, "figures" of a
 * cross-validation, the "first" of a comparison. */
json_t *leuko_report_figures(json_t *document);

/* A name of a figure for readers, "ROC-AUC" for "auc"; the key itself if it has no other. Static or
 * borrowed. n_classes changes what "auc" means. */
const char *leuko_figure_name(const char *key, gsize n_classes);

/* "<h2 id=ID>TITLE</h2>" in a section that the next heading or leuko_section_end() ends. */
void leuko_section_begin(GString *page, const char *id, const char *title);
void leuko_section_end(GString *page);
/* A table that scrolls in its own box where the page is narrow. head: names of columns separated by
 * "|"; a name that starts with ">" is a column of numbers. caption: NULL: none */
void leuko_table_begin(GString *page, const char *caption, const char *head);
void leuko_table_end(GString *page);
void leuko_cell_number(GString *page, double value, guint digits);
/* Cells of value, interval and method of {"value", "low", "high", "method"}. */
void leuko_figure_cells(GString *page, json_t *figure);

void leuko_section_summary(GString *page, json_t *document);
void leuko_section_differences(GString *page, json_t *document);
void leuko_section_folds(GString *page, json_t *document);
void leuko_section_figures(GString *page, json_t *document);
void leuko_section_confusion(GString *page, json_t *document);
void leuko_section_curves(GString *page, json_t *document);
void leuko_section_mistakes(GString *page, json_t *document);
void leuko_section_stress(GString *page, json_t *document);
void leuko_section_flow(GString *page, json_t *document);
void leuko_section_audit(GString *page, json_t *document);
void leuko_section_provenance(GString *page, json_t *document);
void leuko_section_model(GString *page, json_t *document);
void leuko_section_checklists(GString *page, json_t *document);

G_END_DECLS
