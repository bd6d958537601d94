#include "event_frames.hpp"

#include "json.hpp"

#include <cstdint>

namespace augur::emulator {

namespace {

/// CRC-32 of IEEE 802.3, bit by bit: slow, and plain to see.
std::uint32_t checksum(std::string_view bytes)
{
    std::uint32_t crc = 0xFFFFFFFFU;
    for (auto const c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0);
    }
    return ~crc;
}

void append(std::string& to, std::uint64_t value, int bytes)
{
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        to += static_cast<char>((value >> shift) & 0xFF);
}

} // namespace

std::string event_frame(std::vector<std::pair<std::string_view, std::string_view>> const& headers,
                        std::string_view payload)
{
    constexpr char string_type = 7;
    std::string lines;
    for (auto const& [name, value] : headers) {
        append(lines, name.size(), 1);
        lines.append(name).append(1, string_type);
        append(lines, value.size(), 2);
        lines.append(value);
    }
    std::string frame;
    append(frame, 4 + 4 + 4 + lines.size() + payload.size() + 4, 4);
    append(frame, lines.size(), 4);
    append(frame, checksum(frame), 4);
    frame.append(lines).append(payload);
    append(frame, checksum(frame), 4);
    return frame;
}

std::string payload_part(std::string_view bytes)
{
    return event_frame(
        {{":event-type", "PayloadPart"}, {":content-type", "application/octet-stream"}, {":message-type", "event"}},
        bytes);
}

std::string exception_frame(std::string_view type, std::string_view message, std::string_view code)
{
    json body = {{"Message", std::string(message)}};
    if (!code.empty())
        body["ErrorCode"] = std::string(code);
    return event_frame(
        {{":exception-type", type}, {":content-type", "application/json"}, {":message-type", "exception"}}, dump(body));
}

} // namespace augur::emulator
