from docspasta_mcp.document.search.entries import counts, index_entries, searched, terms_of
from docspasta_mcp.document.search.question import Question, read_question
from docspasta_mcp.document.search.ranking import Candidate, Ranked, Statistics, rank
from docspasta_mcp.document.search.words import analyser


def order(question: str, *pages: str, language: str = "en") -> list[int]:
    """Return the numbers of pages by falling score of their best passage."""
    found = ranked(read_question(question, (language,)), *pages, language=language)
    return list(dict.fromkeys(one.page for one in found if one.score))


def ranked(asked: Question, *pages: str, language: str = "en") -> list[Ranked]:
    """Return the passages of pages by falling score; those of a page have numbers that follow one another."""
    known = frozenset(term.text for term in asked.terms)
    read = analyser(language).terms
    candidates: list[Candidate] = []
    having: dict[str, int] = {}
    for number, markdown in enumerate(pages):
        title = markdown.partition("\n")[0].lstrip("# ")
        for entry in index_entries(markdown, title=title, path="/", language=language):
            headings, names, _, body = entry.record.split("\n", 3)
            fields = {
                "names": frozenset(read(names)),
                "headings": frozenset(read(headings)),
                "title": frozenset(read(title)),
                "url": frozenset[str](),
            }
            made = Candidate(
                len(candidates),
                number,
                entry.length,
                counts(terms_of(body), (), known),
                fields,
                entry.links,
                is_lead=not entry.start,
                section=headings,
            )
            candidates.append(made)
            for term in known & set(searched(entry.record).split()):
                having[term] = having.get(term, 0) + 1
    average = sum(one.length for one in candidates) / len(candidates)
    return rank(asked.terms, candidates, Statistics(len(candidates), average, having), exact=asked.exact)


FILLER = "# Other\n\nNothing of it is here at all.\n"


def test_a_heading_counts_more_than_text() -> None:
    text = "# A\n\n## Some\n\nYou may rebase it.\n"
    assert order("rebase", text, "# B\n\n## Rebase\n\nThis is how it goes.\n", FILLER)[0] == 1


def test_a_long_passage_does_not_win_by_its_length() -> None:
    long = "# A\n\n" + "Something else about merging. " * 30 + "rebase rebase.\n"
    assert order("rebase", long, "# B\n\nrebase rebase here.\n", FILLER)[0] == 1


def test_forms_of_a_word_are_found() -> None:
    assert order("authentications", "# A\n\nTo authenticate, log in.\n", FILLER) == [0]


def test_a_name_finds_its_definition_before_its_mentions() -> None:
    mentions = "# A\n\n" + "See http.proxy and http.proxy, then http.proxy again.\n" * 3
    defines = "# B\n\n**http.proxy**\n  Where requests go.\n\n**http.other**\n  Something.\n"
    assert order("http.proxy", mentions, defines, FILLER)[0] == 1


def test_a_rare_word_counts_more_than_a_frequent_one() -> None:
    common = [f"# P{n}\n\nThe server server server starts.\n" for n in range(6)]
    assert order("server certificate", *common, "# C\n\nIts certificate.\n")[0] == 6


def test_a_word_of_like_meaning_finds_what_the_word_itself_does_not() -> None:
    assert order("remove folder", "# A\n\nDelete the directory.\n", FILLER) == [0]
    assert order("What is busy now?", "# A\n\nThe current load.\n", FILLER) == [0]
    assert order("remove", "# A\n\nDelete it.\n", "# B\n\nRemove it.\n", FILLER)[0] == 1


def test_a_list_of_links_comes_after_what_it_leads_to() -> None:
    links = "# A\n\n- [backup](http://x.example/1)\n- [backup again](http://x.example/2)\n"
    assert order("backup", links, "# B\n\nA backup is made so.\n", FILLER)[0] == 1


def test_chinese_is_found_by_pairs() -> None:
    assert order("全文検索", "# A\n\n検索は全文である。\n", "# B\n\n全文検索の設定。\n", FILLER, language="ja")[0] == 1


def test_the_beginning_of_a_page_gains_by_what_the_rest_of_it_says() -> None:
    text = "# Vacuum\n\nIt gives room back.\n\n## Use\n\n" + "A vacuum shrinks the file after rows are deleted. " * 30
    asked = read_question("vacuum shrink file deleted rows", ("en",))
    other = "# Files\n\nA file may shrink.\n\n## Rows\n\nRows are deleted.\n"
    first = {page: next(one for one in ranked(asked, text, other) if one.page == page) for page in (0, 1)}
    assert first[0].standing > first[1].standing
    lead = next(one for one in ranked(asked, text, other) if one.id == 0)
    assert lead.score > first[1].score


def test_a_page_that_is_about_it_stands_above_one_that_has_it_once() -> None:
    once = "# Other\n\nA vacuum shrinks the file.\n\n## More\n\n" + "Nothing of it is here. " * 40
    about = "# Space\n\n" + "".join(f"## Part {n}\n\nThe vacuum shrinks a file here too.\n\n" for n in range(4))
    found = {one.page: one for one in ranked(read_question("vacuum shrinks file", ("en",)), once, about)}
    assert found[1].standing > found[0].standing


def test_accents_do_not_matter() -> None:
    assert order("resume", "# A\n\nUn résumé suit.\n", FILLER) == [0]


def test_a_part_of_an_identifier_finds_it() -> None:
    assert order("post buffer", "# A\n\nSet http.postBuffer to more.\n", FILLER) == [0]
