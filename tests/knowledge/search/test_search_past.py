from agentforge.knowledge.search.past import KEPT, Past


def test_the_words_of_a_query_are_those_of_what_it_led_to():
    past = Past()
    assert past.learn("weather forecasts for Rome", ["a"]) == ("a",)
    past.learn("the weather", ["a", "a"])
    assert past.led_to("a") == {"weather": 2.0, "forecast": 1.0, "rome": 1.0}
    assert past.led_to("b") == {}


def test_of_several_items_each_gets_a_share_of_the_words():
    past = Past()
    past.learn("weather mail", ["forecast", "mail"])
    assert past.led_to("mail") == {"weather": 0.5, "mail": 0.5}


def test_what_says_nothing_teaches_nothing():
    past = Past()
    assert past.learn("the of and", ["a"]) == past.learn("weather", []) == ()


def test_the_oldest_queries_go_first():
    past = Past()
    past.learn("first", ["a"])
    for _ in range(KEPT):
        past.learn("later", ["a"])
    assert past.led_to("a") == {stem: float(KEPT) for stem in ["later"]}
