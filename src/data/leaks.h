/* data/leaks.h: what stands on both sides of a division into splits: groups, copies of one image,
 * and augmented copies of one source. A figure on such a split is too good. */
#pragma once
#include "leuko/split.h"
#include <glib.h>
#include <jansson.h>

G_BEGIN_DECLS

typedef enum {
    LEUKO_LEAK_GROUP,  /* the same group */
    LEUKO_LEAK_SOURCE, /* augmented copies of one image, by their names or a table */
    LEUKO_LEAK_BYTES,  /* the same content */
    LEUKO_LEAK_COPY,   /* the same image (image/copies.h) */
    LEUKO_N_LEAK_KINDS
} LeukoLeakKind;

/* An image of a division. */
typedef struct {
    const char *file, *group, *source; /* group: "" when not known */
    gint split;                        /* LeukoSplit; below 0: in none */
    guint copy_of;                     /* the lowest image of its cluster of copies, or itself */
    guint same_as;                     /* the lowest image with the same content, or itself */
} LeukoLeakItem;

typedef struct {
    LeukoLeakKind kind;
    const char *name; /* of the group or the source; NULL for the other kinds */
    guint items[2];   /* an image of the lower split, and one of a higher */
} LeukoLeak;

typedef struct {
    guint n_items;
    LeukoLeakItem *items;                /* (n_items) */
    GArray *leaks;                       /* of LeukoLeak, by kind, then by the second image */
    GPtrArray *allowed;                  /* of gchar *: names that were allowed; may be empty */
    guint n_allowed[LEUKO_N_LEAK_KINDS]; /* leaks that were taken off the list for it */
    gpointer owner;                      /* of the strings; may be NULL */
    GDestroyNotify owner_free;
} LeukoLeaks;

/* Find the leaks between splits. The home of a group, a source or a cluster of copies is the lowest
 * split that it is in: training, if it is. A group has one leak for each further split; of a source
 * or a cluster, each image outside the home has one, with the first image at home.
 * items  (n) taken over; their strings are borrowed */
LeukoLeaks *leuko_leaks_new(LeukoLeakItem *items, guint n);
void leuko_leaks_free(LeukoLeaks *leaks); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoLeaks, leuko_leaks_free)

/* Take leaks off the list that the caller allows by name.
 * names  separated by commas: the name of a group, or of one of the two files; "groups" for all
 *        groups, "copies" for all others, "all"; NULL: none
 * Errors: LEUKO_ERROR_ARGUMENT: a name that no leak has. */
gboolean leuko_leaks_allow(LeukoLeaks *leaks, const char *names, GError **error);

/* Leave only what `split` shares with a lower split, on whose images a model may have learned. */
void leuko_leaks_keep_split(LeukoLeaks *leaks, LeukoSplit split);

/* "the same group P01: a/1.png (train) and a/2.png (test)". New. */
gchar *leuko_leak_describe(const LeukoLeaks *leaks, guint index);
/* "12 groups or pairs of images are in two splits: ", the first ten, and how many more. NULL: there
 * are none. New. */
gchar *leuko_leaks_text(const LeukoLeaks *leaks);
/* Set LEUKO_ERROR_GATE with the number of leaks and the first ten, if there are any. FALSE then.
 * path    the data set; advice: what to do, behind a semicolon */
gboolean leuko_leaks_refuse(const LeukoLeaks *leaks, const char *path, const char *advice,
                            GError **error);
/* {kind, name (of groups and sources), files: [2 names], splits: [2 names]}. New. */
json_t *leuko_leak_to_json(const LeukoLeaks *leaks, guint index);
json_t *leuko_leaks_to_json(const LeukoLeaks *leaks); /* an array of all. New. */

/* What was allowed, for the provenance of a model: {group, source, same_bytes, copy: counts},
 * without names, which may be those of patients. NULL: nothing. New. */
json_t *leuko_leaks_allowed_json(const LeukoLeaks *leaks);
/* Such counts for a person: "splits share 1 group and ...", and "the model was trained although its
 * splits share ...". NULL: counts is NULL. New. */
gchar *leuko_leaks_allowed_text(json_t *counts);
gchar *leuko_leaks_trained_text(json_t *counts);

G_END_DECLS
