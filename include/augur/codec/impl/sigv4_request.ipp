#pragma once

#include <augur/codec/sigv4_request.hpp>

namespace augur::inline AUGUR_ABI::codec {

AUGUR_INLINE bool is_signable_header(std::string_view name) noexcept
{
    for (std::string_view const never :
         {std::string_view("authorization"), std::string_view("connection"), std::string_view("expect"),
          std::string_view("keep-alive"), std::string_view("te"), std::string_view("trailer"),
          std::string_view("transfer-encoding"), std::string_view("upgrade"), std::string_view("user-agent"),
          std::string_view("x-amz-date"), std::string_view("x-amzn-trace-id")}) {
        if (name == never)
            return false;
    }
    // The attempt counter and its relatives say nothing that needs proof; botocore does not sign them either.
    return !name.starts_with("proxy-") && !name.starts_with("amz-sdk-");
}

AUGUR_INLINE void signable_headers::clear() noexcept
{
    names_.clear();
    fields_.clear();
}

AUGUR_INLINE void signable_headers::add(std::string_view name, std::string_view value)
{
    std::size_t const begin = names_.size();
    names_.append(name);
    for (std::size_t i = begin; i < names_.size(); ++i)
        if (names_[i] >= 'A' && names_[i] <= 'Z')
            names_[i] = static_cast<char>(names_[i] - 'A' + 'a');
    if (!is_signable_header(std::string_view(names_).substr(begin))) {
        names_.resize(begin);
        return;
    }
    // names_ may still move: finish() turns sizes into views.
    fields_.push_back({name, value});
}

AUGUR_INLINE std::span<headers::field const> signable_headers::finish() noexcept
{
    std::size_t begin = 0;
    for (auto& field : fields_) {
        field.name = std::string_view(names_).substr(begin, field.name.size());
        begin += field.name.size();
    }
    return fields_;
}

} // namespace augur::inline AUGUR_ABI::codec
