package near_test

import (
	"testing"

	"sluice/feed/dedup/near"
)

func title(s string) uint64 { return near.Prepare(s, "").Title() }

func TestATitleRecursFromItsThirdDayOn(t *testing.T) {
	titles := near.NewTitles(1000)
	briefing := title("Morning Briefing")
	for day := range uint32(5) {
		if got, want := titles.Recurring(1, briefing, day), day >= 2; got != want {
			t.Errorf("day %d: recurring %v, want %v", day, got, want)
		}
		titles.Note(1, briefing, day)
		titles.Note(1, briefing, day) // twice a day is one day
	}
	if titles.Recurring(2, briefing, 9) {
		t.Error("it recurs in a feed that never had it")
	}
	if titles.Recurring(1, title("Evening Briefing"), 9) {
		t.Error("another title recurs")
	}
	if !titles.Recurring(1, title("MORNING — briefing!"), 9) {
		t.Error("case and punctuation make another title of it")
	}
}

func TestArticlesWithoutTitlesDoNotRecur(t *testing.T) {
	titles := near.NewTitles(1000)
	for day := range uint32(9) {
		titles.Note(1, title(""), day)
		titles.Note(1, title("…"), day)
	}
	if titles.Recurring(1, title(" "), 10) || titles.Len() != 0 {
		t.Error("no title counts as one")
	}
}

func TestAWeeklyTitleIsRememberedAndALongGoneOneIsNot(t *testing.T) {
	titles := near.NewTitles(1000)
	column, once := title("The week in pictures"), title("Bridge closes")
	for _, day := range []uint32{0, 1, 2} {
		titles.Note(1, once, day)
	}
	for day := uint32(0); day < 105; day += 7 {
		titles.Note(1, column, day)
	}
	if !titles.Recurring(1, column, 112) {
		t.Error("the column is forgotten")
	}
	if titles.Recurring(1, once, 112) {
		t.Error("what stopped three months ago still recurs")
	}
}

func TestTitlesAreBounded(t *testing.T) {
	titles := near.NewTitles(100)
	for n := range uint64(10_000) {
		titles.Note(n%7, n+1, uint32(n/1000))
		if titles.Len() > 100 {
			t.Fatalf("holds %d", titles.Len())
		}
	}
	if titles.Len() < 50 {
		t.Errorf("holds %d only", titles.Len())
	}
}
