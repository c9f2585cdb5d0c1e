#include "sandbox/handlers.hpp"

namespace toksync::sandbox {

Reply account_usage(Call& call) {
  const std::string now = month_of(call.now);
  const std::string month = call.text("month", now);
  const bool number =
      month.size() == 7 && month[4] == '-' && month.find_first_not_of("0123456789-") == std::string::npos;
  if (!number) return invalid("month must match YYYY-MM");
  return success(call.state.account.usage(month, month == now, !call.options.no_balance));
}

}  // namespace toksync::sandbox
