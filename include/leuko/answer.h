/* leuko/answer.h: classify images: bytes, pixels or files in, one answer record for each image out.
 *
 * A classifier is a model made ready to run. It applies the model's own preprocessing, calibration,
 * threshold and refer band; the caller hands over images as they are, of any size.
 *
 *     g_autoptr(GError) error = NULL;
 *     g_autoptr(LeukoClassifier) c = leuko_classifier_open("AML.graph", NULL, &error);
 *     g_autoptr(LeukoAnswer) a = c ? leuko_classifier_classify_file(c, "cell.jpg", &error) : NULL;
 *     if (a)
 *         printf("%s %.3f\n", leuko_answer_class(a), a->confidence);
 *
 * Threads: leuko_classifier_classify_*() from any number of threads; as many run at the same time
 * as the options say (n_calls), the others wait. Open and free from one thread.
 * Shapes: K classes.
 */
#pragma once
#include "leuko/image.h"
#include "leuko/model.h"
#include "leuko/options.h"
#include "leuko/version.h"
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct LeukoClassifier LeukoClassifier;

/* path     a model (.safetensors, or a frozen .pb or .onnx) or a compiled graph (.graph). For the
 *          device NCS: a graph that mvNCCompile of NCSDK v1 made, with FILE.json beside it (what
 *          freezing wrote beside the frozen graph)
 * options  copied; NULL: leuko_classifier_options_default()
 * Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT and LEUKO_ERROR_DATA (file and what is wrong in it);
 * LEUKO_ERROR_UNSUPPORTED (another kind of file, which the message names; bf16 on a processor
 * without it; no stick, no library for the stick, or the stick reports an error);
 * LEUKO_ERROR_MEMORY; LEUKO_ERROR_ARGUMENT: an option is out of its range, or a threshold was given
 * for a model without a positive class.
 * Cost: milliseconds for a compiled graph, about 0.1 s for a model, seconds for the stick. */
LeukoClassifier *leuko_classifier_open(const char *path, const LeukoClassifierOptions *options,
                                       GError **error);
/* No call may be running. NULL does nothing. */
void leuko_classifier_free(LeukoClassifier *classifier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoClassifier, leuko_classifier_free)

/* Classes and positive class; borrowed. */
const LeukoModel *leuko_classifier_model(const LeukoClassifier *classifier);
/* The threshold in force (options or model); NAN: the largest probability decides. */
double leuko_classifier_threshold(const LeukoClassifier *classifier);
/* The precision that the model runs in on this processor. */
LeukoPrecision leuko_classifier_precision(const LeukoClassifier *classifier);
/* Why, for example "bf16 is 0.46 times as fast as fp32 on this processor"; NULL for a compiled
 * graph and a stick, which have their own precision. Borrowed. */
const char *leuko_classifier_precision_reason(const LeukoClassifier *classifier);
/* What a person should know about how the model runs: a precision that this processor lacks, or
 * classes without names; NULL: nothing. Borrowed. */
const char *leuko_classifier_note(const LeukoClassifier *classifier);

/* --- one answer ------------------------------------------------------------------------------- */

/* Why an image is referred to a person; the first reason that applies. */
typedef enum {
    LEUKO_REFER_NONE,   /* it is not */
    LEUKO_REFER_UNLIKE, /* it is unlike the training images */
    LEUKO_REFER_CLASS,  /* another class cannot be ruled out, at the model's bound on misses */
    LEUKO_REFER_BAND,   /* its probability lies in the model's refer band */
} LeukoReferReason;

/* Made by the classifier only; later versions may add members at the end. `classes` is borrowed
 * from the classifier, which must outlive the answer; everything else is the answer's own. */
typedef struct {
    gchar *file;                 /* the path, or the name given beside the bytes or pixels */
    guint n_classes;             /* K */
    const gchar *const *classes; /* (K) names, NULL-terminated */
    double *probabilities;       /* (K), sum 1; NULL if the image is unreadable */
    gint decision;               /* the predicted class, 0..K-1; -1 if the image is unreadable */
    double confidence;           /* probabilities[decision] */
    gboolean low;                /* confidence below the option low_confidence */
    gboolean refer;              /* a person must decide, for `refer_reason` */
    gint truth;     /* the class that `file` names: its folder's name is a class, or its
                                    name ends in _1 or _0 as in ALL-IDB; -1: not known */
    double seconds; /* of the network, for this image */
    GError *error;  /* why the image is unreadable, or NULL */
    LeukoReferReason refer_reason;
    gint rival;      /* LEUKO_REFER_CLASS: the class that cannot be ruled out; else -1 */
    double distance; /* from the training classes, about 1 for images like them; NAN: the model
                        does not measure it */
} LeukoAnswer;
void leuko_answer_free(LeukoAnswer *answer); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoAnswer, leuko_answer_free)

