/* leuko/folder.h: how a folder of images is read: what names, folders and tables mean.
 *
 *     LeukoFolderOptions folder = {.labels = "labels.csv", .group_by = "(P[0-9]+)_"};
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* What the names, folders and tables of a folder of images mean. All members 0: found out. Later
 * versions may add members. */
typedef struct {
    const char *group_by;      /* regular expression whose first (part) in the file name is the
                                  group, or NULL */
    const char *group_by_path; /* the same in the relative path; not together with group_by */
    const char *groups;        /* table of files and groups, or NULL; its columns may have any usual
                                  name: filename, image, ...; patient, subject, slide, ...;
                                  together with group_by, the expression sees the table's group */
    const char *labels;        /* table of files and classes (label, diagnosis, ...), or NULL */
    const char *layout;        /* a word for each level of folders: class, group, split, fold or *,
                                  as in "class/group", "split/class"; ** at the end for any depth;
                                  "flat"; NULL: found out */
    gboolean
        labels_from_names; /* the class is the digit at the end of each name, Im001_1.jpg; images
                                   without one are skipped */
    const char *classes; /* other names of classes, "leukemic=all,blast,1;healthy=hem,0": images of
                            the classes all, blast and 1 get the class leukemic; or NULL */
    gboolean group_is_optional; /* an image that the expression does not match has the group "" */
    gboolean class_is_optional; /* a folder whose images have no classes is read too: no classes,
                                   and every label is -1 */
} LeukoFolderOptions;

G_END_DECLS
