#include <augur/model/impl/inference.ipp>
#include <augur/model/impl/scoring.ipp>
