#pragma once

#include <augur/codec/base64.hpp>
#include <augur/codec/impl/json_scanner.hpp>
#include <augur/codec/json_floats.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::openai_wire::detail {

/// Takes the vectors, which are nearly all of an answer, out of its text in one pass: numbers become floats where they
/// stand, and what is left is small enough for any reader.
class vector_cutter
{
public:
    explicit vector_cutter(std::string_view text) noexcept
        : scanner_(text), kept_(text.data()), end_(text.data() + text.size())
    {
    }

    /// False for a fault, and for what only a patient reader understands; nothing is said about which.
    bool run()
    {
        std::string_view key;
        scanner_.begin_object();
        while (scanner_.next_member(key))
            if (key == "data" ? !list() : !scanner_.skip_value())
                return false;
        if (!scanner_.finish())
            return false;
        rest_.append(kept_, end_);
        return true;
    }

    /// The text with an empty vector of the same kind in the place of each.
    std::string const& rest() const noexcept { return rest_; }
    /// In the order of the text.
    std::vector<std::vector<float>>& vectors() noexcept { return vectors_; }

private:
    bool list()
    {
        if (scanner_.peek() != '[')
            return scanner_.skip_value();
        scanner_.begin_array();
        while (scanner_.next_element())
            if (!item())
                return false;
        return !scanner_.what();
    }

    bool item()
    {
        std::string_view key;
        scanner_.begin_object();
        while (scanner_.next_member(key))
            if (key == "embedding" ? !vector() : !scanner_.skip_value())
                return false;
        return !scanner_.what();
    }

    bool vector() { return scanner_.peek() == '"' ? base64() : numbers(); }

    bool numbers()
    {
        std::string_view array;
        if (!scanner_.read_flat_array(array))
            return false;
        // As many as the one before, if there is text for so many.
        std::vector<float> values;
        values.reserve(std::min(vectors_.empty() ? 0 : vectors_.back().size(), array.size() / 2));
        if (!codec::json::read_floats(array, values))
            return scanner_.fail("not numbers");
        vectors_.push_back(std::move(values));
        cut(array.substr(1, array.size() - 2));
        return true;
    }

    bool base64()
    {
        codec::json::detail::scanner::text_place place;
        if (!scanner_.read_string(place))
            return false;
        auto values = codec::base64_decode_floats(place.raw);
        if (!values)
            return scanner_.fail("not base64");
        vectors_.push_back(std::move(*values));
        cut(place.raw);
        return true;
    }

    void cut(std::string_view away)
    {
        rest_.append(kept_, away.data());
        kept_ = away.data() + away.size();
    }

    codec::json::detail::scanner scanner_;
    char const* kept_; ///< from here on nothing was cut or copied
    char const* end_;
    std::string rest_;
    std::vector<std::vector<float>> vectors_;
};

} // namespace augur::inline AUGUR_ABI::openai_wire::detail
