#ifndef CLIBCRYPTO_SHIM_H
#define CLIBCRYPTO_SHIM_H

/* pkg-config's libcrypto entry gives the include path. */
#include <openssl/crypto.h>
#include <openssl/sha.h>

#endif
