#include "http/curl_transfer.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <new>
#include <stdexcept>
#include <system_error>

#include <sys/socket.h>

#include "http/url_guard.hpp"

namespace toksync::http {
namespace {

// Silence as long as this ends a transfer before its total timeout does; a server may hold a request
// for 30 s without sending a byte (contracts/toksta.md, "Calling it").
constexpr Seconds kLongestSilence{60};

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  const auto result = curl_easy_setopt(easy, option, value);
  if (result == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (result != CURLE_OK)
    throw std::logic_error(std::string("libcurl refuses an option: ") + curl_easy_strerror(result));
}

// Zero means "no limit" to libcurl, so the shortest limit is one millisecond.
long limit_of(Milliseconds limit) { return std::max(1L, static_cast<long>(limit.count())); }

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

curl_off_t info_of(CURL* easy, CURLINFO which) {
  curl_off_t value = 0;
  curl_easy_getinfo(easy, which, &value);
  return value;
}

void strip(std::string& text, const Secret& secret) {
  if (secret.empty()) return;
  const auto& key = secret.reveal();
  for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at)) text.replace(at, key.size(), "***");
}

/// A server or a gateway that echoes the request must not carry its secrets into logs and records.
void strip(Response& response, const Request& request) {
  for (const auto* const secret : {&request.bearer, &request.api_key, &request.secret_in_body}) {
    strip(response.body, *secret);
    for (auto& header : response.headers) strip(header.second, *secret);
  }
}

bool surely_not_sent(CURL* easy) {
  long sent = 0;
  curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
  return sent == 0 && info_of(easy, CURLINFO_PRETRANSFER_TIME_T) == 0;
}

const char* code_of(CURLcode result, bool not_sent) {
  if (result == CURLE_OPERATION_TIMEDOUT) return not_sent ? "CONNECT_FAILED" : "TIMEOUT";
  if (!not_sent) return "CONNECTION_LOST";
  switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return "DNS_FAILED";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CERTPROBLEM: return "TLS_FAILED";
    default: return "CONNECT_FAILED";
  }
}

}  // namespace

CurlTransfer::CurlTransfer() : easy_(curl_easy_init()) {
  if (!easy_) throw std::bad_alloc();
}

void CurlTransfer::prepare(RequestId id, Request request, const CurlOptions& options, SteadyTime started_at) {
  id_ = id;
  request_ = std::move(request);
  started_at_ = started_at;
  bytes_left_ = options.max_answer_bytes;
  // CURLOPT_NOSIGNAL stays off: with it libcurl would no longer shield us from SIGPIPE, and without it no
  // alarm is used, because names are resolved in a thread.
  set_limits(options);
  set_target(options);
  set_message();
  set_callbacks();
}

void CurlTransfer::set_limits(const CurlOptions& options) {
  set(easy(), CURLOPT_CONNECTTIMEOUT_MS, limit_of(std::min(options.connect_timeout, request_.timeout)));
  set(easy(), CURLOPT_TIMEOUT_MS, limit_of(request_.timeout));
  const auto silence = std::max(kLongestSilence, std::chrono::duration_cast<Seconds>(request_.timeout / 2));
  set(easy(), CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(easy(), CURLOPT_LOW_SPEED_TIME, static_cast<long>(silence.count()));
}

void CurlTransfer::set_target(const CurlOptions& options) {
  set(easy(), CURLOPT_URL, request_.url.c_str());
  set(easy(), CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy(), CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(easy(), CURLOPT_FOLLOWLOCATION, 0L);
  set(easy(), CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy(), CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy(), CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy(), CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy(), CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy(), CURLOPT_USERAGENT, options.user_agent.c_str());
  // An empty proxy overrides the environment's: a key for loopback must not travel to a proxy.
  if (inspect_url(request_.url).is_loopback) set(easy(), CURLOPT_PROXY, "");
  if (request_.exactly_once) set(easy(), CURLOPT_FRESH_CONNECT, 1L);
}

void CurlTransfer::set_message() {
  for (const auto& [name, value] : request_.headers) add_header(name + ": " + value);
  if (!request_.bearer.empty()) add_header("Authorization: Bearer " + request_.bearer.reveal());
  if (!request_.api_key.empty()) add_header("X-API-Key: " + request_.api_key.reveal());
  add_header("Expect:");
  set(easy(), CURLOPT_HTTPHEADER, header_lines_.get());
  set(easy(), CURLOPT_ACCEPT_ENCODING, "");
  if (request_.method == Method::get) {
    set(easy(), CURLOPT_HTTPGET, 1L);
    return;
  }
  set(easy(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  set(easy(), CURLOPT_POSTFIELDS, request_.body.c_str());
}

void CurlTransfer::set_callbacks() {
  set(easy(), CURLOPT_PRIVATE, static_cast<void*>(this));
  set(easy(), CURLOPT_ERRORBUFFER, error_.data());
  set(easy(), CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  set(easy(), CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy(), CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  set(easy(), CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(easy(), CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::on_socket);
  set(easy(), CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
}

void CurlTransfer::add_header(const std::string& line) {
  curl_slist* const longer = curl_slist_append(header_lines_.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(header_lines_.release());
  header_lines_.reset(longer);
}

std::variant<Response, TransportFailure> CurlTransfer::finish(CURLcode result) {
  std::variant<Response, TransportFailure> outcome = failure_of(result);
  if (result == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    strip(response_, request_);
    outcome = std::move(response_);
  }
  clear();
  return outcome;
}

void CurlTransfer::clear() {
  curl_easy_reset(easy());
  header_lines_.reset();
  request_ = {};
  response_ = {};
  is_too_large_ = false;
  socket_errno_ = 0;
  error_.front() = '\0';
}

TransportFailure CurlTransfer::failure_of(CURLcode result) const {
  if (is_too_large_) return {"TOO_LARGE", "the answer is larger than what is accepted", true};
  const auto not_sent = surely_not_sent(easy());
  if (not_sent && socket_errno_ != 0) {
    return {"CONNECT_FAILED", "no socket can be opened: " + std::system_category().message(socket_errno_), false};
  }
  const std::string message = error_.front() != '\0' ? error_.data() : curl_easy_strerror(result);
  return {code_of(result, not_sent), redact(message), !not_sent};
}

bool CurlTransfer::fits(std::size_t more) {
  if (more > bytes_left_) is_too_large_ = true;
  if (is_too_large_) return false;
  bytes_left_ -= more;
  return true;
}

std::size_t CurlTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const std::string_view line(data, size * count);
  if (!transfer.fits(line.size())) return 0;
  // A status line begins a new set of headers: the ones before belonged to an interim answer (1xx).
  if (line.starts_with("HTTP/")) transfer.response_.headers.clear();
  const auto colon = line.find(':');
  if (colon != std::string_view::npos && !line.starts_with("HTTP/")) {
    transfer.response_.headers.emplace_back(lower_case(trimmed(line.substr(0, colon))),
                                            std::string(trimmed(line.substr(colon + 1))));
  }
  return line.size();
}

std::size_t CurlTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (!transfer.fits(size * count)) return 0;
  transfer.response_.body.append(data, size * count);
  return size * count;
}

// libcurl itself does not tell why it got none.
curl_socket_t CurlTransfer::on_socket(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
  const int descriptor = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (descriptor < 0) static_cast<CurlTransfer*>(self)->socket_errno_ = errno;
  return descriptor;
}

}  // namespace toksync::http
