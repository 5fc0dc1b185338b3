/* data/file-table.h: a table that gives each image one value: its class, group or laboratory.
 *
 * Columns are recognized by their names in any case; blanks, "_", "-", "." and "#" do not count:
 *   the file   file, or: filename, image, name, path, new_names, file_path, image_name, image_file,
 *              image_path, image_id, img, img_name, img_path, image_filename
 *   class      class, or: label, labels, diagnosis, category, class_name, cell_type, cell_class,
 *              class_label, target, ground_truth; else a column for each class, with 1 in the class
 *              of the row and 0 in the others
 *   group      group, or: patient, patient_id, subject, subject_id, case, case_id, slide, slide_id,
 *              donor, donor_id, patient_no, patient_number
 *   laboratory laboratory, or: lab, site, center, centre, hospital, each also with _id or _name
 * The first name of each row decides if the table has it. Otherwise two columns for one purpose are
 * refused. Blanks around a value are no part of it. Where all values are whole numbers, ".0" behind
 * them is none either.
 */
#pragma once
#include <glib.h>

typedef enum { LEUKO_TABLE_CLASS, LEUKO_TABLE_GROUP, LEUKO_TABLE_LABORATORY } LeukoTableValue;

typedef struct {
    gchar *file, *value; /* UTF-8; value in composed form (NFC) */
    guint line;          /* in the file of the table */
} LeukoTableRow;

typedef struct {
    gchar *path;
    const char *value_name;     /* "class", "group" or "laboratory"; static */
    GArray *rows;               /* of LeukoTableRow, in the order of the table, each file once */
    gboolean has_flags;         /* the classes are the names of columns */
    gboolean has_short_numbers; /* ".0" was removed from the values */
} LeukoFileTable;

/* Read the column of file names and that of the values.
 * Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT (not a table; no column or two columns for one
 * purpose; an empty cell or a word for a missing value (NaN, NA, N/A, null, -, ?), or a file
 * with two values, with line numbers). */
LeukoFileTable *leuko_file_table_load(const char *path, LeukoTableValue value, GError **error);
/* FALSE also of a file that is no table. */
gboolean leuko_file_table_has(const char *path, LeukoTableValue value);
void leuko_file_table_free(LeukoFileTable *table); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoFileTable, leuko_file_table_free)

/* Find the row of every image. A row's name means the image with that relative path, else the image
 * with that file name, else the image with that file name apart from the ending. Letters that are
 * composed in one name and decomposed in the other count as equal, then also capitals and small
 * letters. Each only where one image fits.
 * files   (n) relative paths, UTF-8, each once
 * values  (n) output: the value of each image, borrowed from the table
 * notes   gets a line (gchar *) about rows without an image, and one about names that fit only in
 *         part; may be NULL
 * Errors  LEUKO_ERROR_FORMAT: a row fits two images, or two rows with different values fit one
 *         image (with line numbers); LEUKO_ERROR_DATA: no row fits, or an image has no row (with
 *         the counts and three examples) */
gboolean leuko_file_table_match(const LeukoFileTable *table, const char *const *files, guint n,
                                const char **values, GPtrArray *notes, GError **error);
