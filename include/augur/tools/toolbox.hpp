#pragma once

#include <augur/core/result.hpp>
#include <augur/model/tool.hpp>
#include <augur/tools/from_json.hpp>
#include <augur/tools/to_json.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI {

namespace detail {

/// What a function takes and gives: `awaitable<result<Out>>(In)`, `result<Out>(In)` or `Out(In)`, each also
/// without `In`.
template <class F>
struct signature_of : signature_of<decltype(&F::operator())>
{
};
template <class R>
struct signature_parts
{
    using returned = R;
    static constexpr bool has_input = false;
};
template <class R, class A>
struct signature_with_input
{
    using returned = R;
    using input = std::remove_cvref_t<A>;
    static constexpr bool has_input = true;
};
template <class R>
struct signature_of<R (*)()> : signature_parts<R>
{
};
template <class R, class A>
struct signature_of<R (*)(A)> : signature_with_input<R, A>
{
};
template <class C, class R>
struct signature_of<R (C::*)() const> : signature_parts<R>
{
};
template <class C, class R, class A>
struct signature_of<R (C::*)(A) const> : signature_with_input<R, A>
{
};
template <class C, class R>
struct signature_of<R (C::*)()> : signature_parts<R>
{
};
template <class C, class R, class A>
struct signature_of<R (C::*)(A)> : signature_with_input<R, A>
{
};

template <class T>
struct awaited
{
    static constexpr bool suspends = false;
};
template <class T>
struct awaited<boost::asio::awaitable<T>>
{
    static constexpr bool suspends = true;
};
/// What a tool gave, as the model gets it: text as it is, anything else as JSON.
template <class T>
result<std::string> tool_text(T const& value)
{
    if constexpr (std::same_as<T, std::string>)
        return value;
    else
        return to_json(value);
}

std::string empty_schema();

} // namespace detail

/// Functions that a model may call.
///
///     augur::toolbox tools;
///     tools.add("weather", "Current weather in a city",
///               [](weather_query q) -> asio::awaitable<augur::result<weather>> { ... });
///
/// Arguments are read into the function's own type, strictly; see `Describable`. A handle: copies share the
/// functions, which must not be added any more while `converse` runs. Functions run on the executor of the
/// conversation, one after the other; what they throw leaves `converse`.
class toolbox
{
public:
    /// Arguments as the model wrote them in, the text for the model out.
    using function = std::function<boost::asio::awaitable<result<std::string>>(std::string arguments)>;

    toolbox();

    /// `name`: 1 to 64 letters, digits and `_-`, each once; otherwise throws std::invalid_argument. `f` takes one
    /// described struct or nothing, and returns a value, a `result` of one, or an awaitable of either.
    template <class F>
    toolbox& add(std::string name, std::string description, F f)
    {
        using parts = detail::signature_of<F>;
        if constexpr (parts::has_input) {
            using input = typename parts::input;
            static_assert(detail::described_struct<input>, "a tool takes one struct of BOOST_DESCRIBE_STRUCT");
            auto schema = json_schema_of<input>();
            return add_tool(tool::function(std::move(name), std::move(description), std::move(schema)).strict(),
                            wrap<F, input>(std::move(f)));
        }
        else
            return add_tool(tool::function(std::move(name), std::move(description), detail::empty_schema()).strict(),
                            wrap<F>(std::move(f)));
    }
    /// With a schema, and a reading of the arguments, of your own.
    toolbox& add_tool(tool what, function f);

    bool empty() const noexcept;
    /// What is told to the model.
    std::vector<tool> const& tools() const noexcept;
    /// Null if there is none of that name.
    function const* find(std::string_view name) const noexcept;

private:
    template <class F, class... Input>
    static function wrap(F f)
    {
        return [f = std::move(f)](std::string arguments) { return invoke<F, Input...>(f, std::move(arguments)); };
    }

    /// `f` is copied: it may capture what must outlive the call.
    template <class F, class... Input>
    static boost::asio::awaitable<result<std::string>> invoke(F f, std::string arguments)
    {
        using returned = typename detail::signature_of<F>::returned;
        if constexpr (sizeof...(Input) == 0) {
            if constexpr (detail::awaited<returned>::suspends)
                co_return text_of(co_await f());
            else
                co_return text_of(f());
        }
        else {
            auto input = from_json<Input...>(arguments);
            if (!input)
                co_return input.error();
            if constexpr (detail::awaited<returned>::suspends)
                co_return text_of(co_await f(std::move(*input)));
            else
                co_return text_of(f(std::move(*input)));
        }
    }

    template <class T>
    static result<std::string> text_of(result<T> from)
    {
        if (!from)
            return from.error();
        return detail::tool_text(*from);
    }
    template <class T>
    static result<std::string> text_of(T const& from)
    {
        return detail::tool_text(from);
    }

    struct contents;
    std::shared_ptr<contents> contents_;
};

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/tools/impl/toolbox.ipp>
#endif
