// The main function of every unit-test program: doctest, and a guard against a filter that matches nothing.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>

namespace {

unsigned cases_run = 0;

struct case_counter : doctest::IReporter
{
    explicit case_counter(doctest::ContextOptions const&) {}
    void report_query(doctest::QueryData const&) override {}
    void test_run_start() override {}
    void test_run_end(doctest::TestRunStats const& stats) override { cases_run = stats.numTestCasesPassingFilters; }
    void test_case_start(doctest::TestCaseData const&) override {}
    void test_case_reenter(doctest::TestCaseData const&) override {}
    void test_case_end(doctest::CurrentTestCaseStats const&) override {}
    void test_case_exception(doctest::TestCaseException const&) override {}
    void subcase_start(doctest::SubcaseSignature const&) override {}
    void subcase_end() override {}
    void log_assert(doctest::AssertData const&) override {}
    void log_message(doctest::MessageData const&) override {}
    void test_case_skipped(doctest::TestCaseData const&) override {}
};

} // namespace

REGISTER_LISTENER("case_counter", 1, case_counter);

int main(int argc, char** argv)
{
    doctest::Context context(argc, argv);
    int const code = context.run();
    if (!context.shouldExit() && cases_run == 0) {
        std::fputs("no test case matched: a test that runs nothing must not pass\n", stderr);
        return 1;
    }
    return code;
}
