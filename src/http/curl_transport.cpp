#include "http/curl_transport.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>

#include <curl/curl.h>

#include "http/curl_transfer.hpp"
#include "http/url_guard.hpp"

namespace toksync::http {
namespace {

// curl_multi_poll takes an int; a minute at a time also lets a step of the wall clock be noticed.
constexpr Milliseconds kLongestPoll{60'000};

struct MultiCleanup {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

void check(CURLMcode result) {
  if (result != CURLM_OK) throw std::runtime_error(std::string("libcurl: ") + curl_multi_strerror(result));
}

// libcurl counts these calls, so that each transport may bring its own pair.
class CurlLibrary {
 public:
  CurlLibrary() {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl cannot start");
  }
  ~CurlLibrary() { curl_global_cleanup(); }
  CurlLibrary(const CurlLibrary&) = delete;
  CurlLibrary& operator=(const CurlLibrary&) = delete;
};

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool would_break_headers(const Request& request) {
  return has_control_character(request.bearer.reveal()) ||
         std::any_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
           return has_control_character(header.first) || has_control_character(header.second);
         });
}

std::optional<TransportFailure> reason_to_refuse(const Request& request) {
  if (!inspect_url(request.url).is_usable) {
    return TransportFailure{"REFUSED_URL", "not an http or https URL without user information", false};
  }
  if (!request.bearer.empty() && !may_carry_key(request.url)) {
    return TransportFailure{"REFUSED_URL", "an API key goes only over https, or over http to loopback", false};
  }
  if (would_break_headers(request)) {
    return TransportFailure{"REFUSED_HEADER", "a header, or the API key, holds a control character", false};
  }
  return std::nullopt;
}

class CurlTransport final : public Transport {
 public:
  CurlTransport(const Clock& clock, const CurlOptions& options)
      : clock_(clock), options_(options), multi_(curl_multi_init()) {
    if (!multi_) throw std::bad_alloc();
  }
  ~CurlTransport() override {
    for (const auto& [id, transfer] : active_) curl_multi_remove_handle(multi_.get(), transfer->easy());
  }
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  void start(RequestId id, Request request) override;
  [[nodiscard]] std::vector<Completion> wait(SteadyTime until) override;
  void cancel(RequestId id) override;

 private:
  [[nodiscard]] std::unique_ptr<CurlTransfer> idle_transfer();
  [[nodiscard]] std::vector<Completion> collect();
  [[nodiscard]] Completion complete(CurlTransfer& transfer, CURLcode result);
  [[nodiscard]] bool poll(Milliseconds timeout);

  const Clock& clock_;
  const CurlOptions options_;
  const CurlLibrary library_;
  std::unique_ptr<CURLM, MultiCleanup> multi_;
  std::map<RequestId, std::unique_ptr<CurlTransfer>> active_;
  std::vector<std::unique_ptr<CurlTransfer>> idle_;
  std::vector<Completion> refused_;
};

void CurlTransport::start(RequestId id, Request request) {
  if (active_.contains(id)) throw std::logic_error("a request with this id is in flight already");
  if (auto reason = reason_to_refuse(request)) {
    refused_.push_back({id, std::move(*reason), Milliseconds{0}});
    return;
  }
  auto transfer = idle_transfer();
  transfer->prepare(id, std::move(request), options_, clock_.steady());
  check(curl_multi_add_handle(multi_.get(), transfer->easy()));
  active_.emplace(id, std::move(transfer));
}

std::unique_ptr<CurlTransfer> CurlTransport::idle_transfer() {
  if (idle_.empty()) return std::make_unique<CurlTransfer>();
  auto transfer = std::move(idle_.back());
  idle_.pop_back();
  return transfer;
}

std::vector<Completion> CurlTransport::wait(SteadyTime until) {
  for (bool was_woken = false;;) {
    auto completions = collect();
    const auto now = clock_.steady();
    if (!completions.empty() || was_woken || now >= until) return completions;
    was_woken = poll(std::min<Milliseconds>(until - now, kLongestPoll));
  }
}

std::vector<Completion> CurlTransport::collect() {
  auto completions = std::exchange(refused_, {});
  int running = 0;
  check(curl_multi_perform(multi_.get(), &running));
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    char* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    completions.push_back(complete(*reinterpret_cast<CurlTransfer*>(transfer), message->data.result));
  }
  return completions;
}

Completion CurlTransport::complete(CurlTransfer& transfer, CURLcode result) {
  const auto id = transfer.id();
  const auto duration = clock_.steady() - transfer.started_at();
  check(curl_multi_remove_handle(multi_.get(), transfer.easy()));
  Completion completion{id, transfer.finish(result), duration};
  idle_.push_back(std::move(active_.extract(id).mapped()));
  return completion;
}

bool CurlTransport::poll(Milliseconds timeout) {
  curl_waitfd wake{options_.wake_fd, CURL_WAIT_POLLIN, 0};
  const unsigned extra = options_.wake_fd >= 0 ? 1 : 0;
  check(curl_multi_poll(multi_.get(), &wake, extra, static_cast<int>(timeout.count()), nullptr));
  return wake.revents != 0;
}

void CurlTransport::cancel(RequestId id) {
  std::erase_if(refused_, [id](const Completion& completion) { return completion.id == id; });
  const auto found = active_.find(id);
  if (found == active_.end()) return;
  check(curl_multi_remove_handle(multi_.get(), found->second->easy()));
  found->second->clear();
  idle_.push_back(std::move(found->second));
  active_.erase(found);
}

}  // namespace

std::unique_ptr<Transport> make_curl_transport(const Clock& clock, const CurlOptions& options) {
  return std::make_unique<CurlTransport>(clock, options);
}

}  // namespace toksync::http
