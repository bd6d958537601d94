#include <augur/model/impl/chat_accumulator.ipp>
#include <augur/model/impl/chat_event.ipp>
#include <augur/model/impl/chat_request.ipp>
#include <augur/model/impl/chat_response.ipp>
#include <augur/model/impl/message.ipp>
