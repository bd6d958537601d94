#include <augur/emulator/llm/embedding.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string_view>

using namespace augur::emulator::llm;

namespace {

struct triple
{
    std::string_view text, near, far;
};

/// A text, one that says nearly the same in other words or forms, and one about something else.
constexpr triple triples[] = {
    {"weather in Paris", "the Paris weather today", "price of a train ticket"},
    {"How do I bake bread?", "baking bread at home", "resetting a password"},
    {"reset my password", "I forgot my password", "opening hours of the museum"},
    {"the cat sleeps on the chair", "a sleeping cat in a chair", "interest rates rise again"},
    {"train to London", "trains leaving for London", "soup with onions"},
    {"onion soup recipe", "a recipe for a soup of onions", "the moon and the tides"},
    {"high tide at noon", "tides in the harbour are high", "a violin lesson"},
    {"violin lessons for beginners", "learning to play the violin", "invoice overdue"},
    {"invoice number 4711", "the invoices of last month", "a walk in the forest"},
    {"walking through the forest", "a long forest walk", "stock market closes lower"},
    {"stock prices fall", "falling prices of stocks", "how to water a cactus"},
    {"watering a cactus", "my cactus needs water", "file system is full"},
    {"disk is full", "the disk has no free space, it is full", "a bird in the garden"},
    {"birds in my garden", "garden birds in winter", "compile error in C++"},
    {"compiler error message", "the compiler reports errors", "holiday in Spain"},
    {"holidays in Spain", "a Spanish holiday", "a broken bicycle"},
    {"repair my bicycle", "bicycle repair shop", "the history of Rome"},
    {"history of ancient Rome", "Roman history", "a message was lost"},
    {"lost messages in a queue", "the queue loses a message", "apple pie"},
    {"apple pie with cream", "pies made of apples", "a full moon night"},
    {"night of the full moon", "the moon at night", "lawyer for contracts"},
    {"contract lawyer", "lawyers who write contracts", "children play football"},
    {"football for children", "children's football club", "coffee machine"},
    {"a cup of coffee", "coffee from the machine", "solar panels on roofs"},
    {"roof with solar panels", "panels for solar power", "a letter from grandmother"},
    {"grandmother's letters", "letters written by my grandmother", "rust on the car"},
    {"car has rust", "rusty cars", "poem about autumn"},
    {"autumn poems", "a poem on the autumn leaves", "database is slow"},
    {"slow database queries", "queries of the database take long", "running shoes"},
    {"shoes for running", "a runner's shoes", "tooth pain"},
    {"pain in a tooth", "toothache and pain", "elections in France"},
    {"French elections", "the election in France", "painting the kitchen"},
    {"kitchen paint", "paint for a kitchen wall", "glacier melts"},
    {"melting glaciers", "glaciers are melting fast", "chess opening"},
    {"openings in chess", "chess openings for white", "tax return"},
    {"tax returns for students", "how students return their taxes", "piano tuning"},
    {"tune a piano", "the piano tuner", "earthquake warning"},
    {"warnings of earthquakes", "an earthquake was felt", "wedding dress"},
    {"dresses for weddings", "the bride's wedding dress", "battery is empty"},
    {"empty battery of the phone", "phone batteries run empty", "a bridge over the river"},
    {"river bridges", "the bridge crosses a river", "cancer research"},
    {"research on cancer", "cancer researchers", "pasta with cheese"},
    {"cheese pasta", "pasta and a lot of cheese", "flight delayed"},
    {"delayed flights", "my flight has a delay", "photograph of a mountain"},
    {"mountain photographs", "photographing mountains", "smoke in the engine"},
    {"engine smoke", "smoking engine", "vaccination of dogs"},
    {"dog vaccination", "vaccinate my dog", "spelling mistakes"},
    {"mistakes in spelling", "misspelled words and spelling", "electric guitar"},
    {"guitars with electric pickups", "an electric guitar solo", "theatre tickets"},
    {"tickets for the theatre", "a theatre ticket", "insurance claim"},
    {"claims to the insurance", "insurance claims rejected", "snow in April"},
    {"April snow", "it snowed in April", "lion in Africa"},
    {"African lions", "lions of Africa", "fishing boat"},
    {"boats for fishing", "fishermen and their boat", "sewing machine needle"},
    {"needles of a sewing machine", "machine for sewing", "bank account balance"},
    {"balance of my bank account", "accounts and balances", "volcano erupts"},
    {"erupting volcanoes", "eruption of a volcano", "swimming pool"},
    {"pools for swimming", "swim in a pool", "robot arm"},
    {"arms of robots", "a robotic arm", "school exam"},
    {"exams at school", "the school examination", "garden tomatoes"},
    {"tomatoes in the garden", "growing tomato plants in gardens", "quantum computer"},
    {"computers with quantum bits", "quantum computing", "blood pressure"},
    {"pressure of the blood", "high blood pressure", "broken window"},
    {"window is broken", "the windows broke", "job interview"},
    {"interviews for a job", "the interview for my job", "desert sand"},
    {"sand of the desert", "sandy deserts", "camera lens"},
    {"lenses for a camera", "a lens of the camera", "knight and dragon"},
    {"the dragon and the knights", "dragons fight knights", "honey bees"},
    {"bees make honey", "honey of a bee", "dentist appointment"},
    {"an appointment at the dentist", "appointments with dentists", "wind turbine"},
    {"turbines turn in the wind", "wind power turbines", "orchestra conductor"},
    {"conductor of an orchestra", "the orchestra and its conductors", "tea ceremony"},
    {"ceremonies with tea", "a tea ceremony in Japan", "moving house"},
    {"move to a new house", "the house we move to", "iris flower petals"},
    {"petals of an iris", "flowers of the iris", "ship in a storm"},
    {"storms and ships", "a stormy night on a ship", "language model"},
    {"models of language", "a large language model", "neural network training"},
    {"training neural networks", "networks that are trained", "chocolate cake"},
    {"cakes with chocolate", "a chocolate cake for you", "airport security"},
    {"security at the airport", "airports and security checks", "river flood"},
    {"flooded rivers", "the river floods the town", "bicycle lane"},
    {"lanes for bicycles", "a new bicycle lane", "beer brewing"},
    {"brewing beer", "brewers of beer", "museum of art"},
    {"art museums", "the museum shows art", "space station"},
    {"station in space", "astronauts in the space station", "wool sweater"},
    {"sweaters of wool", "a woollen sweater", "forest fire"},
    {"fires in the forest", "burning forests and fire", "broken leg"},
    {"my leg is broken", "leg broke at skiing", "lost keys"},
    {"I lost my keys", "the key is lost", "old castle"},
    {"castles that are old", "an old castle ruin", "computer virus"},
    {"viruses on my computer", "computers with a virus", "yoga class"},
    {"classes of yoga", "a yoga class at noon", "cold water"},
    {"water that is cold", "coldest waters", "street lamp"},
    {"lamps in the street", "the street lamps", "newspaper article"},
    {"articles in a newspaper", "newspapers print an article", "electricity bill"},
    {"bill for electricity", "electric power bills", "horse race"},
    {"racing horses", "races of horses", "carpet cleaning"},
    {"clean a carpet", "carpets cleaned", "mobile phone contract"},
    {"contracts for mobile phones", "a phone contract", "public library"},
    {"libraries for the public", "the public library opens", "sports injury"},
};

} // namespace

