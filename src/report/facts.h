/* report/facts.h: what the software itself knows about a study, by topic, for the checklists.
 *
 * A fact is a text under a key of the table in report/checklists.c. A topic that only people know
 * (the intended use, ethics, funding) has none.
 */
#pragma once
#include <jansson.h>

/* {KEY: text} of a report document whose other members are complete (report/document.h). New
 * reference. */
json_t *leuko_report_facts(json_t *document);

/* The checklists with the facts filled in: [{"name", "version", "source", "n", "filled", "items":
 * [{"number", "topic", "state": "filled", "partly" or "open", "fact", or what is to add: "add"}]}].
 * New reference. */
json_t *leuko_report_checklists(json_t *facts);
