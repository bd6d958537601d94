#pragma once

#include <augur/model/tool.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI {

enum class part_kind : std::uint8_t
{
    text,
    image,
    audio,
    file,
    refusal,
    other, ///< of a kind that this library does not know
};

namespace detail {

struct part_data
{
    part_kind kind = part_kind::text;
    std::string text; ///< also of a refusal
    std::string url; ///< of an image or file
    std::string detail; ///< how closely to look at an image
    std::string data; ///< of audio and files: base64, or a data URL
    std::string format; ///< of audio
    std::string file_id, filename;
    std::string extra; ///< JSON object of further members; all of them for `other`

    friend bool operator==(part_data const&, part_data const&) = default;
};

} // namespace detail

/// A piece of what is said to a model, or by it.
class content_part
{
public:
    static content_part text(std::string words);
    /// `url` is https, or a data URL. `detail` is "low", "high" or "auto"; empty leaves it to the service.
    static content_part image_url(std::string url, std::string detail = {});
    /// The bytes of a picture, sent along as a data URL. `media_type` such as "image/png".
    static content_part image(std::string_view bytes, std::string_view media_type, std::string detail = {});
    /// The bytes of a recording. `format` such as "wav" or "mp3".
    static content_part audio(std::string_view bytes, std::string format);
    /// The bytes of a document, sent along as a data URL.
    static content_part file(std::string_view bytes, std::string_view media_type, std::string filename);
    /// A document that was uploaded before.
    static content_part file_id(std::string id);
    static content_part refusal(std::string words);
    /// Any other part, as the service wants it.
    static content_part json(std::string object);

    part_kind kind() const noexcept { return data_.kind; }
    /// The words of a text or a refusal.
    std::string const& text() const noexcept { return data_.text; }
    std::string const& url() const noexcept { return data_.url; }
    /// What else the service sent, as a JSON object; empty if nothing.
    std::string const& extra() const noexcept { return data_.extra; }
    friend bool operator==(content_part const&, content_part const&) = default;

private:
    friend struct detail::fields_of;
    explicit content_part(detail::part_data data) : data_(std::move(data)) {}
    detail::part_data data_;
};

namespace detail {

struct message_data
{
    std::string role, content;
    bool has_content = false; ///< `content` is meant, even if it is empty
    std::vector<content_part> parts;
    std::vector<tool_call> tool_calls;
    std::string tool_call_id, name, refusal, reasoning;
    bool short_reasoning_name = false; ///< the server says `reasoning`, not `reasoning_content`
    std::string extra;

    friend bool operator==(message_data const&, message_data const&) = default;
};

} // namespace detail

/// One turn of a conversation. The message of an answer can be sent back as it is.
class message
{
public:
    /// `role` as the service knows it: "system", "developer", "user", "assistant", "tool".
    message(std::string role, std::string content);
    message(std::string role, std::vector<content_part> parts);
    /// The answer to one tool call.
    static message tool_result(std::string call_id, std::string content);
    // Defined once in the library.
    message(message const& other);
    message(message&& other) noexcept;
    message& operator=(message const& other);
    message& operator=(message&& other) noexcept;
    ~message();

    /// Whose words, when several speak in one role.
    message& name(std::string v) { return data_.name = std::move(v), *this; }
    message& add(content_part part);
    message& add(tool_call call);
    /// Further members for the service, as a JSON object.
    message& extra(std::string object) { return data_.extra = std::move(object), *this; }

    std::string const& role() const noexcept { return data_.role; }
    /// The words, if they are one text; empty if they are in `parts`.
    std::string const& content() const noexcept { return data_.content; }
    std::vector<content_part> const& parts() const noexcept { return data_.parts; }
    /// The words, those of all text parts joined.
    std::string text() const;
    std::vector<tool_call> const& tool_calls() const noexcept { return data_.tool_calls; }
    std::string const& tool_call_id() const noexcept { return data_.tool_call_id; }
    std::string const& name() const noexcept { return data_.name; }
    /// Why the model does not answer; empty if it does.
    std::string const& refusal() const noexcept { return data_.refusal; }
    /// What the model thought, where a server shows it.
    std::string const& reasoning() const noexcept { return data_.reasoning; }
    /// What else the service sent, as a JSON object; empty if nothing.
    std::string const& extra() const noexcept { return data_.extra; }
    friend bool operator==(message const&, message const&) = default;

private:
    friend struct detail::fields_of;
    detail::message_data data_;
};

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/model/impl/message.ipp>
#endif
