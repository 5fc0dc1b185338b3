/* report/document.h: everything that a report says, as one JSON object (docs/formats.md). The page
 * is made from it. */
#pragma once
#include "eval/eval.h"
#include "report/answers.h"

G_BEGIN_DECLS

enum { LEUKO_REPORT_FORMAT = 1 };

/* A document with "format", "kind", "title", "notice", "made", "leuko", "summary", "cautions" (both
 * empty lists) and "result", of which a reference is taken over. */
json_t *leuko_report_document_new(const char *kind, const char *title, json_t *result);

/* The document of an evaluation, with the pictures of its worst mistakes. New reference.
 * command     the command line; NULL: none
 * n_mistakes  that are shown at most
 * Errors: those of leuko_dataset_digest(), LEUKO_ERROR_CANCELLED. */
json_t *leuko_report_eval_document(const LeukoEvalResult *result, const char *command,
                                   guint n_mistakes, GCancellable *cancellable, GError **error);

/* "provenance": {"command", "leuko", "onednn", "instruction_set", "dataset" (SHA-256)}. FALSE: the
 * data cannot be read. */
gboolean leuko_report_add_provenance(json_t *document, const LeukoDataset *dataset,
                                     const char *command, GError **error);
/* "checklists", from all other members. */
void leuko_report_add_checklists(json_t *document);

/* The answers of an evaluation; decisions (n), g_free, is set to those that the answers borrow. */
LeukoReportAnswers leuko_report_eval_answers(const LeukoEvalResult *result, gint **decisions);

/* "audit" of an evaluation: {"warnings", "recognized", "allowed_leaks", "ledger"}. New
 * reference. */
json_t *leuko_report_audit_json(const LeukoEvalResult *result);

/* What stands in the page and not in the JSON: the pictures. */
void leuko_report_drop_pictures(json_t *document);

G_END_DECLS
