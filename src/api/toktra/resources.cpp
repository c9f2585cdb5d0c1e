#include "api/toktra/resources.hpp"

#include <array>

namespace toksync::api::toktra {
namespace {

using enum FieldKind;

constexpr std::array kUsers{
    MirrorColumn{"user_id", "id"},
    MirrorColumn{"org_id", "org_id"},
    MirrorColumn{"email", "email"},
    MirrorColumn{"name", "name"},
    MirrorColumn{"department", "department"},
    MirrorColumn{"role", "role"},
    MirrorColumn{"status", "status"},
    MirrorColumn{"last_active_at", "last_active_at", time},
    MirrorColumn{"created_at", "created_at", time},
    MirrorColumn{"updated_at", "updated_at", time},
};

// What was spent begins anew with each period, and the API tells nothing about the days before.
constexpr std::array kBudgets{
    MirrorColumn{"budget_id", "id"},
    MirrorColumn{"org_id", "org_id"},
    MirrorColumn{"name", "name"},
    MirrorColumn{"department", "department"},
    MirrorColumn{"amount", "amount", number, true},
    MirrorColumn{"spent", "spent", number, true},
    MirrorColumn{"remaining", "remaining", number, true},
    MirrorColumn{"currency", "currency", text, true},
    MirrorColumn{"period", "period", text, true},
    MirrorColumn{"hard_cap", "hard_cap", boolean},
    MirrorColumn{"created_at", "created_at", time},
    MirrorColumn{"updated_at", "updated_at", time},
};

constexpr std::array kPolicies{
    MirrorColumn{"policy_id", "id"},
    MirrorColumn{"org_id", "org_id"},
    MirrorColumn{"name", "name"},
    MirrorColumn{"description", "description"},
    MirrorColumn{"model", "model"},
    MirrorColumn{"action", "action"},
    MirrorColumn{"conditions", "conditions", json},
    MirrorColumn{"enabled", "enabled", boolean},
    MirrorColumn{"created_at", "created_at", time},
    MirrorColumn{"updated_at", "updated_at", time},
};

constexpr std::array kAlerts{
    MirrorColumn{"alert_id", "id"},
    MirrorColumn{"org_id", "org_id"},
    MirrorColumn{"type", "type"},
    MirrorColumn{"severity", "severity"},
    MirrorColumn{"status", "status"},
    MirrorColumn{"title", "title"},
    MirrorColumn{"message", "message"},
    MirrorColumn{"user_id", "user_id"},
    MirrorColumn{"policy_id", "policy_id"},
    MirrorColumn{"metadata", "metadata", json},
    MirrorColumn{"created_at", "created_at", time},
    MirrorColumn{"resolved_at", "resolved_at", time},
};

// A row has no id: it is what one user did with one model on one day. Traffic that nobody is known for would come
// without a user; the contract does not say, and an empty text keeps it.
constexpr int kUsageKeys = 5;
constexpr std::array kUsage{
    MirrorColumn{"day", kSliceField},
    MirrorColumn{"period", "period", text_or_empty},
    MirrorColumn{"user_id", "user_id", text_or_empty},
    MirrorColumn{"provider", "provider", text_or_empty},
    MirrorColumn{"model", "model", text_or_empty},
    MirrorColumn{"user_email", "user_email"},
    MirrorColumn{"requests", "total_requests", integer},
    MirrorColumn{"input_tokens", "total_input_tokens", integer},
    MirrorColumn{"output_tokens", "total_output_tokens", integer},
    MirrorColumn{"estimated_cost_usd", "estimated_cost_usd", number},
};

// Cursors do not outlive a run, no list can be asked for what changed, and `total_count` may be approximate: each list
// is read as a whole, and nothing is made of the count.
constexpr std::array kResources{
    MirrorResource{.name = "users", .table = "toktra_users", .columns = kUsers, .paging = Paging::cursors},
    MirrorResource{.name = "budgets",
                   .table = "toktra_budgets",
                   .columns = kBudgets,
                   .paging = Paging::cursors,
                   .history_table = "toktra_budget_days"},
    MirrorResource{.name = "policies", .table = "toktra_policies", .columns = kPolicies, .paging = Paging::cursors},
    MirrorResource{.name = "alerts", .table = "toktra_alerts", .columns = kAlerts, .paging = Paging::cursors},
    // Figures of a day are estimated first and corrected later, and a combination may vanish by that.
    MirrorResource{.name = "usage",
                   .table = "toktra_usage",
                   .columns = kUsage,
                   .keys = kUsageKeys,
                   .keeping = Keeping::replaced,
                   .paging = Paging::cursors,
                   .slicing = Slicing::days},
};

}  // namespace

std::span<const MirrorResource> resources() { return kResources; }

}  // namespace toksync::api::toktra