TEST_CASE("embeddings: of a hundred triples the near text is nearer than the far one")
{
    static_assert(sizeof triples / sizeof *triples == 100);
    for (std::size_t const dimensions : {std::size_t{256}, std::size_t{1536}, std::size_t{3072}})
        for (auto const& t : triples) {
            CAPTURE(t.text);
            CAPTURE(dimensions);
            auto const text = embed(t.text, dimensions);
            CHECK(similarity(text, embed(t.near, dimensions)) > similarity(text, embed(t.far, dimensions)));
        }
}

TEST_CASE("embeddings: unit vectors, the same for the same text")
{
    for (auto const* text : {"a", " ", "!?", "The sky is blue.", "Grüße 🦜", "\xFF\xFE"}) {
        CAPTURE(text);
        for (std::size_t const dimensions : {1u, 2u, 3u, 64u, 1536u}) {
            auto const v = embed(text, dimensions);
            REQUIRE(v.size() == dimensions);
            CHECK(std::sqrt(similarity(v, v)) == doctest::Approx(1).epsilon(1e-5));
            CHECK(v == embed(text, dimensions));
        }
    }
}

TEST_CASE("embeddings: upper case and signs between words do not matter much")
{
    CHECK(similarity(embed("The Sky is blue!", 512), embed("the sky, is blue", 512)) > 0.95);
    CHECK(similarity(embed("The Sky is blue!", 512), embed("a recipe for bread", 512)) < 0.3);
}
