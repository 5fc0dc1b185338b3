/* Items of four reporting guidelines. The topics are in our own words: the guidelines themselves
 * say what each item asks for. Numbers are those of the published tables. */
#include "base/json.h"
#include "report/facts.h"
#include <string.h>

typedef struct {
    const char *number, *topic;
    const char *fact; /* key of leuko_report_facts(); NULL: only people know */
    const char *add;  /* what people have to add to the fact; NULL: the fact is enough */
} Item;

static const Item stard_ai[] = {
    {"1", "Title or abstract: AI accuracy study, with a measure of accuracy", "measures",
     "the title"},
    {"2", "Structured abstract", NULL, NULL},
    {"3", "Background; intended use of the test; new or established; workflow", "use", "the rest"},
    {"4", "Objectives and hypotheses", NULL, NULL},
    {"5", "Prospective or retrospective", NULL, NULL},
    {"6", "Approval by an ethics committee, or why none was needed", NULL, NULL},
    {"7", "Inclusion and exclusion, of participants and of data, in order", "eligibility",
     "the criteria for participants"},
    {"8", "How participants were identified", NULL, NULL},
    {"9", "Where and when", NULL, NULL},
    {"10", "Consecutive, random or convenience series", NULL, NULL},
    {"11", "Source of the data, and why they were collected", "data", "their origin"},
    {"12", "Who annotated the data, and how", NULL, NULL},
    {"13", "Devices that took the data; software with versions", "software",
     "microscope, camera and stain"},
    {"14", "Acquisition and preprocessing", "preprocessing", "the acquisition"},
    {"15a", "The index test, so that it can be repeated", "model", NULL},
    {"15b", "How the test was developed: training, validation, sizes", "development", NULL},
    {"15c", "Cut-offs of the test and their reason", "threshold", NULL},
    {"15d", "Users and their expertise", NULL, NULL},
    {"16a", "The reference standard, so that it can be repeated", NULL, NULL},
    {"16b", "Why this reference standard", NULL, NULL},
    {"16c", "Cut-offs of the reference standard and their reason", NULL, NULL},
    {"17a", "What readers of the test knew of the reference", "blind", NULL},
    {"17b", "What assessors of the reference knew of the test", NULL, NULL},
    {"18", "Methods that estimate or compare accuracy", "methods", NULL},
    {"19", "Indeterminate results", "indeterminate", "those of the reference standard"},
    {"20", "Missing data", "missing", "missing results of the reference standard"},
    {"21", "Analyses of variability; planned or exploratory", "groups", "whether it was planned"},
    {"22", "Intended sample size", NULL, NULL},
    {"23", "Analyses of errors, bias and fairness", "mistakes", "bias and fairness"},
    {"24", "Diagram of the flow", "flow", NULL},
    {"25", "Characteristics of training, validation and test set", "splits",
     "clinical characteristics"},
    {"26a", "Severity of disease in those who have it", NULL, NULL},
    {"26b", "Other diagnoses in those who do not have it", NULL, NULL},
    {"27", "Time and treatment between test and reference", NULL, NULL},
    {"28", "Does the test set represent the intended population?", NULL, NULL},
    {"29", "External evaluation: how the data differ", "drift", "the differences"},
    {"30", "Results of the test by results of the reference", "confusion", NULL},
    {"31", "Accuracy and its precision", "figures", NULL},
    {"32", "Harm from the test or the reference", NULL, NULL},
    {"33", "Limitations", "cautions", "those of the study"},
    {"34", "Meaning for practice, intended use and role", "use", "the meaning for practice"},
    {"35", "Ethics of use; fairness", NULL, NULL},
    {"36", "Registration", NULL, NULL},
    {"37", "Access to the protocol", NULL, NULL},
    {"38", "Funding and its role", NULL, NULL},
    {"39", "Commercial interests", NULL, NULL},
    {"40a", "Access to data and code", "code", "access to data and model"},
    {"40b", "Are outputs stored and open to audit?", "outputs", NULL},
};

