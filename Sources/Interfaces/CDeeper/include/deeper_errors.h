/* The text that deeper_last_error() returns, for the Swift side of the library; not installed, not exported. */
#ifndef DEEPER_ERRORS_H
#define DEEPER_ERRORS_H

/* Keeps a copy for the calling thread, shortened at a whole character if it is long. */
void deeper_set_last_error(const char *_Nonnull text);

#endif
