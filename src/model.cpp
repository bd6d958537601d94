#include <augur/model/impl/inference.ipp>
#include <augur/model/impl/scoring.ipp>

namespace augur::inline AUGUR_ABI {

template result<bool> inference_response::read(std::size_t, std::size_t) const;
template result<std::int64_t> inference_response::read(std::size_t, std::size_t) const;
template result<double> inference_response::read(std::size_t, std::size_t) const;
template result<std::string> inference_response::read(std::size_t, std::size_t) const;
template result<std::string_view> inference_response::read(std::size_t, std::size_t) const;
template result<bool> inference_response::read(std::size_t, std::string_view) const;
template result<std::int64_t> inference_response::read(std::size_t, std::string_view) const;
template result<double> inference_response::read(std::size_t, std::string_view) const;
template result<std::string> inference_response::read(std::size_t, std::string_view) const;
template result<std::string_view> inference_response::read(std::size_t, std::string_view) const;

} // namespace augur::inline AUGUR_ABI
