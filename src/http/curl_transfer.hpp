// One request in libcurl's hands: the easy handle with everything it points into. Made and reused by the
// curl transport; a transfer must not move while it is in flight.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <variant>

#include <curl/curl.h>

#include "http/curl_transport.hpp"
#include "http/transport.hpp"

namespace toksync::http {

struct EasyCleanup {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListCleanup {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

class CurlTransfer {
 public:
  CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  /// Sets the handle up for a request that the URL guard has let pass.
  void prepare(RequestId id, Request request, const CurlOptions& options, SteadyTime started_at);
  /// What libcurl's result means; empties the transfer, which can then be prepared again.
  [[nodiscard]] std::variant<Response, TransportFailure> finish(CURLcode result);
  /// Forgets the request, its key included; the connection is libcurl's to keep.
  void clear();

  [[nodiscard]] CURL* easy() const { return easy_.get(); }
  [[nodiscard]] RequestId id() const { return id_; }
  [[nodiscard]] SteadyTime started_at() const { return started_at_; }

 private:
  void set_limits(const CurlOptions& options);
  void set_target(const CurlOptions& options);
  void set_message();
  void set_callbacks();
  void add_header(const std::string& line);
  [[nodiscard]] bool fits(std::size_t more);
  [[nodiscard]] TransportFailure failure_of(CURLcode result) const;

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);

  std::unique_ptr<CURL, EasyCleanup> easy_;
  std::unique_ptr<curl_slist, ListCleanup> header_lines_;
  RequestId id_{};
  Request request_;
  Response response_;
  SteadyTime started_at_{};
  std::size_t bytes_left_ = 0;
  bool is_too_large_ = false;
  int socket_errno_ = 0;  ///< why the system gave no socket
  std::array<char, CURL_ERROR_SIZE> error_{};
};

}  // namespace toksync::http
