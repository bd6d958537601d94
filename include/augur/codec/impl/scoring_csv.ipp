#pragma once

#include <augur/codec/impl/json_number.hpp>
#include <augur/codec/impl/scoring_json.ipp>
#include <augur/codec/json.hpp>
#include <augur/core/headers.hpp>

namespace augur::inline AUGUR_ABI::codec::scoring::detail {

/// The double that an unquoted word means, in the spellings of C, Python, NumPy, R and JavaScript: with a sign or
/// without, whatever the case.
inline std::optional<double> special_number(std::string_view word) noexcept
{
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    bool const negative = word.starts_with('-');
    auto const magnitude = word.substr(negative || word.starts_with('+') ? 1 : 0);
    if (equal_ignoring_case(magnitude, "nan"))
        return std::numeric_limits<double>::quiet_NaN(); // its sign says nothing
    if (equal_ignoring_case(magnitude, "inf") || equal_ignoring_case(magnitude, "infinity"))
        return negative ? -infinity : infinity;
    return std::nullopt;
}

/// CSV has no types: a number that fits is a number, nothing is missing, the rest stays text.
inline cell unquoted_cell(std::string_view field)
{
    if (field.empty())
        return {};
    auto word = field;
    auto const first = word.find_first_not_of(" \t");
    if (first == word.npos)
        return std::string(field);
    word = word.substr(first, word.find_last_not_of(" \t") + 1 - first);
    if (json::detail::is_number(word)) {
        if (word != "-0" && word.find_first_of(".eE") == word.npos) {
            std::int64_t integer = 0;
            if (std::from_chars(word.data(), word.data() + word.size(), integer).ec == std::errc{})
                return integer;
        }
        else if (auto const number = json::detail::to_double(word))
            return *number;
    }
    else if (auto const number = special_number(word))
        return *number;
    return std::string(field);
}

/// RFC 4180; a row ends at CRLF, LF or CR.
class csv_reader
{
public:
    explicit csv_reader(std::string_view text) : text_(text)
    {
        if (text_.starts_with("\xEF\xBB\xBF"))
            text_.remove_prefix(3);
    }

    /// False at the end. Blank lines are passed over and counted.
    bool begin_row()
    {
        blank_lines_ = 0;
        for (; position_ < text_.size() && (text_[position_] == '\n' || text_[position_] == '\r'); ++blank_lines_)
            end_line();
        row_line_ = line_;
        row_done_ = false;
        return position_ < text_.size();
    }

    /// How many of them stand before this row.
    std::size_t blank_lines() const noexcept { return blank_lines_; }

    /// Whether the row that begins has one field.
    bool has_one_field() const
    {
        auto ahead = *this;
        std::string_view field;
        bool quoted = false;
        return ahead.next_field(field, quoted).has_value() && ahead.row_done_;
    }

    /// False when the row has no more fields.
    result<bool> next_field(std::string_view& field, bool& quoted)
    {
        if (row_done_)
            return false;
        quoted = position_ < text_.size() && text_[position_] == '"';
        if (quoted) {
            if (auto const read = read_quoted(field); !read)
                return read.error();
        }
        else {
            auto const end = std::min(text_.find_first_of(",\r\n\"", position_), text_.size());
            if (end < text_.size() && text_[end] == '"')
                return failure("a quote inside a field that is not quoted");
            field = text_.substr(position_, end - position_);
            position_ = end;
        }
        if (position_ == text_.size())
            row_done_ = true;
        else if (text_[position_] == ',')
            ++position_;
        else {
            end_line();
            row_done_ = true;
        }
        return true;
    }

    error failure(std::string what) const
    {
        return decode_failure("line " + std::to_string(row_line_) + ": " + std::move(what));
    }

private:
    result<void> read_quoted(std::string_view& field)
    {
        auto const begin = ++position_;
        unescaped_.clear();
        auto from = begin;
        for (;;) {
            auto const quote = text_.find('"', position_);
            if (quote == text_.npos)
                return failure("a quoted field does not end");
            position_ = quote + 1;
            if (position_ < text_.size() && text_[position_] == '"') {
                unescaped_.append(text_, from, position_ - from);
                from = ++position_;
                continue;
            }
            auto const last = text_.substr(from, quote - from);
            if (from == begin)
                field = last;
            else
                field = unescaped_.append(last);
            count_lines(text_.substr(begin, quote - begin));
            break;
        }
        if (position_ < text_.size() && text_[position_] != ',' && text_[position_] != '\r' && text_[position_] != '\n')
            return failure("text after a closing quote");
        return {};
    }

    void end_line()
    {
        position_ += text_.substr(position_, 2) == "\r\n" ? 2 : 1;
        ++line_;
    }

    void count_lines(std::string_view text) { line_ += static_cast<std::size_t>(std::ranges::count(text, '\n')); }

