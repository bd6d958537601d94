#include <augur/codec/impl/scoring.ipp>