static const Item tripod_ai[] = {
    {"1", "Title: development or evaluation, population, outcome", NULL, NULL},
    {"2", "Abstract", NULL, NULL},
    {"3a", "Health care context and reason", NULL, NULL},
    {"3b", "Target population, purpose and users", "use", "the rest"},
    {"3c", "Known inequalities in health", NULL, NULL},
    {"4", "Objectives", NULL, NULL},
    {"5a", "Sources of the data for development and evaluation", "data", "their origin"},
    {"5b", "Dates", NULL, NULL},
    {"6a", "Setting and centers", NULL, NULL},
    {"6b", "Eligibility", "eligibility", "the criteria for participants"},
    {"6c", "Treatments", NULL, NULL},
    {"7", "Preparation and quality checks of the data", "preprocessing", NULL},
    {"8a", "Definition of the outcome", "classes", "how the outcome was assessed"},
    {"8b", "Who assessed the outcome", NULL, NULL},
    {"8c", "Blinding of that assessment", NULL, NULL},
    {"9a", "Choice of predictors", "predictors", NULL},
    {"9b", "Definition of predictors", "preprocessing", "how images were taken"},
    {"9c", "Who assessed predictors", NULL, NULL},
    {"10", "Sample size", NULL, NULL},
    {"11", "Missing data", "missing", NULL},
    {"12a", "Use and partition of the data", "partitions", NULL},
    {"12b", "Handling of predictors", "preprocessing", NULL},
    {"12c", "Kind of model, steps of building, tuning, internal validation", "development", NULL},
    {"12d", "Differences between clusters", "groups", NULL},
    {"12e", "Measures and plots of performance", "measures", NULL},
    {"12f", "Updating of the model", NULL, NULL},
    {"12g", "How predictions were made", "prediction", NULL},
    {"13", "Class imbalance", "imbalance", NULL},
    {"14", "Fairness", NULL, NULL},
    {"15", "Output of the model, classes and thresholds", "threshold", NULL},
    {"16", "Differences between training and evaluation", "drift", "setting and eligibility"},
    {"17", "Ethical approval and consent", NULL, NULL},
    {"18a", "Funding", NULL, NULL},
    {"18b", "Conflicts of interest", NULL, NULL},
    {"18c", "Protocol", NULL, NULL},
    {"18d", "Registration", NULL, NULL},
    {"18e", "Data sharing", NULL, NULL},
    {"18f", "Code sharing", "code", NULL},
    {"19", "Involvement of patients and the public", NULL, NULL},
    {"20a", "Flow of participants", "flow", NULL},
    {"20b", "Characteristics of participants", "splits", "clinical characteristics"},
    {"20c", "Comparison with the development data", "drift", "clinical characteristics"},
    {"21", "Participants and outcomes in each analysis", "splits", NULL},
    {"22", "Specification of the whole model", "model", "access to the model"},
    {"23a", "Performance with intervals", "figures", "subgroups of patients"},
    {"23b", "Differences of performance between clusters", "groups", NULL},
    {"24", "Results of updating", NULL, NULL},
    {"25", "Interpretation", NULL, NULL},
    {"26", "Limitations", "cautions", "those of the study"},
    {"27a", "Poor or missing input in use", "indeterminate", NULL},
    {"27b", "What users do, and what they must know", NULL, NULL},
    {"27c", "Next steps", NULL, NULL},
};

