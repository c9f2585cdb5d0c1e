#include "store/moment.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <SQLiteCpp/Savepoint.h>

#include "store/store.hpp"

namespace toksync::store {

Moment::Moment(Store& store) : savepoint_(std::make_unique<SQLite::Savepoint>(store.database(), "moment")) {}

Moment::~Moment() {
  try {
    savepoint_->release();
  } catch (const SQLite::Exception&) {
    // It ends with the connection at the latest; whoever reads next is told what is wrong.
  }
}

}  // namespace toksync::store
