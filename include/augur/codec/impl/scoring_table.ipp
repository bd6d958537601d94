#pragma once

#include <augur/codec/json.hpp>
#include <augur/codec/scoring.hpp>

#include <charconv>
#include <limits>
#include <unordered_map>

namespace augur::inline AUGUR_ABI::codec::scoring::detail {

inline error decode_failure(std::string text)
{
    return make_error(errc::decode_error, phase::decode, outcome::complete, std::move(text));
}

inline error encode_failure(std::string text)
{
    return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent, std::move(text));
}

/// Grows a table no further than its source allows: a few bytes such as `{"a":1},{"b":1},...` must not
/// become rows times columns.
class bounded_table
{
public:
    static constexpr std::size_t max_columns = std::size_t{1} << 20;

    explicit bounded_table(std::size_t source_size) : max_cells_(65'536 + source_size) {}

    std::size_t rows() const noexcept { return table_.row_count(); }
    std::size_t columns() const noexcept { return table_.column_count(); }

    result<void> add_row()
    {
        table_.add_row();
        return check();
    }

    result<void> add_column(std::string name)
    {
        table_.add_column(std::move(name));
        return check();
    }

    /// Into the last row.
    void set(std::size_t column, cell value)
    {
        if (value.index() != 0)
            table_.set(table_.row_count() - 1, column, std::move(value));
    }

    table take() { return std::move(table_); }

private:
    result<void> check() const
    {
        auto const columns = table_.column_count();
        if (columns > max_columns)
            return decode_failure("the table has more than " + std::to_string(max_columns) + " columns");
        if (columns != 0 && table_.row_count() > max_cells_ / columns)
            return decode_failure("a table of " + std::to_string(table_.row_count()) + " rows and " +
                                  std::to_string(columns) + " columns is too large for its source");
        return {};
    }

    table table_;
    std::size_t max_cells_;
};

/// Makes rows of JSON values: every leaf goes to the column that its path names.
class json_flattener
{
public:
    explicit json_flattener(std::size_t source_size) : table_(source_size), max_name_bytes_(65'536 + 8 * source_size)
    {
        branches_.push_back({});
    }

    result<void> add_row(json::value row)
    {
        if (auto added = table_.add_row(); !added)
            return added.error();
        if (row.is_array() || row.is_object())
            return add(row, 0);
        return add_leaf(row, child(0, "prediction"));
    }

    table take() { return table_.take(); }

private:
    static constexpr std::uint32_t none = 0xFFFF'FFFF;

    /// A place in the tree of all paths seen so far.
    struct branch
    {
        std::uint32_t parent = none;
        std::uint32_t column = none;
        std::uint32_t elements = none; ///< index into elements_
        std::string const* key = nullptr;
    };

    struct edge
    {
        std::uint32_t parent;
        std::string key;
    };
    struct edge_view
    {
        std::uint32_t parent;
        std::string_view key;
    };
    struct edge_hash
    {
        using is_transparent = void;
        std::size_t operator()(edge_view e) const noexcept
        {
            return std::hash<std::string_view>()(e.key) ^ (e.parent * std::size_t{0x9E37'79B9'7F4A'7C15});
        }
        std::size_t operator()(edge const& e) const noexcept { return (*this)(edge_view{e.parent, e.key}); }
    };
    struct edge_equal
    {
        using is_transparent = void;
        template <class A, class B>
        bool operator()(A const& a, B const& b) const noexcept
        {
            return a.parent == b.parent && a.key == b.key;
        }
    };

    std::uint32_t child(std::uint32_t parent, std::string_view key)
    {
        if (auto const found = edges_.find(edge_view{parent, key}); found != edges_.end())
            return found->second;
        auto const index = static_cast<std::uint32_t>(branches_.size());
        auto const made = edges_.emplace(edge{parent, std::string(key)}, index).first;
        branches_.push_back({parent, none, none, &made->first.key});
        return index;
    }

    std::uint32_t child(std::uint32_t parent, std::size_t index)
    {
        auto slot = branches_[parent].elements;
        if (slot == none) {
            slot = static_cast<std::uint32_t>(elements_.size());
            elements_.emplace_back();
            branches_[parent].elements = slot;
        }
        if (index == elements_[slot].size()) {
            char digits[24];
            auto const end = std::to_chars(digits, digits + sizeof digits, index).ptr;
            auto const made = child(parent, std::string_view(digits, static_cast<std::size_t>(end - digits)));
            elements_[slot].push_back(made);
        }
        return elements_[slot][index];
    }

    result<void> add(json::value value, std::uint32_t at)
    {
        if (value.is_array()) {
            std::size_t index = 0;
            for (auto const element : value.elements())
                if (auto added = add(element, child(at, index++)); !added)
                    return added;
        }
        else if (value.is_object()) {
            for (auto const& [key, content] : value.members())
                if (auto added = add(content, child(at, key)); !added)
                    return added;
        }
        else
            return add_leaf(value, at);
        return {};
    }

    result<void> add_leaf(json::value value, std::uint32_t at)
    {
        if (branches_[at].column == none)
            if (auto named = name_column(at); !named)
                return named;
        auto const column = branches_[at].column;
        if (last_row_[column] == table_.rows())
            return value.make_decode_error("the row has this cell already");
        last_row_[column] = table_.rows();
        switch (value.kind()) {
        case json::kind::boolean: table_.set(column, cell(*value.as_bool())); break;
        case json::kind::string: table_.set(column, cell(std::string(*value.as_string()))); break;
        case json::kind::number: {
            if (value.is_integer() && value.raw() != "-0") { // an int64 would lose the sign
                auto const number = value.as_int64();
                if (!number)
                    return number.error();
                table_.set(column, cell(*number));
                break;
            }
            auto const number = value.as_double();
            if (!number)
                return number.error();
            table_.set(column, cell(*number));
            break;
        }
        default: break; // null stays missing
        }
        return {};
    }

    result<void> name_column(std::uint32_t at)
    {
        std::vector<std::string const*> keys;
        std::size_t size = 0;
        bool dotted = false;
        for (auto b = at; b != 0; b = branches_[b].parent) {
            keys.push_back(branches_[b].key);
            size += keys.back()->size() + 1;
            dotted = dotted || keys.back()->find('.') != std::string::npos;
        }
        if (size > max_name_bytes_ - name_bytes_)
            return decode_failure("the names of the columns are too long for their source");
        name_bytes_ += size;
        std::string name;
        name.reserve(size);
        for (auto key = keys.rbegin(); key != keys.rend(); ++key)
            name.append(name.empty() && key == keys.rbegin() ? "" : ".").append(**key);
        // Only a key with a dot in it can give two places one name.
        if (dotted || any_dotted_) {
            any_dotted_ = true;
            for (; indexed_ < names_.size(); ++indexed_)
                by_name_.emplace(names_[indexed_], static_cast<std::uint32_t>(indexed_));
            if (auto const found = by_name_.find(name); found != by_name_.end()) {
                branches_[at].column = found->second;
                return {};
            }
        }
        branches_[at].column = static_cast<std::uint32_t>(table_.columns());
        last_row_.push_back(0);
        names_.push_back(name);
        return table_.add_column(std::move(name));
    }

    bounded_table table_;
    std::size_t max_name_bytes_;
    std::size_t name_bytes_ = 0;
    std::vector<branch> branches_;
    std::unordered_map<edge, std::uint32_t, edge_hash, edge_equal> edges_;
    std::vector<std::vector<std::uint32_t>> elements_;
    std::vector<std::size_t> last_row_; ///< per column: the row (from 1) that was set last
    std::vector<std::string> names_;
    std::unordered_map<std::string, std::uint32_t> by_name_;
    std::size_t indexed_ = 0;
    bool any_dotted_ = false;
};

} // namespace augur::inline AUGUR_ABI::codec::scoring::detail
