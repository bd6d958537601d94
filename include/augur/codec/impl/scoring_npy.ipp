#pragma once

#include <augur/codec/impl/scoring_table.ipp>

#include <algorithm>
#include <bit>
#include <cstring>

namespace augur::inline AUGUR_ABI::codec::scoring {

namespace detail {

inline constexpr std::string_view npy_magic = "\x93NUMPY";
inline constexpr std::size_t npy_max_header = 65'536;
inline constexpr std::size_t npy_max_rank = 64; // as NumPy 2

inline error npy_failure(std::string what)
{
    return decode_failure("npy: " + std::move(what));
}

struct npy_header
{
    std::string descr;
    bool fortran_order = false;
    std::vector<tensor::dimension> shape;
};

/// Reads the one Python literal that the format allows: a dict with the keys descr, fortran_order and shape.
class npy_header_parser
{
public:
    explicit npy_header_parser(std::string_view text) : text_(text) {}

    result<npy_header> parse()
    {
        npy_header out;
        bool descr = false;
        bool order = false;
        bool shape = false;
        if (!take('{'))
            return npy_failure("the header is not a dict");
        while (!take('}')) {
            std::string key;
            if (!string(key) || !take(':'))
                return npy_failure("the header has no valid key at byte " + std::to_string(position_));
            bool ok = false;
            if (key == "descr" && !std::exchange(descr, true)) {
                skip();
                if (position_ < text_.size() && text_[position_] == '[')
                    return npy_failure("arrays of records are not supported");
                ok = string(out.descr);
            }
            else if (key == "fortran_order" && !std::exchange(order, true))
                ok = boolean(out.fortran_order);
            else if (key == "shape" && !std::exchange(shape, true))
                ok = tuple(out.shape);
            if (!ok)
                return npy_failure("the header's \"" + sanitise(key, 40) + "\" is unknown, repeated or malformed");
            if (!take(',')) {
                if (!take('}'))
                    return npy_failure("the header's dict does not end");
                break;
            }
        }
        skip();
        if (position_ != text_.size())
            return npy_failure("there is more text after the header's dict");
        if (!descr || !order || !shape)
            return npy_failure("the header lacks descr, fortran_order or shape");
        return out;
    }

private:
    void skip()
    {
        while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n'))
            ++position_;
    }

    bool take(char c)
    {
        skip();
        if (position_ == text_.size() || text_[position_] != c)
            return false;
        ++position_;
        return true;
    }

    bool take_word(std::string_view word)
    {
        skip();
        if (text_.substr(position_, word.size()) != word)
            return false;
        position_ += word.size();
        return true;
    }

    bool string(std::string& out)
    {
        skip();
        if (position_ == text_.size() || (text_[position_] != '\'' && text_[position_] != '"'))
            return false;
        auto const end = text_.find(text_[position_], position_ + 1);
        if (end == text_.npos)
            return false;
        out = text_.substr(position_ + 1, end - position_ - 1);
        position_ = end + 1;
        return out.find('\\') == out.npos;
    }

    bool boolean(bool& out)
    {
        out = take_word("True");
        return out || take_word("False");
    }

    bool tuple(std::vector<tensor::dimension>& out)
    {
        if (!take('('))
            return false;
        bool comma = true; // "(3)" is a number in parentheses, "(3,)" and "()" are tuples
        while (!take(')')) {
            skip();
            tensor::dimension value = 0;
            auto const* const begin = text_.data() + position_;
            auto const read = std::from_chars(begin, text_.data() + text_.size(), value);
            if (!comma || read.ec != std::errc{} || value < 0 || *begin == '-' || out.size() == npy_max_rank)
                return false;
            position_ += static_cast<std::size_t>(read.ptr - begin);
            if (position_ < text_.size() && text_[position_] == 'L') // written by Python 2
                ++position_;
            out.push_back(value);
            comma = take(',');
        }
        return comma || out.size() > 1;
    }

