// The part of ReadingService that tests steer it with: the routes below /sandbox/.
#include "sandbox/reading_service.hpp"

namespace toksync::sandbox {
namespace {

using nlohmann::json;

constexpr std::int64_t most_days = 3650;

Answer done(json body) { return {200, std::move(body), "", {}}; }
Answer refused(int status, const std::string& message) { return {status, {{"message", message}}, "", {}}; }

std::string text_of(const json& body, const char* name) {
  return body.is_object() && body.contains(name) && body[name].is_string() ? body[name].get<std::string>() : "";
}

}  // namespace

void ReadingService::answer_control(const HttpRequest& request, HttpResponse& response) {
  const json body = json::parse(request.body, nullptr, false);
  Answer answer;
  {
    const std::lock_guard lock(mutex_);
    answer = control(request.method + " " + request.path, body);
  }
  close_port_if_due();
  response.status = answer.status;
  response.set_content(answer.body.dump(), "application/json");
}

Answer ReadingService::control(const std::string& route, const json& body) {
  if (route == "GET /sandbox/requests") return done(log_to_json());
  if (route == "GET /sandbox/hits") return done(json(hits_));
  if (route == "GET /sandbox/world") return done(api_->world());
  if (route == "GET /sandbox/held") return done({{"held", held_}});
  if (route == "GET /sandbox/faults") return done(faults_.to_json());
  if (route == "POST /sandbox/faults") return change_faults(body);
  if (route == "DELETE /sandbox/faults") {
    faults_.clear();
  } else if (route == "POST /sandbox/release") {
    ++releases_;
    changed_.notify_all();
  } else if (route == "POST /sandbox/reset") {
    reset();
  } else {
    return change_world(route, body);
  }
  return done({{"ok", true}});
}

Answer ReadingService::change_world(const std::string& route, const json& body) {
  if (route == "POST /sandbox/advance") {
    const json days = body.is_object() ? body.value("days", json(1)) : json(1);
    const bool sound = days.is_number_integer() && days >= 1 && days <= most_days;
    if (!sound) return refused(400, "days must be an integer from 1");
    api_->advance(days.get<int>());
  } else if (route == "POST /sandbox/remove") {
    if (!api_->remove(text_of(body, "resource"), text_of(body, "id"))) return refused(404, "No such row");
  } else if (route == "POST /sandbox/forget") {
    if (!api_->forget(text_of(body, "what"))) return refused(400, "what must be tokens or cursors, of toktra");
  } else {
    return refused(404, "No such control route: " + route);
  }
  return done(api_->world());
}

Answer ReadingService::change_faults(const json& body) {
  auto faults = faults_from_json(body, options_.api);
  if (!faults) return refused(400, faults.error().text());
  for (Fault& fault : *faults) faults_.add(std::move(fault));
  return done(faults_.to_json());
}

json ReadingService::log_to_json() const {
  json list = json::array();
  for (const Line& line : log_) {
    json told = line.told;
    told.update({{"n", list.size() + 1}, {"status", line.status}, {"fault", line.fault}});
    list.push_back(std::move(told));
  }
  return list;
}

void ReadingService::reset() {
  api_->reset();
  faults_.clear();
  forgotten_ += log_.size();
  log_.clear();
  hits_.clear();
}

}  // namespace toksync::sandbox
