#ifndef CLIBPQ_SHIM_H
#define CLIBPQ_SHIM_H

/* pkg-config's libpq entry gives the include path. */
#include <libpq-fe.h>

#endif