    std::string_view text_;
    std::size_t position_ = 0;
    std::size_t line_ = 1;
    std::size_t row_line_ = 1;
    std::size_t blank_lines_ = 0;
    bool row_done_ = false;
    std::string unescaped_;
};

inline result<table> decode_csv(std::string_view body, bool header)
{
    if (auto const bad = find_invalid_utf8(body); bad != body.npos)
        return decode_failure("byte " + std::to_string(bad) + " of the CSV text is not valid UTF-8");
    csv_reader reader(body);
    bounded_table out(body.size());
    std::string_view field;
    bool quoted = false;
    bool const named = header && reader.begin_row();
    if (named) {
        for (;;) {
            auto const more = reader.next_field(field, quoted);
            if (!more)
                return more.error();
            if (!*more)
                break;
            if (auto const added = out.add_column(std::string(field)); !added)
                return added.error();
        }
    }
    while (reader.begin_row()) {
        // In one column a missing cell is a blank line; without it, later rows would answer the wrong questions.
        auto const columns = out.columns();
        if (reader.blank_lines() > 0 && (columns == 1 || (columns == 0 && reader.has_one_field())))
            for (auto left = reader.blank_lines(); left > 0; --left)
                if (auto const added = out.add_row(); !added)
                    return added.error();
        if (auto const added = out.add_row(); !added)
            return added.error();
        for (std::size_t column = 0;; ++column) {
            auto const more = reader.next_field(field, quoted);
            if (!more)
                return more.error();
            if (!*more)
                break;
            if (column == out.columns()) {
                if (named)
                    return reader.failure("more fields than the header has names");
                if (auto const added = out.add_column(std::to_string(column)); !added)
                    return added.error();
            }
            out.set(column, quoted ? cell(std::string(field)) : unquoted_cell(field));
        }
    }
    return out.take();
}

/// Quotes what would otherwise end the field or read back as something else than text.
inline void append_csv_text(std::string& out, std::string_view text)
{
    // A byte order mark at the very beginning would be taken for one.
    bool const plain = !text.empty() && text.front() != ' ' && text.back() != ' ' && text.front() != '\xEF' &&
                       text.find_first_of(",\"\r\n") == text.npos && unquoted_cell(text).index() == 4;
    if (plain) {
        out += text;
        return;
    }
    out += '"';
    for (char const c : text)
        out.append(c == '"' ? 2 : 1, c);
    out += '"';
}

inline void append_csv_number(std::string& out, double value, bool only_column)
{
    if (value != value) {
        if (only_column) // many readers pass over an empty line
            out += "nan";
    }
    else if (value - value != 0)
        out += value < 0 ? "-inf" : "inf";
    else
        append_number(out, value);
}

inline encoded csv_body(std::string body)
{
    return {std::string(content_type_of(format::csv)), std::move(body)};
}

inline void append_csv_header(std::string& out, std::span<std::string const> names, std::size_t columns)
{
    for (std::size_t column = 0; column < columns; ++column) {
        out += column == 0 ? "" : ",";
        append_csv_text(out, names.empty() ? std::to_string(column) : names[column]);
    }
    out += '\n';
}

inline result<encoded> encode_csv(rows const& values, options const& o)
{
    if (values.column_count() == 0 && !values.empty())
        return encode_failure("rows without columns cannot be written as csv");
    std::string out;
    out.reserve(values.values().size() * 6);
    if (o.csv_header)
        append_csv_header(out, values.column_names(), values.column_count());
    for (std::size_t row = 0; row < values.row_count(); ++row) {
        auto const cells = values.row(row);
        for (std::size_t column = 0; column < cells.size(); ++column) {
            out += column == 0 ? "" : ",";
            append_csv_number(out, cells[column], cells.size() == 1);
        }
        out += '\n';
    }
    return csv_body(std::move(out));
}

inline result<encoded> encode_csv(tensor const& values, options const& o)
{
    if (values.rank() != 1 && values.rank() != 2)
        return encode_failure("a tensor of rank " + std::to_string(values.rank()) + " cannot be written as csv");
    auto const width = values.row_size();
    std::string out;
    if (width == 0 && values.shape()[0] != 0)
        return encode_failure("rows without columns cannot be written as csv");
    if (o.csv_header)
        append_csv_header(out, {}, width);
    with_elements(values, [&](auto elements) {
        for (std::size_t i = 0; i < elements.size(); ++i) {
            using element = std::remove_cvref_t<decltype(elements[i])>;
            out += i % width == 0 ? "" : ",";
            if constexpr (std::is_same_v<element, bool>)
                out += elements[i] ? "true" : "false";
            else if constexpr (std::is_same_v<element, std::string>)
                append_csv_text(out, elements[i]);
            else if constexpr (std::is_same_v<element, double>)
                append_csv_number(out, elements[i], width == 1);
            else if constexpr (std::is_integral_v<element>)
                out += std::to_string(elements[i]);
            else {
                auto const number = static_cast<float>(elements[i]);
                if (number - number == 0)
                    append_number(out, number);
                else
                    append_csv_number(out, number, width == 1);
            }
            if ((i + 1) % width == 0)
                out += '\n';
        }
    });
    return csv_body(std::move(out));
}

inline result<encoded> encode_csv(table const& values, options const& o)
{
    auto const columns = values.column_count();
    if (columns == 0 && !values.empty())
        return encode_failure("rows without columns cannot be written as csv");
    std::string out;
    // Where the reader goes by what is declared, the answer has to declare it.
    bool const declares = o.csv_answer_header == csv_header_line::declared && o.csv_header;
    if (declares || o.csv_answer_header == csv_header_line::present)
        append_csv_header(out, values.column_names(), columns);
    for (std::size_t row = 0; row < values.row_count(); ++row) {
        for (std::size_t column = 0; column < columns; ++column) {
            out += column == 0 ? "" : ",";
            auto const& value = values(row, column);
            if (auto const* text = std::get_if<std::string>(&value))
                append_csv_text(out, *text);
            else if (auto const* integer = std::get_if<std::int64_t>(&value))
                append_number(out, *integer);
            else if (auto const* truth = std::get_if<bool>(&value))
                out += *truth ? "true" : "false";
            else if (auto const* number = std::get_if<double>(&value); number && *number == *number)
                append_csv_number(out, *number, false);
            else if (number || columns == 1) // NaN is a value here; many readers pass over an empty line
                out += "nan";
        }
        out += '\n';
    }
    auto body = csv_body(std::move(out));
    if (declares)
        body.content_type += "; header=present";
    return body;
}

} // namespace augur::inline AUGUR_ABI::codec::scoring::detail
