#include "api/tokportal/resources.hpp"

#include <array>

namespace toksync::api::tokportal {
namespace {

using enum FieldKind;
using Column = MirrorColumn;

constexpr std::array kAccounts{
    Column{"account_id", "id"},
    Column{"platform", "platform"},
    Column{"username", "username"},
    Column{"visible_name", "visible_name"},
    Column{"biography", "biography"},
    Column{"country", "country"},
    Column{"status", "status"},
    Column{"is_banned", "banned", boolean},
    Column{"profile_url", "profile_url"},
    Column{"profile_picture_url", "profile_picture_url"},
    Column{"link_in_bio", "link_in_bio"},
    Column{"bundle_id", "bundle_id"},
    Column{"created_at", "created_at", time},
    Column{"updated_at", "updated_at", time},
};

constexpr std::array kBundles{
    Column{"bundle_id", "id|bundle_id"},
    Column{"bundle_type", "bundle_type|type"},
    Column{"platform", "platform"},
    Column{"country", "country"},
    Column{"status", "status"},
    Column{"account_status", "account_status"},
    Column{"title", "title"},
    Column{"external_ref", "external_ref"},
    Column{"account_id", "saved_account_id"},
    Column{"videos_quantity", "videos_quantity", integer},
    Column{"videos_configured_count", "videos_configured_count", integer},
    Column{"review_mode", "review_mode"},
    Column{"is_published", "is_published", boolean},
    Column{"account_configured", "account_configured", boolean},
    Column{"created_at", "created_at", time},
    Column{"updated_at", "updated_at", time},
    Column{"published_at", "published_at", time},
};

constexpr std::array kCreditHistory{
    Column{"transaction_id", "id"},           Column{"type", "type"},
    Column{"amount", "amount", number},       Column{"description", "description"},
    Column{"breakdown", "breakdown", json},   Column{"balance_after", "balance_after", number},
    Column{"created_at", "created_at", time},
};

// The balance was called `credits` before (contracts/tokportal.md, section 7, number 16).
constexpr std::array kBalance{
    Column{"day", kDayField},
    Column{"total_credits", "total_credits|credits", number},
    Column{"expiring_within_7_days", "expiring_within_7_days", number},
    Column{"upcoming_expirations", "upcoming_expirations", json},
    Column{"last_updated", "last_updated", time},
};

constexpr std::array kBans{
    Column{"ban_id", "id"},
    Column{"account_id", "account_id"},
    Column{"username", "username"},
    Column{"platform", "platform"},
    Column{"bundle_id", "bundle_id"},
    Column{"order_id", "order_id"},
    Column{"status", "status"},
    Column{"reported_at", "reported_at", time},
    Column{"decided_at", "decided_at", time},
    Column{"updated_at", "updated_at", time},
    Column{"resolution", "resolution.resolution"},
    Column{"resolution_reason_code", "resolution.reason_code"},
    Column{"refund_credits", "resolution.refund_credits", number},
    Column{"resolved_at", "resolution.resolved_at", time},
};

constexpr std::array kAccountMetrics{
    Column{"account_id", kSliceField},
    Column{"day", kDayField},
    Column{"followers_count", "followers_count", integer},
    Column{"following_count", "following_count", integer},
    Column{"total_videos_tracked", "total_videos_tracked", integer},
    Column{"total_views", "total_views", integer},
    Column{"total_likes", "total_likes", integer},
    Column{"total_comments", "total_comments", integer},
    Column{"total_shares", "total_shares", integer},
    Column{"total_bookmarks", "total_bookmarks", integer},
    Column{"average_engagement_rate", "average_engagement_rate", number},
    Column{"average_video_views", "average_video_views", number},
    Column{"weekly_post_average", "weekly_post_average", number},
    Column{"scraped_at", "scraped_at", time},
};

// UNVERIFIED: the keys of a post (contracts/tokportal.md, section 10, number 2). The first that is there names it.
constexpr std::array kVideos{
    Column{"video_id", "id|video_id|post_id|tracked_post_id|trackedPostId|url|platform_url"},
    Column{"account_id", kSliceField},
    Column{"bundle_id", "bundle_id"},
    Column{"platform", "platform"},
    Column{"url", "url|platform_url"},
    Column{"caption", "caption|description|title"},
    Column{"published_at", "published_at|created_at", time},
    Column{"views", "views", integer, true},
    Column{"likes", "likes", integer, true},
    Column{"comments", "comments", integer, true},
    Column{"shares", "shares", integer, true},
    Column{"bookmarks", "bookmarks", integer, true},
    Column{"engagement_rate", "engagement_rate", number, true},
    Column{"scraped_at", "scraped_at", time},
};

// UNVERIFIED: the keys of a point (contracts/tokportal.md, section 10, number 3).
constexpr std::array kSeries{
    Column{"metric", kSliceField},
    Column{"day", "date|day|bucket"},
    Column{"value", "value|count", number},
};
constexpr std::array<std::string_view, 5> kMetrics{"views", "likes", "comments", "shares", "followers"};

// UNVERIFIED: a list item uses the names of the configuration (contracts/tokportal.md, section 6.3).
constexpr std::array kBundleVideos{
    Column{"bundle_id", kSliceField},
    Column{"position", "position", integer},
    Column{"video_id", "video_id|id"},
    Column{"video_type", "video_type"},
    Column{"status", "status"},
    Column{"name", "name"},
    Column{"description", "description"},
    Column{"external_ref", "external_ref"},
    Column{"target_publish_date", "target_publish_date"},
    Column{"instagram_content_type", "instagram_content_type"},
    Column{"platform_url", "platform_url"},
    Column{"finalized_at", "finalized_at", time},
};

// What is cheap comes first; what is asked for account by account comes last.
constexpr std::array kResources{
    MirrorResource{.name = "accounts", .table = "tokportal_accounts", .columns = kAccounts},
    MirrorResource{.name = "bundles", .table = "tokportal_bundles", .columns = kBundles},
    MirrorResource{.name = "credit_history",
                   .table = "tokportal_credit_history",
                   .columns = kCreditHistory,
                   .keeping = Keeping::added,
                   .watermark = "created_at"},
    MirrorResource{.name = "balance",
                   .table = "tokportal_balances",
                   .columns = kBalance,
                   .keeping = Keeping::added,
                   .paging = Paging::single},
    MirrorResource{.name = "bans",
                   .table = "tokportal_bans",
                   .columns = kBans,
                   .keeping = Keeping::added,
                   .watermark = "updated_at"},
    MirrorResource{.name = "series",
                   .table = "tokportal_series",
                   .columns = kSeries,
                   .keys = 2,
                   .keeping = Keeping::added,
                   .paging = Paging::single,
                   .slicing = Slicing::variants,
                   .variants = kMetrics,
                   .watermark = "day"},
    MirrorResource{.name = "bundle_videos",
                   .table = "tokportal_bundle_videos",
                   .columns = kBundleVideos,
                   .keys = 2,
                   .paging = Paging::single,
                   .slicing = Slicing::parents,
                   .parent = "bundles",
                   .parents_from = "tokportal_bundles_to_read"},
    MirrorResource{.name = "account_metrics",
                   .table = "tokportal_account_metrics",
                   .columns = kAccountMetrics,
                   .keys = 2,
                   .keeping = Keeping::added,
                   .paging = Paging::single,
                   .slicing = Slicing::parents,
                   .parent = "accounts",
                   .parents_from = "tokportal_accounts_to_read"},
    MirrorResource{.name = "videos",
                   .table = "tokportal_videos",
                   .columns = kVideos,
                   .slicing = Slicing::parents,
                   .parent = "accounts",
                   .parents_from = "tokportal_accounts_to_read",
                   .history_table = "tokportal_video_metrics"},
};

}  // namespace

std::span<const MirrorResource> resources() { return kResources; }

}  // namespace toksync::api::tokportal
