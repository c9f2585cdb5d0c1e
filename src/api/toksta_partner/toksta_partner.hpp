// The provider for the Toksta Partner API, the private beta before v1 (contracts/toksta.md, "Partner API"). Made
// through api::make_provider.
//
// It speaks v1 but for its jobs: a start answers with one job id for all of its creators, and `GET /v1/jobs/{id}` is
// the only place where results are. The engine knows one job for each creator; `work_ids.hpp` joins the two, and
// `decode.cpp` puts what a job's document says into the words of v1, whose decoders then read it. So that the raw
// records of both are read alike, whoever brought them.
#pragma once

#include <memory>

#include "api/provider.hpp"

namespace toksync::api::toksta_partner {

[[nodiscard]] std::unique_ptr<Provider> make_toksta_partner_provider(ProviderOptions options);

}  // namespace toksync::api::toksta_partner
