package bolt

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestAPlaceListIsASortedSet(t *testing.T) {
	rapid.Check(t, func(tb *rapid.T) {
		place := rapid.Custom(func(tb *rapid.T) dueAt {
			return dueAt{int64(rapid.IntRange(0, 400).Draw(tb, "at")), uint32(rapid.IntRange(0, 5).Draw(tb, "num"))}
		})
		begun := rapid.SliceOfNDistinct(place, 0, 700, rapid.ID[dueAt]).Draw(tb, "begun with")
		l, want := newPlaceList(slices.Clone(begun)), map[dueAt]bool{}
		for _, a := range begun {
			want[a] = true
		}
		for _, a := range rapid.SliceOfN(place, 0, 900).Draw(tb, "changes") {
			if rapid.Bool().Draw(tb, "in") {
				l.add(a)
				want[a] = true
				continue
			}
			if was := l.remove(a); was != want[a] {
				tb.Fatalf("%v was there: %v, want %v", a, was, want[a])
			}
			delete(want, a)
		}
		sorted := []dueAt{}
		for a := range want {
			sorted = append(sorted, a)
		}
		slices.SortFunc(sorted, dueAt.compare)
		if got := slices.Collect(l.all()); !slices.Equal(got, sorted) || l.n != len(sorted) {
			tb.Fatalf("got %d: %v, want %d: %v", l.n, got, len(sorted), sorted)
		}
	})
}

// TestAPieceOfAPlaceListStaysShort holds that what a change moves does not grow with the list.
func TestAPieceOfAPlaceListStaysShort(t *testing.T) {
	var l placeList
	for i := range uint32(100_000) {
		l.add(dueAt{int64(i * 2654435761 % 100_000), i})
	}
	for _, p := range l.pieces {
		if len(p) == 0 || len(p) > fullPiece || cap(p) > 4*fullPiece {
			t.Fatalf("a piece of %d places, with room for %d", len(p), cap(p))
		}
	}
}