static const Item claim[] = {
    {"1", "Title: AI, and which kind", "category", "the title"},
    {"2", "Abstract", NULL, NULL},
    {"3", "Background, intended use and role", "use", "the rest"},
    {"4", "Aims and hypotheses", NULL, NULL},
    {"5", "Prospective or retrospective", NULL, NULL},
    {"6", "Goal of the study", NULL, NULL},
    {"7", "Sources of data", "data", "their origin"},
    {"8", "Inclusion and exclusion", "eligibility", "the criteria for patients"},
    {"9", "Preprocessing", "preprocessing", NULL},
    {"10", "Selection of subsets of the data", "eligibility", NULL},
    {"11", "De-identification", NULL, NULL},
    {"12", "Missing data", "missing", NULL},
    {"13", "Image acquisition", NULL, NULL},
    {"14", "Definition of the reference standard", NULL, NULL},
    {"15", "Why this reference standard", NULL, NULL},
    {"16", "Who annotated it", NULL, NULL},
    {"17", "Annotation of the test set", NULL, NULL},
    {"18", "Agreement between and within annotators", NULL, NULL},
    {"19", "Assignment to partitions", "partitions", NULL},
    {"20", "Level at which partitions are disjoint", "disjoint", NULL},
    {"21", "Intended size of the test set", NULL, NULL},
    {"22", "The model in detail", "model", NULL},
    {"23", "Software and versions", "software", NULL},
    {"24", "Initial parameters", "initialization", NULL},
    {"25", "Training", "development", NULL},
    {"26", "Choice of the final model", "selection", NULL},
    {"27", "Ensembles", "ensemble", NULL},
    {"28", "Measures of performance", "measures", NULL},
    {"29", "Significance and uncertainty", "methods", NULL},
    {"30", "Robustness or sensitivity analysis", "robustness", NULL},
    {"31", "Explanation of decisions", "maps", NULL},
    {"32", "Evaluation on internal data", "internal", NULL},
    {"33", "Test on external data", NULL, NULL},
    {"34", "Registration of a trial", NULL, NULL},
    {"35", "Patients or examinations included and excluded", "flow", NULL},
    {"36", "Characteristics of cases in each partition", "splits", "clinical characteristics"},
    {"37", "Performance and its uncertainty", "figures", NULL},
    {"38", "Diagnostic performance and its precision", "confusion", NULL},
    {"39", "Analysis of wrong decisions", "mistakes", NULL},
    {"40", "Limitations", "cautions", "those of the study"},
    {"41", "Meaning for practice", "use", "the meaning for practice"},
    {"42", "Access to protocol and technical details", NULL, NULL},
    {"43", "Access to software, model and data", "code", "access to data and model"},
    {"44", "Funding", NULL, NULL},
};

static const Item gmlp[] = {
    {"1", "Intended use understood; expertise of several fields", "use", "expertise"},
    {"2", "Good software engineering, design and security", "software", "risk management"},
    {"3", "Data represent the intended population", "splits", "the intended population"},
    {"4", "Training and test data are independent", "disjoint", NULL},
    {"5", "Reference standards fit the purpose", NULL, NULL},
    {"6", "The model suits the data and the intended use", "selection", "the intended use"},
    {"7", "Performance of people and software together", NULL, NULL},
    {"8", "Tests under clinically relevant conditions", "robustness", "clinical conditions"},
    {"9", "Users get clear, essential information", "use", "information for users"},
    {"10", "Deployed models are monitored; risks of training anew", "monitoring",
     "a plan of monitoring"},
};

static const struct {
    const char *name, *version, *source;
    const Item *items;
    gsize n;
} lists[] = {
    {"STARD-AI", "2025", "Nature Medicine 2025;31:3283-3289, doi:10.1038/s41591-025-03953-8",
     stard_ai, G_N_ELEMENTS(stard_ai)},
    {"TRIPOD+AI", "2024", "BMJ 2024;385:e078378, doi:10.1136/bmj-2023-078378", tripod_ai,
     G_N_ELEMENTS(tripod_ai)},
    {"CLAIM", "2024",
     "Radiology: Artificial Intelligence 2024;6(4):e240300, "
     "doi:10.1148/ryai.240300",
     claim, G_N_ELEMENTS(claim)},
    {"IMDRF GMLP", "2025", "IMDRF/AIML WG/N88 FINAL:2025, the ten guiding principles", gmlp,
     G_N_ELEMENTS(gmlp)},
};

static json_t *item_json(const Item *item, json_t *facts)
{
    json_t *fact = item->fact ? json_object_get(facts, item->fact) : NULL;
    const char *state = !fact ? "open" : item->add ? "partly" : "filled";
    return json_pack("{s:s, s:s, s:s, s:O?, s:s?}", "number", item->number, "topic", item->topic,
                     "state", state, "fact", fact, "add", fact ? item->add : NULL);
}

json_t *leuko_report_checklists(json_t *facts)
{
    json_t *all = json_array();
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
        json_t *items = json_array();
        int filled = 0, partly = 0;
        for (gsize k = 0; k < lists[i].n; k++) {
            json_t *one = item_json(&lists[i].items[k], facts);
            const char *state = json_string_value(json_object_get(one, "state"));
            filled += strcmp(state, "filled") == 0;
            partly += strcmp(state, "partly") == 0;
            json_array_append_new(items, one);
        }
        json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:o}", "name",
                                             lists[i].name, "version", lists[i].version, "source",
                                             lists[i].source, "n", (int)lists[i].n, "filled",
                                             filled, "partly", partly, "items", items));
    }
    return all;
}