    std::string_view text_;
    std::size_t position_ = 0;
};

struct npy_type
{
    element_type type = element_type::f32;
    char kind = 0;         ///< as in descr: b, i, u, f, S, U
    std::size_t width = 0; ///< bytes of one element
    bool swapped = false;  ///< the other byte order
};

inline result<npy_type> parse_npy_type(std::string_view descr)
{
    auto const refused = [&](char const* why) { return npy_failure("the type '" + sanitise(descr, 40) + "' " + why); };
    if (descr.size() < 3)
        return refused(descr == "|O" || descr == "O" ? "is pickled Python, which is never read" : "is not known");
    char const order = descr[0];
    npy_type out;
    out.kind = descr[1];
    auto const number = descr.substr(2);
    auto const read = std::from_chars(number.data(), number.data() + number.size(), out.width);
    if (read.ec != std::errc{} || read.ptr != number.data() + number.size())
        return refused("is not supported");
    if (order != '<' && order != '>' && order != '|')
        return refused("does not tell its byte order");
    constexpr bool big = std::endian::native == std::endian::big;
    out.swapped = order == (big ? '<' : '>');
    struct known
    {
        char kind;
        std::size_t width;
        element_type type;
    };
    constexpr known table[] = {
        {'b', 1, element_type::boolean}, {'i', 1, element_type::i8},  {'i', 2, element_type::i16},
        {'i', 4, element_type::i32},     {'i', 8, element_type::i64}, {'u', 1, element_type::u8},
        {'u', 2, element_type::u16},     {'u', 4, element_type::u32}, {'u', 8, element_type::u64},
        {'f', 2, element_type::f16},     {'f', 4, element_type::f32}, {'f', 8, element_type::f64},
    };
    for (auto const& row : table) {
        if (row.kind != out.kind || row.width != out.width)
            continue;
        if (order == '|' && out.width > 1)
            return refused("does not tell its byte order");
        out.type = row.type;
        return out;
    }
    if (out.kind == 'O')
        return refused("is pickled Python, which is never read");
    // A width of zero would make any number of elements out of no bytes.
    constexpr std::size_t most = std::size_t{1} << 28;
    if ((out.kind != 'S' && out.kind != 'U') || out.width == 0 || out.width > most)
        return refused("is not supported");
    out.type = element_type::string;
    out.width *= out.kind == 'U' ? 4 : 1;
    return out;
}

/// From column-major to row-major order.
inline std::string from_fortran_order(std::string_view source, std::span<tensor::dimension const> shape,
                                      std::size_t width)
{
    std::vector<std::size_t> stride(shape.size());
    std::size_t step = width;
    for (std::size_t d = 0; d < shape.size(); ++d) {
        stride[d] = step;
        step *= static_cast<std::size_t>(shape[d]);
    }
    std::string out;
    out.reserve(source.size());
    std::vector<tensor::dimension> index(shape.size());
    std::size_t from = 0;
    while (out.size() < source.size()) {
        out.append(source, from, width);
        for (auto d = shape.size(); d-- > 0;) { // count up, the last dimension first
            from += stride[d];
            if (++index[d] < shape[d])
                break;
            from -= stride[d] * static_cast<std::size_t>(shape[d]);
            index[d] = 0;
        }
    }
    return out;
}

inline void append_utf8(std::string& out, std::uint32_t code)
{
    auto const put = [&](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (code < 0x80)
        put(code);
    else if (code < 0x800) {
        put(0xC0U | (code >> 6));
        put(0x80U | (code & 0x3FU));
    }
    else if (code < 0x1'0000) {
        put(0xE0U | (code >> 12));
        put(0x80U | ((code >> 6) & 0x3FU));
        put(0x80U | (code & 0x3FU));
    }
    else {
        put(0xF0U | (code >> 18));
        put(0x80U | ((code >> 12) & 0x3FU));
        put(0x80U | ((code >> 6) & 0x3FU));
        put(0x80U | (code & 0x3FU));
    }
}

/// NumPy pads text with NUL. S is kept when it is UTF-8, U is UTF-32.
inline result<std::vector<std::string>> npy_texts(std::string_view data, npy_type const& type)
{
    std::vector<std::string> out;
    out.reserve(data.size() / type.width);
    for (; !data.empty(); data.remove_prefix(type.width)) {
        auto const field = data.substr(0, type.width);
        std::string text;
        if (type.kind == 'S') {
            auto const last = field.find_last_not_of('\0');
            text = field.substr(0, last == field.npos ? 0 : last + 1);
            if (find_invalid_utf8(text) != text.npos)
                return npy_failure("element " + std::to_string(out.size()) + " is not valid UTF-8");
        }
        else {
            auto const code_at = [&](std::size_t i) {
                std::uint32_t code = 0;
                for (std::size_t k = 0; k < 4; ++k) {
                    auto const place = (std::endian::native == std::endian::big) != type.swapped ? k : 3 - k;
                    code = code << 8 | static_cast<unsigned char>(field[i * 4 + place]);
                }
                return code;
            };
            auto length = field.size() / 4;
            while (length > 0 && code_at(length - 1) == 0)
                --length;
            for (std::size_t i = 0; i < length; ++i) {
                auto const code = code_at(i);
                if (code > 0x10'FFFF || (code >= 0xD800 && code <= 0xDFFF))
                    return npy_failure("element " + std::to_string(out.size()) + " is not valid Unicode");
                append_utf8(text, code);
            }
        }
        out.push_back(std::move(text));
    }
    return out;
}

inline std::size_t read_little(std::string_view bytes)
{
    std::size_t value = 0;
    for (auto i = bytes.size(); i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
}

inline void append_little(std::string& out, std::size_t value, int bytes)
{
    for (int i = 0; i < bytes; ++i)
        out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
}

/// The bytes of each element in reverse.
inline std::string swap_elements(std::string bytes, std::size_t width)
{
    for (auto at = bytes.begin(); at != bytes.end(); at += static_cast<std::ptrdiff_t>(width))
        std::reverse(at, at + static_cast<std::ptrdiff_t>(width));
    return bytes;
}

} // namespace detail

AUGUR_INLINE result<tensor> read_npy(std::string_view bytes)
{
    using detail::npy_failure;
    auto const magic = detail::npy_magic;
    if (bytes.size() < 10 || !bytes.starts_with(magic))
        return npy_failure("the bytes do not begin like a NumPy array");
    auto const major = static_cast<unsigned char>(bytes[6]);
    if (major < 1 || major > 3 || bytes[7] != '\0')
        return npy_failure("version " + std::to_string(major) + " is not known");
    std::size_t const length_bytes = major == 1 ? 2 : 4;
    bytes.remove_prefix(8);
    if (bytes.size() < length_bytes)
        return npy_failure("the header is cut off");
    auto const length = detail::read_little(bytes.substr(0, length_bytes));
    bytes.remove_prefix(length_bytes);
    if (length > detail::npy_max_header)
        return npy_failure("the header has " + std::to_string(length) + " bytes");
    if (length > bytes.size())
        return npy_failure("the header is cut off");
    auto header = detail::npy_header_parser(bytes.substr(0, length)).parse();
    if (!header)
        return header.error();
    auto data = bytes.substr(length);
    auto const type = detail::parse_npy_type(header->descr);
    if (!type)
        return type.error();

    std::size_t count = 1;
    constexpr std::size_t most = std::size_t{1} << 48;
    bool empty = false;
    for (auto const d : header->shape) {
        auto const size = static_cast<std::size_t>(d);
        empty = empty || size == 0;
        if (size != 0 && count > most / size)
            return npy_failure("the shape is too large");
        count *= std::max<std::size_t>(size, 1);
    }
    count = empty ? 0 : count;
    if (data.size() % type->width != 0 || data.size() / type->width != count)
        return npy_failure(std::to_string(data.size()) + " bytes of data for " + std::to_string(count) +
                           " elements of " + std::to_string(type->width) + " bytes");
    std::string reordered;
    if (header->fortran_order && header->shape.size() > 1 && count > 1) {
        reordered = detail::from_fortran_order(data, header->shape, type->width);
        data = reordered;
    }
    if (type->type == element_type::string) {
        auto texts = detail::npy_texts(data, *type);
        if (!texts)
            return texts.error();
        return tensor(std::move(*texts), std::move(header->shape));
    }
    if (type->swapped && type->width > 1) {
        reordered = detail::swap_elements(std::string(data), type->width);
        data = reordered;
    }
    return tensor::from_bytes(type->type, std::move(header->shape), data);
}

AUGUR_INLINE result<std::string> write_npy(tensor const& values)
{
    char const* descr = nullptr;
    switch (values.type()) {
    case element_type::f16: descr = "<f2"; break;
    case element_type::f32: descr = "<f4"; break;
    case element_type::f64: descr = "<f8"; break;
    case element_type::i8: descr = "|i1"; break;
    case element_type::i16: descr = "<i2"; break;
    case element_type::i32: descr = "<i4"; break;
    case element_type::i64: descr = "<i8"; break;
    case element_type::u8: descr = "|u1"; break;
    case element_type::u16: descr = "<u2"; break;
    case element_type::u32: descr = "<u4"; break;
    case element_type::u64: descr = "<u8"; break;
    case element_type::boolean: descr = "|b1"; break;
    case element_type::bf16:
    case element_type::string: break;
    }
    if (values.rank() > detail::npy_max_rank)
        return unsupported_payload("tensors of rank " + std::to_string(values.rank()), format::npy);
    if (!descr)
        return unsupported_payload("tensors of " + std::string(to_string(values.type())), format::npy);
    std::string header = std::string("{'descr': '") + descr + "', 'fortran_order': False, 'shape': (";
    for (auto const d : values.shape())
        header += std::to_string(d) + ", ";
    if (values.rank() > 0) // "(3,)" and "(3, 4)", as Python prints them
        header.resize(header.size() - (values.rank() == 1 ? 1 : 2));
    header += "), }";
    // The data begins at a multiple of 64. At this rank the header's length always fits version 1.0.
    header.append(63 - (10 + header.size()) % 64, ' ').append(1, '\n');
    std::string out(detail::npy_magic);
    out.reserve(10 + header.size() + values.bytes().size());
    out.append("\x01\x00", 2);
    detail::append_little(out, header.size(), 2);
    out += header;
    auto const width = element_size(values.type());
    if (std::endian::native == std::endian::big && width > 1)
        out += detail::swap_elements(std::string(values.bytes()), width);
    else
        out += values.bytes();
    return out;
}

} // namespace augur::inline AUGUR_ABI::codec::scoring
