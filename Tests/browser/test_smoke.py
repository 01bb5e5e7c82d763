from frames import frame


def test_shows_totals(page, stand_in):
    stand_in.send(frame())
    page.wait_text("#total-bets", "1,000")
    page.picture("smoke")
