// toksta-sandbox: reads the command line, opens the port, waits for the signal that ends it.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <thread>

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include "sandbox/listener.hpp"
#include "sandbox/options.hpp"
#include "sandbox/reading_service.hpp"
#include "sandbox/service.hpp"
#include "sandbox/tokportal/api.hpp"
#include "sandbox/toktra/api.hpp"

namespace toksync::sandbox {
namespace {

/// Signals are taken by sigwait alone, so that ending needs no handler.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

/// Writes the file whole: whoever sees it sees the port.
bool write_port_file(const std::string& path, int port) {
  const std::string draft = path + ".new";
  {
    std::ofstream file(draft);
    file << port << '\n';
    if (!file.flush()) return false;
  }
  return std::rename(draft.c_str(), path.c_str()) == 0;
}

bool is_valid_fault(const std::string& spec, Api api) {
  const auto fault = parse_fault(spec, api);
  if (!fault) fmt::print(stderr, "toksta-sandbox: {}\n", fault.error().text());
  return fault.has_value();
}

int announce(const Options& options, int port) {
  if (!options.port_file.empty() && !write_port_file(options.port_file, port)) {
    fmt::print(stderr, "toksta-sandbox: cannot write {}\n", options.port_file);
    return 1;
  }
  if (!options.quiet) {
    fmt::print("listening on http://{}:{}\n", options.host, port);
    std::fflush(stdout);
  }
  return 0;
}

using Refuse = std::function<void(Milliseconds)>;

std::unique_ptr<StandIn> stand_in_of(const Options& options, Refuse refuse) {
  switch (options.api) {
    case Api::toksta:
    case Api::partner: return std::make_unique<Service>(options, std::move(refuse));
    case Api::tokportal:
      return std::make_unique<ReadingService>(options, tokportal::make_api(options), std::move(refuse));
    case Api::toktra: return std::make_unique<ReadingService>(options, toktra::make_api(options), std::move(refuse));
  }
  return nullptr;
}

int serve(const Options& options) {
  const sigset_t signals = block_signals();
  // The two need each other: requests go one way, closing the port the other.
  Listener* port_holder = nullptr;
  const auto service =
      stand_in_of(options, [&port_holder](Milliseconds duration) { port_holder->refuse_for(duration); });
  Listener listener([&service](const HttpRequest& request, HttpResponse& response, Connection& connection) {
    service->answer(request, response, connection);
  });
  port_holder = &listener;
  const auto port = listener.open(options.host, options.port);
  if (!port) {
    fmt::print(stderr, "toksta-sandbox: {}\n", port.error().text());
    return 2;
  }
  if (const int failed = announce(options, *port); failed != 0) return failed;
  std::thread accepting([&listener] { listener.run(); });
  int signal = 0;
  sigwait(&signals, &signal);
  service->stop();
  listener.stop();
  accepting.join();
  return 0;
}

}  // namespace
}  // namespace toksync::sandbox

int main(int argument_count, char** arguments) {
  toksync::sandbox::Options options;
  if (const auto code = toksync::sandbox::read_command_line(argument_count, arguments, options)) return *code;
  const auto valid = [&](const std::string& spec) { return toksync::sandbox::is_valid_fault(spec, options.api); };
  if (!std::ranges::all_of(options.faults, valid)) return 2;
  return toksync::sandbox::serve(options);
}