/* The name of the predicted class, borrowed from the classifier; NULL if the image is
 * unreadable. */
const char *leuko_answer_class(const LeukoAnswer *answer);
/* Why the image is referred, for example "blast cannot be ruled out"; NULL if it is not. g_free. */
gchar *leuko_answer_refer_text(const LeukoAnswer *answer);
/* One line for a person, without newline: "cell.jpg: blast (correct), confidence 0.987 LOW,
 * 0.031 s"; of an unreadable image its error. g_free. */
gchar *leuko_answer_to_line(const LeukoAnswer *answer);
/* One CSV row with its newline; the columns are those of leuko_classifier_csv_header(). g_free. */
gchar *leuko_answer_to_csv(const LeukoAnswer *answer);
/* "file,truth,class,confidence,mark,reason,error,p(CLASS),..." with its newline. mark: "refer",
 * "low" or empty; reason: why the image is referred. g_free. */
gchar *leuko_classifier_csv_header(const LeukoClassifier *classifier);
/* A JSON object on one line: file, class, truth, confidence, low, refer, reason (null if not
 * referred), distance (null if not measured), probabilities by class name, seconds; of an
 * unreadable image file and error. g_free. */
gchar *leuko_answer_to_json(const LeukoAnswer *answer);

/* --- questions -------------------------------------------------------------------------------- */

/* Classify one encoded image in memory (JPEG, PNG, TIFF, BMP, GIF, WebP, HEIC, AVIF).
 * name   becomes `file` of the answer and stands in messages; NULL: "image"
 * Errors: those of leuko_image_decode(); LEUKO_ERROR_MEMORY. The classifier can still be used. */
LeukoAnswer *leuko_classifier_classify_bytes(LeukoClassifier *classifier, gconstpointer bytes,
                                             gsize n_bytes, const char *name, GError **error);
/* Classify pixels in memory: height rows of width pixels of 3 bytes (R, G, B); rows start every
 * row_bytes bytes. Errors: LEUKO_ERROR_ARGUMENT: an empty image, one over the limits of
 * leuko/image.h, or row_bytes < 3 x width; LEUKO_ERROR_MEMORY. */
LeukoAnswer *leuko_classifier_classify_rgb8(LeukoClassifier *classifier, const guint8 *pixels,
                                            guint width, guint height, gsize row_bytes,
                                            const char *name, GError **error);
/* Classify a decoded image. Errors as for leuko_classifier_classify_rgb8(). */
LeukoAnswer *leuko_classifier_classify_image(LeukoClassifier *classifier, const LeukoImage *image,
                                             const char *name, GError **error);
/* Classify one file. Errors: those of leuko_image_load(); LEUKO_ERROR_MEMORY. */
LeukoAnswer *leuko_classifier_classify_file(LeukoClassifier *classifier, const char *path,
                                            GError **error);

/* Takes one answer, borrowed for the call. FALSE stops the job; set the error then. */
typedef gboolean (*LeukoAnswerFunc)(const LeukoAnswer *answer, gpointer user_data, GError **error);

/* Classify files in order, each answered by one call of func on the calling thread. Files are
 * decoded on other threads while the network runs. An unreadable file is answered with its error,
 * and the job goes on.
 * Errors: LEUKO_ERROR_ARGUMENT (n_paths is 0), LEUKO_ERROR_MEMORY, LEUKO_ERROR_CANCELLED; those of
 * func. */
gboolean leuko_classifier_classify_files(LeukoClassifier *classifier, const char *const *paths,
                                         guint n_paths, LeukoAnswerFunc func, gpointer user_data,
                                         GCancellable *cancellable, GError **error);

/* Called once the folder is watched: no file that arrives afterwards is missed. */
typedef void (*LeukoWatchFunc)(const char *dir, gpointer user_data);

/* Classify images as they arrive in the folder `dir`: each file with the name of an image that is
 * closed after writing or moved there; hidden files and sub-folders are ignored. ready may be NULL.
 * Returns TRUE once cancellable is cancelled (between two images), FALSE on an error.
 * Errors: LEUKO_ERROR_IO: the folder cannot be watched, was moved or removed, or more files arrived
 * at once than the system can queue; those of func. Linux only (inotify). */
gboolean leuko_classifier_watch_folder(LeukoClassifier *classifier, const char *dir,
                                       LeukoWatchFunc ready, LeukoAnswerFunc func,
                                       gpointer user_data, GCancellable *cancellable,
                                       GError **error);

G_END_DECLS
