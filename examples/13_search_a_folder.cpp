// Finds the texts of a folder that are nearest in meaning to a question: embeds all of them in one call, and the
// question.
//
// usage: 13_search_a_folder [FOLDER [QUESTION]]
#include <augur/augur.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <numeric>

namespace asio = boost::asio;

struct document
{
    std::string name;
    std::string text;
    float nearness = 0;
};

std::vector<document> read_folder(std::string const& folder)
{
    std::vector<document> out;
    for (auto const& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".md" && entry.path().extension() != ".txt")
            continue;
        std::ifstream file(entry.path());
        std::string text{std::istreambuf_iterator<char>(file), {}};
        out.push_back({entry.path().filename().string(), text.substr(0, 2000)});
    }
    std::sort(out.begin(), out.end(), [](auto const& a, auto const& b) { return a.name < b.name; });
    return out;
}

// The vectors have length 1, so this is the cosine of the angle between them.
float nearness(std::vector<float> const& a, std::vector<float> const& b)
{
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

asio::awaitable<int> search(std::string folder, std::string question)
{
    auto executor = co_await asio::this_coro::executor;
    augur::azure_openai::client_config config{.deployment = "text-embedding-3-small"};
    augur::azure_openai::client embedder(executor, "", config);

    auto documents = read_folder(folder);
    std::vector<std::string> texts{question};
    for (auto const& one : documents)
        texts.push_back(one.text);
    augur::embedding_request request(std::move(texts));
    auto answer = co_await embedder.embed(std::move(request)); // base64 on the wire, floats here, in order
    if (!answer) {
        std::cout << answer.error() << '\n';
        co_return 1;
    }
    auto const& vectors = answer->embeddings;
    for (std::size_t i = 0; i < documents.size(); ++i)
        documents[i].nearness = nearness(vectors[0].values, vectors[i + 1].values);
    std::sort(documents.begin(), documents.end(), [](auto const& a, auto const& b) { return a.nearness > b.nearness; });
    std::cout << question << "\n";
    for (auto const& one : documents)
        std::cout << "  " << one.nearness << "  " << one.name << '\n';
    co_return documents.empty() ? 1 : 0;
}

int main(int argc, char** argv)
{
    return augur::run(search(argc > 1 ? argv[1] : "docs/how-to",
                             argc > 2 ? argv[2] : "How do I keep connections warm and go through a proxy?"));
}
