package dedup_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/dedup"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func ofStory(s feed.Story) []uint64 {
	return slices.Sorted(maps.Keys(maps.Collect(func(yield func(uint64, bool) bool) {
		if !yield(s.Root, true) {
			return
		}
		for i := range s.Joins {
			if !yield(i, true) {
				return
			}
		}
	})))
}

// checkTree sees that a story is what the package promises.
func checkTree(t *rapid.T, what string, s feed.Story, want []uint64) {
	all := ofStory(s)
	if !slices.Equal(all, want) {
		t.Fatalf("%s: story of %v, want %v", what, all, want)
	}
	if s.Root != all[0] {
		t.Fatalf("%s: root %d of %v", what, s.Root, all)
	}
	for i, j := range s.Joins {
		if j.To >= i || !slices.Contains(all, j.To) {
			t.Fatalf("%s: %d joined %d of %v", what, i, j.To, all)
		}
	}
}

// drawStory makes a story of some numbers as it comes about: each joins one that is there.
func drawStory(t *rapid.T, numbers []uint64) feed.Story {
	s := feed.Story{Root: numbers[0]}
	for n, i := range numbers[1:] {
		s = dedup.Add(s, i, feed.Joined{
			To: rapid.SampledFrom(numbers[:n+1]).Draw(t, "joins"), Late: rapid.Bool().Draw(t, "late"), How: feed.HowNear, At: time.Unix(int64(i), 0),
		})
	}
	return s
}

func drawNumbers(t *rapid.T, label string) []uint64 {
	all := rapid.SliceOfNDistinct(rapid.Uint64Range(1, 40), 2, 9, rapid.ID[uint64]).Draw(t, label)
	slices.Sort(all)
	return all
}

func TestStoriesStayTreesWhateverIsDoneToThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := drawNumbers(t, "identities")
		s := drawStory(t, numbers)
		before := feed.Story{Root: s.Root, Joins: maps.Clone(s.Joins)}
		one := rapid.SampledFrom(numbers).Draw(t, "one")

		left, rest, ok := dedup.Part(s, one)
		if !ok {
			t.Fatalf("%d cannot leave %v", one, numbers)
		}
		checkTree(t, "left", left, ofStory(left))
		checkTree(t, "rest", rest, ofStory(rest))
		if both := slices.Sorted(slices.Values(append(ofStory(left), ofStory(rest)...))); !slices.Equal(both, numbers) || left.Root != one {
			t.Fatalf("%v was parted into %v, which %d leads, and %v", numbers, ofStory(left), one, ofStory(rest))
		}
		for i, j := range left.Joins {
			if d := cmp.Diff(j, s.Joins[i]); d != "" {
				t.Fatalf("%d, which went along, joined otherwise:\n%s", i, d)
			}
		}

		how := feed.Joined{How: feed.HowText, Operator: true}
		checkTree(t, "united again", dedup.Unite(left, rest, how), numbers)
		if d := cmp.Diff(dedup.Unite(left, rest, how), dedup.Unite(rest, left, how)); d != "" {
			t.Fatalf("the order of two stories matters:\n%s", d)
		}

		is := uint64(rapid.IntRange(int(one)+1, 60).Filter(func(n int) bool { return !slices.Contains(numbers, uint64(n)) }).Draw(t, "renamed"))
		want := slices.Clone(numbers)
		want[slices.Index(want, one)] = is
		slices.Sort(want)
		checkTree(t, "renamed", dedup.Rename(s, one, is), want)

		if d := cmp.Diff(s, before); d != "" {
			t.Fatalf("the story that was given changed:\n%s", d)
		}
	})
}

func TestWhatIsAloneCannotLeave(t *testing.T) {
	alone := feed.Story{Root: 3}
	if _, rest, ok := dedup.Part(alone, 3); ok || rest.Root != 3 {
		t.Errorf("it left, and %+v stayed", rest)
	}
	pair := dedup.Add(alone, 5, feed.Joined{To: 3})
	if _, rest, ok := dedup.Part(pair, 4); ok || len(rest.Joins) != 1 {
		t.Errorf("a stranger left, and %+v stayed", rest)
	}
	if got := dedup.Rename(alone, 3, 9); got.Root != 9 || got.Joins != nil {
		t.Errorf("renamed, it is %+v", got)
	}
}
