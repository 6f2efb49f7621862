package render_test

import (
	"bytes"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/render"

	"pgregory.net/rapid"
)

// TestADocumentIsTheSameWhateverWasWrittenBefore has a writer write documents that
// come out of one another: entries come, go, move and are edited, and so is the feed.
func TestADocumentIsTheSameWhateverWasWrittenBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w render.Writer
		f, next := bare(), 0
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			step(t, &f, &next)
			got, err := w.Write(f, render.Sums(f.Entries))
			if err != nil {
				t.Fatal(err)
			}
			for ext, b := range map[string][]byte{"rss": got.RSS, "atom": got.Atom, "json": got.JSON} {
				want, err := formats[ext](f)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(b, want) {
					t.Fatalf("%s:\ngot  %s\nwant %s", ext, b, want)
				}
			}
		}
	})
}

func step(t *rapid.T, f *render.Feed, next *int) {
	at := func() int { return rapid.IntRange(0, len(f.Entries)-1).Draw(t, "at") }
	switch what := rapid.SampledFrom([]string{"news", "news", "edit", "drop", "swap", "language", "title", "date", "nothing"}).Draw(t, "what"); {
	case what == "news":
		*next++
		e := hostileEntry(t, strconv.Itoa(*next))
		if rapid.Bool().Draw(t, "undated") {
			e.Published, e.Updated = time.Time{}, time.Time{}
		}
		if rapid.Bool().Draw(t, "from nobody") {
			e.Source, e.Authors = render.Source{}, nil
		}
		f.Entries = append([]render.Entry{e}, f.Entries...)
	case what == "language":
		f.Language = rapid.SampledFrom([]string{"", "en", "de"}).Draw(t, "language")
	case what == "title":
		f.Title = hostile().Draw(t, "title")
	case what == "date":
		f.Updated = f.Updated.Add(time.Second)
	case len(f.Entries) == 0 || what == "nothing":
	case what == "edit":
		f.Entries = slices.Clone(f.Entries)
		f.Entries[at()].Content = hostile().Draw(t, "content")
	case what == "drop":
		i := at()
		f.Entries = slices.Delete(slices.Clone(f.Entries), i, i+1)
	case what == "swap":
		i, j := at(), at()
		f.Entries = slices.Clone(f.Entries)
		f.Entries[i], f.Entries[j] = f.Entries[j], f.Entries[i]
	}
}

func TestAFeedThatCannotBeWrittenLeavesTheWriterAsItWas(t *testing.T) {
	var w render.Writer
	f := bare(plain())
	first, err := w.Write(f, render.Sums(f.Entries))
	if err != nil {
		t.Fatal(err)
	}
	nameless := bare(plain(), render.Entry{})
	if _, err := w.Write(nameless, render.Sums(nameless.Entries)); err == nil {
		t.Error("an entry without an id was written")
	}
	again, err := w.Write(f, render.Sums(f.Entries))
	if err != nil || !reflect.DeepEqual(again, first) {
		t.Errorf("%v, and what is written differs", err)
	}
}

// TestAllThatAnEntryHoldsIsInItsSum changes each value that there is, at any depth.
func TestAllThatAnEntryHoldsIsInItsSum(t *testing.T) {
	e := full().Entries[0]
	e.Extensions = episode()
	seen := map[render.Sum]string{render.Sums([]render.Entry{e})[0]: "the entry itself"}
	leaves(reflect.ValueOf(&e).Elem(), "Entry", func(what string) {
		sum := render.Sums([]render.Entry{e})[0]
		if was, ok := seen[sum]; ok {
			t.Errorf("%s is not in the sum: it is that of %s", what, was)
		}
		seen[sum] = what
	})
	if len(seen) < 60 {
		t.Errorf("%d values were changed; an entry has more", len(seen))
	}
}

func TestAllThatSubscribersSeeOfAFeedIsInItsDigest(t *testing.T) {
	f := archive()
	f.Hubs = newest().Hubs
	f.Description, f.Generator, f.Style, f.Language = "All of it", "sluice 1.0", "/style.css", "en"
	digest := func() render.Sum { return f.Digest(render.Sums(f.Entries)) }
	seen := map[render.Sum]string{digest(): "the feed itself"}
	isContent := map[string]bool{"Feed.Updated": false, "Feed.Generator": false, "Feed.Style": false}
	leaves(reflect.ValueOf(&f).Elem(), "Feed", func(what string) {
		was, same := seen[digest()]
		if same == (!isContentOf(isContent, what)) {
			seen[digest()] = what
			return
		}
		t.Errorf("%s: the digest is that of %q, want another: %v", what, was, isContentOf(isContent, what))
	})
}

func isContentOf(known map[string]bool, what string) bool {
	content, ok := known[what]
	return content || !ok
}

// leaves changes each value in turn, has it looked at, and changes it back.
func leaves(v reflect.Value, name string, look func(string)) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		old := v.Interface().(time.Time)
		v.Set(reflect.ValueOf(old.Add(time.Nanosecond)))
		look(name)
		v.Set(reflect.ValueOf(old))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			leaves(v.Field(i), name+"."+v.Type().Field(i).Name, look)
		}
	case v.Kind() == reflect.Pointer:
		old := v.Interface()
		if v.IsNil() {
			return
		}
		leaves(v.Elem(), name, look)
		v.SetZero()
		look(name + " without")
		v.Set(reflect.ValueOf(old))
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			leaves(v.Index(i), name+"["+strconv.Itoa(i)+"]", look)
		}
		if v.Len() > 0 {
			old := reflect.ValueOf(v.Interface())
			v.SetLen(v.Len() - 1)
			look(name + " without the last")
			v.Set(old)
		}
	default:
		old := reflect.ValueOf(v.Interface())
		switch v.Kind() {
		case reflect.String:
			v.SetString(v.String() + "x")
		case reflect.Bool:
			v.SetBool(!v.Bool())
		default:
			v.SetInt(v.Int() + 1)
		}
		look(name)
		v.Set(old)
	}
}

// What is moved from one field to its neighbour is another entry.
func TestSumsTellWhereAValueStands(t *testing.T) {
	a, b, c := plain(), plain(), plain()
	a.Summary, a.Content = "ab", ""
	b.Summary, b.Content = "a", "b"
	c.Categories = []feed.Category{{Term: "ab"}}
	sums := render.Sums([]render.Entry{a, b, c})
	if sums[0] == sums[1] || sums[1] == sums[2] || sums[0] == sums[2] {
		t.Errorf("%x", sums)
	}
}
