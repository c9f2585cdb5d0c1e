// The TCP side: accepts connections and lets cpp-httplib speak HTTP on them. The accept loop is our own,
// because a `refused` fault has to close the port and open it again, and the end has to come at once.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "base/error.hpp"
#include "sandbox/connection.hpp"

namespace toksync::sandbox {

using Answerer = std::function<void(const HttpRequest&, HttpResponse&, Connection&)>;

class Listener : private httplib::Server {
 public:
  explicit Listener(Answerer answerer);
  ~Listener() override;

  /// Opens the port; 0 means any free one. Gives the port.
  [[nodiscard]] Expected<int> open(const std::string& host, int port);
  /// Serves until stop().
  void run();
  /// Closes the port and every connection; may be called from any thread.
  void stop();
  /// Refuses new connections for a while, and ends the open ones once their requests are answered.
  void refuse_for(Milliseconds duration);

 private:
  void handle_everything();
  void accept_one(httplib::ThreadPool& pool);
  void serve(int descriptor);
  [[nodiscard]] bool keep_open();
  void reopen();
  [[nodiscard]] bool refusing() const { return refuse_milliseconds_.load() > 0; }

  Answerer answerer_;
  std::string host_;
  int port_ = 0;
  int listening_ = -1;
  int wake_read_ = -1;
  int wake_write_ = -1;
  std::atomic<bool> stopping_ = false;
  std::atomic<Milliseconds::rep> refuse_milliseconds_ = 0;
  std::mutex mutex_;
  std::set<int> open_;
};

}  // namespace toksync::sandbox
