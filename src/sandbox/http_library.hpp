// cpp-httplib, seen the way Debian compiled it: its Request has one more member with OpenSSL support, so
// every user has to say so, or the two sides disagree about the layout.
#pragma once

#define CPPHTTPLIB_OPENSSL_SUPPORT
#include <httplib.h>

namespace toksync::sandbox {

using HttpRequest = httplib::Request;
using HttpResponse = httplib::Response;

}  // namespace toksync::sandbox
