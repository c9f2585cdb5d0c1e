#include "support/sandbox_process.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <memory>
#include <stdexcept>

#include <curl/curl.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <signal.h>

namespace toksync::test {
namespace {

using nlohmann::json;

std::size_t append_text(char* data, std::size_t size, std::size_t count, void* text) {
  static_cast<std::string*>(text)->append(data, size * count);
  return size * count;
}

std::size_t add_header(char* data, std::size_t size, std::size_t count, void* headers) {
  const std::string line(data, size * count);
  const auto colon = line.find(':');
  if (colon == std::string::npos) return size * count;
  std::string name = line.substr(0, colon);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  const auto first = line.find_first_not_of(" \t", colon + 1);
  const auto last = line.find_last_not_of(" \t\r\n");
  const bool empty = first == std::string::npos || last < first;
  (*static_cast<std::map<std::string, std::string>*>(headers))[name] =
      empty ? "" : line.substr(first, last - first + 1);
  return size * count;
}

std::vector<std::string> with_house_flags(std::vector<std::string> flags, const std::string& port_file) {
  flags.insert(flags.end(), {"--port", "0", "--port-file", port_file, "--quiet"});
  return flags;
}

/// Waits for the port file; the file appears whole, since the sandbox renames it into place.
int await_port(Process& process, const std::string& port_file) {
  for (int attempt = 0; attempt < 4000; ++attempt) {
    std::ifstream file(port_file);
    int port = 0;
    if (file >> port) return port;
    if (process.wait_for(Milliseconds{5})) throw std::runtime_error("the sandbox ended: " + process.err());
  }
  throw std::runtime_error("the sandbox does not listen: " + process.err());
}

}  // namespace

std::string sandbox_key() { return "tk_test_" + std::string(48, '0'); }

json HttpAnswer::body() const { return json::parse(text); }

HttpAnswer http_request_with(const std::vector<std::string>& headers, const std::string& method, const std::string& url,
                             const std::string& body, Milliseconds timeout) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), &curl_easy_cleanup);
  curl_slist* lines = nullptr;
  for (const std::string& header : headers) lines = curl_slist_append(lines, header.c_str());
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> owner(lines, &curl_slist_free_all);
  HttpAnswer answer;
  curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, lines);
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  if (method != "GET") {
    curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(handle.get(), CURLOPT_COPYPOSTFIELDS, body.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
  }
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, &append_text);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &answer.text);
  curl_easy_setopt(handle.get(), CURLOPT_HEADERFUNCTION, &add_header);
  curl_easy_setopt(handle.get(), CURLOPT_HEADERDATA, &answer.headers);
  const CURLcode code = curl_easy_perform(handle.get());
  if (code == CURLE_OK) {
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  } else {
    answer.error = curl_easy_strerror(code);
  }
  return answer;
}

HttpAnswer http_request(const std::string& method, const std::string& url, const std::string& body,
                        const std::string& key, Milliseconds timeout) {
  std::vector<std::string> headers = {"Content-Type: application/json"};
  if (!key.empty()) headers.push_back("Authorization: Bearer " + key);
  return http_request_with(headers, method, url, body, timeout);
}

SandboxProcess::SandboxProcess(std::vector<std::string> flags)
    : process_(SANDBOX_BINARY, {.arguments = with_house_flags(std::move(flags), folder_.file("port")),
                                .environment = {},
                                .unset = {},
                                .working_directory = {}}),
      port_(await_port(process_, folder_.file("port"))) {}

SandboxProcess::~SandboxProcess() {
  process_.send_signal(SIGTERM);
  // Whatever does not end now is killed by the destructor of process_.
  static_cast<void>(process_.wait_for(Milliseconds{5000}));
}

std::string SandboxProcess::base_url() const { return "http://127.0.0.1:" + std::to_string(port_); }

HttpAnswer SandboxProcess::get(const std::string& path) const {
  return http_request("GET", base_url() + path, {}, sandbox_key());
}

HttpAnswer SandboxProcess::post(const std::string& path, const json& body) const {
  return http_request("POST", base_url() + path, body.dump(), sandbox_key());
}

json SandboxProcess::control(const std::string& method, const std::string& path, const std::string& body) const {
  const HttpAnswer answer = http_request(method, base_url() + path, body, {});
  if (answer.status != 200) {
    throw std::runtime_error(method + " " + path + ": " + std::to_string(answer.status) + " " + answer.error +
                             answer.text);
  }
  return answer.body();
}

json SandboxProcess::bill() const { return control("GET", "/sandbox/bill"); }

std::int64_t SandboxProcess::credits_charged() const { return bill().at("credits_charged").get<std::int64_t>(); }

bool SandboxProcess::nothing_bought_twice() const {
  const json work = bill().at("work");
  return std::all_of(work.begin(), work.end(), [](const json& item) { return item.at("count") == 1; });
}

json SandboxProcess::requests() const { return control("GET", "/sandbox/requests"); }

std::size_t SandboxProcess::request_count(const std::string& method, const std::string& path) const {
  const json all = requests();
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const json& request) {
    return request.at("method") == method && request.at("path") == path;
  }));
}

void SandboxProcess::fault(const std::string& spec) const { control("POST", "/sandbox/faults", json(spec).dump()); }
void SandboxProcess::clear_faults() const { control("DELETE", "/sandbox/faults"); }
std::size_t SandboxProcess::held() const { return control("GET", "/sandbox/held").at("held").get<std::size_t>(); }

bool SandboxProcess::wait_until_held(std::size_t count, Milliseconds timeout) const {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (held() < count) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    poll(nullptr, 0, 5);
  }
  return true;
}

json SandboxProcess::lists() const { return control("GET", "/sandbox/lists"); }
void SandboxProcess::delete_lists() const { control("DELETE", "/sandbox/lists"); }

void SandboxProcess::release() const { control("POST", "/sandbox/release"); }
void SandboxProcess::set_credits(std::int64_t balance) const {
  control("POST", "/sandbox/credits", json{{"balance", balance}}.dump());
}
void SandboxProcess::reset() const { control("POST", "/sandbox/reset"); }

}  // namespace toksync::test
