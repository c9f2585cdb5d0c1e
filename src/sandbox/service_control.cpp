// The part of Service that tests steer it with: the routes below /sandbox/.
#include "sandbox/service.hpp"

namespace toksync::sandbox {
namespace {

using nlohmann::json;

json to_json(const std::deque<LoggedRequest>& log) {
  json list = json::array();
  for (const LoggedRequest& request : log) {
    list.push_back({{"n", list.size() + 1},
                    {"method", request.method},
                    {"path", request.path},
                    {"query", request.query},
                    {"status", request.status},
                    {"request_id", request.request_id},
                    {"fault", request.fault},
                    {"body", request.body},
                    {"at_ms", request.at.time_since_epoch().count()}});
  }
  return list;
}

json lists_of(const State& state) {
  json lists = json::array();
  for (const auto& [id, list] : state.lists) {
    const auto again = state.added_again.find(id);
    lists.push_back({{"id", id},
                     {"name", list["name"]},
                     {"creator_ids", state.list_members.at(id)},
                     {"added_again", again == state.added_again.end() ? 0 : again->second}});
  }
  return lists;
}

}  // namespace

void Service::answer_control(const HttpRequest& request, HttpResponse& response) {
  const json body = json::parse(request.body, nullptr, false);
  Reply reply;
  {
    const std::lock_guard lock(mutex_);
    state_.settle_finished(std::chrono::floor<Milliseconds>(std::chrono::system_clock::now()));
    reply = control(request.method + " " + request.path, body);
  }
  close_port_if_due();
  response.status = reply.status;
  response.set_content((reply.failed() ? reply.error : reply.data).dump(), "application/json");
}

Reply Service::control(const std::string& route, const json& body) {
  if (route == "GET /sandbox/bill") return success(state_.account.bill());
  if (route == "GET /sandbox/requests") return success(to_json(state_.log));
  if (route == "GET /sandbox/held") return success({{"held", held_}});
  if (route == "GET /sandbox/faults") return success(state_.faults.to_json());
  if (route == "GET /sandbox/lists") return success(lists_of(state_));
  if (route == "POST /sandbox/faults") return change_faults(body);
  if (route == "DELETE /sandbox/faults") {
    state_.faults.clear();
  } else if (route == "DELETE /sandbox/lists") {
    state_.lists.clear();
    state_.list_members.clear();
  } else if (route == "POST /sandbox/release") {
    ++releases_;
    changed_.notify_all();
  } else if (route == "POST /sandbox/reset") {
    state_.reset(options_);
  } else if (route == "POST /sandbox/credits") {
    if (!body.is_object() || !body.value("balance", json()).is_number_integer()) {
      return invalid("balance must be an integer");
    }
    state_.account.set_balance(body["balance"].get<std::int64_t>());
  } else {
    return not_found("No such control route: " + route);
  }
  return success({{"ok", true}});
}

Reply Service::change_faults(const json& body) {
  auto faults = faults_from_json(body);
  if (!faults) return invalid(faults.error().text());
  for (Fault& fault : *faults) state_.faults.add(std::move(fault));
  return success(state_.faults.to_json());
}

}  // namespace toksync::sandbox
