package near_test

import (
	"testing"

	"sluice/feed/dedup/near"
)

func TestATitleRecursFromItsThirdDayOn(t *testing.T) {
	var briefing near.Recurrence
	for day := range uint32(5) {
		if got, want := briefing.Recurs(day), day >= 2; got != want {
			t.Errorf("day %d: recurs %v, want %v", day, got, want)
		}
		briefing = briefing.Note(day).Note(day) // twice a day is one day
		if got, want := briefing.Recurs(day), day >= 2; got != want {
			t.Errorf("day %d, noted: recurs %v, want %v", day, got, want)
		}
	}
	if got := briefing.Note(1); got != briefing {
		t.Errorf("a clock that was set back made %+v of %+v", got, briefing)
	}
}

func TestAMonthlyTitleIsRememberedAndALongGoneOneIsNot(t *testing.T) {
	var column, once near.Recurrence
	for _, day := range []uint32{0, 1, 2} {
		once = once.Note(day)
	}
	for day := uint32(0); day < 124; day += 31 {
		column = column.Note(day)
	}
	if !column.Recurs(124) {
		t.Error("the column is forgotten")
	}
	if once.Recurs(100) || once.Note(100).Recurs(101) {
		t.Error("what stopped three months ago still recurs")
	}
}
