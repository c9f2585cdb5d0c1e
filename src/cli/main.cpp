#include "cli/app.hpp"

int main(int argc, char** argv) { return toksync::cli::run_program({argv + 1, argv + argc}); }
