/* Random folders of images of known truth, for tests of what the catalog makes of them. The images
 * are files of one byte; names hold blanks, quotes, line ends and letters composed and decomposed;
 * some are links. */
#pragma once
#include "data/catalog.h"

typedef struct {
    GRand *rand;
    gchar *root, *outside; /* the tree; a folder for what lies beside it */
    GHashTable *classes;   /* image, relative path -> class */
    GHashTable *groups;    /* image -> group, "" if it has none */
    GHashTable *splits;    /* image -> LeukoSplit + 1, 0 if it has none */
    guint n_files;         /* written below the root, links included */
} RandomTree;

void random_tree_init(RandomTree *tree, GRand *rand);
void random_tree_clear(RandomTree *tree); /* removes it from the disk */
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RandomTree, random_tree_clear)

gint random_tree_pick(RandomTree *tree, gint n); /* 0 to n - 1 */
const char *random_tree_choose(RandomTree *tree, const char *const *words, gint n);
/* "tRAIN": letters in any case; new. */
gchar *random_tree_mix_case(RandomTree *tree, const char *word);

/* A file that is no image: nothing happens if it exists. */
void random_tree_put(RandomTree *tree, const char *folder, const char *name);
/* An image of known truth; one in ten is a link. FALSE: the file exists. split: -1: none. */
gboolean random_tree_put_image(RandomTree *tree, const char *folder, const char *name,
                               const char *class_name, const char *group, gint split);
/* An odd name with this number; new. */
gchar *random_tree_name(RandomTree *tree, guint number);
/* Some files of systems, notes, links that lead nowhere. */
void random_tree_put_junk(RandomTree *tree, const char *folder);

/* Assert that every image of the catalog has its class, group and split, and that used + skipped =
 * files on disk. n_images: it must have this many. */
void random_tree_check(const RandomTree *tree, const LeukoCatalog *catalog, guint n_images);
