package publish_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAPreviewHasTheEntriesOfABuildAndItsWarnings(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(o *feed.Output)
		keep   string
	}{
		"as it is":               {},
		"each article":           {change: func(o *feed.Output) { o.Dedup = feed.DedupNone }},
		"in order of dates":      {change: func(o *feed.Output) { o.Order = feed.OrderPublished }},
		"few":                    {change: func(o *feed.Output) { o.Limit = 2 }},
		"of texts":               {keep: `text.contains("Text 3")`},
		"under titles":           {change: func(o *feed.Output) { o.TitleTemplate = "{{.Name}}: {{.Title}}" }},
		"preferred":              {change: func(o *feed.Output) { o.Prefer = []feed.SourceID{"b"} }},
		"of a rule that fails":   {keep: `categories[0] == "x"`},
		"of one that keeps none": {keep: "false"},
	} {
		t.Run(name, func(t *testing.T) {
			s, o := oneStory(), output()
			if tt.change != nil {
				tt.change(&o)
			}
			out, pub, now := compile(t, o, tt.keep, nil), feed.Publication{Since: start}, start.Add(time.Hour)
			doc, _ := buildAt(t, s, out, pub, now)
			entries, warnings, err := publish.Preview(t.Context(), s, out, infos(), pub, now)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(entries, doc.Entries); d != "" {
				t.Errorf("entries (preview, build):\n%s", d)
			}
			if d := cmp.Diff(fmt.Sprint(warnings), fmt.Sprint(doc.Warnings)); d != "" {
				t.Errorf("warnings (preview, build):\n%s", d)
			}
		})
	}
	s := oneStory()
	s.err = errors.New("disk on fire")
	if _, _, err := publish.Preview(t.Context(), s, compile(t, output(), "", nil), infos(), feed.Publication{}, start); !errors.Is(err, s.err) {
		t.Errorf("got %v", err)
	}
}

// shows is an entry for comparison.
func shows(seq uint64, title string) publish.Entry {
	e := publish.Entry{Stored: feed.Stored{Seq: seq, ID: fmt.Sprint("urn:", seq)}}
	e.Title = title
	return e
}

func TestADifferenceSaysWhatEntersLeavesMovesAndChanges(t *testing.T) {
	list := func(seqs ...uint64) (all []publish.Entry) {
		for _, seq := range seqs {
			all = append(all, shows(seq, "t"))
		}
		return all
	}
	other := func(change func(e *publish.Entry)) []publish.Entry {
		all := list(1, 2)
		change(&all[1])
		return all
	}
	for name, tt := range map[string]struct {
		before, after []publish.Entry
		want          string
	}{
		"nothing":                 {list(1, 2), list(1, 2), ""},
		"all is new":              {nil, list(1, 2), "+1 +2"},
		"all goes":                {list(1, 2), nil, "-1 -2"},
		"one for another":         {list(1, 2, 3), list(1, 4, 3), "+4 -2"},
		"what makes room":         {list(1, 2, 3), list(9, 1, 2), "+9 -3"},
		"one moves, and no other": {list(1, 2, 3, 4), list(4, 1, 2, 3), "4:4>1"},
		"one moves down":          {list(1, 2, 3, 4), list(2, 3, 4, 1), "1:1>4"},
		"moved around what enters": {
			list(1, 2, 3), list(8, 3, 9, 1, 2), "+8 +9 3:3>2",
		},
		"another title":             {list(1, 2), other(func(e *publish.Entry) { e.Title = "u" }), "2[title]"},
		"another address and text":  {list(1, 2), other(func(e *publish.Entry) { e.URL, e.Text = "u", "u" }), "2[address text]"},
		"another text further down": {list(1, 2), other(func(e *publish.Entry) { e.Whole = 1 }), "2[text]"},
		"another source's name":     {list(1, 2), other(func(e *publish.Entry) { e.From = "u" }), "2[source]"},
		"a source renamed":          {list(1, 2), other(func(e *publish.Entry) { e.Source = "u" }), ""},
		"another id":                {list(1, 2), other(func(e *publish.Entry) { e.ID = "urn:***" }), ""},
		"more articles":             {list(1, 2), other(func(e *publish.Entry) { e.Others = []publish.Other{{Source: "b"}} }), "2[others]"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := told(publish.Compare(tt.before, tt.after)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// told is a difference in short.
func told(d publish.Difference) string {
	var said []byte
	say := func(format string, args ...any) {
		if len(said) > 0 {
			said = append(said, ' ')
		}
		said = fmt.Appendf(said, format, args...)
	}
	for _, e := range d.Enter {
		say("+%d", e.Seq)
	}
	for _, e := range d.Leave {
		say("-%d", e.Seq)
	}
	for _, c := range d.Change {
		say("%d%v", c.After.Seq, c.What)
	}
	for _, m := range d.Move {
		say("%d:%d>%d", m.Entry.Seq, m.From, m.To)
	}
	return string(said)
}

func TestADifferenceLeadsFromOneListToTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) (list []publish.Entry) {
			for _, n := range rapid.SliceOfNDistinct(rapid.Uint64Range(1, 12), 0, 10, rapid.ID).Draw(t, name) {
				list = append(list, shows(n, "t"))
			}
			return list
		}
		before, after := draw("before"), draw("after")
		d := publish.Compare(before, after)
		seqs := func(list []publish.Entry, without ...publish.Entry) (all []uint64) {
			for _, e := range list {
				if !slices.ContainsFunc(without, func(w publish.Entry) bool { return w.Seq == e.Seq }) {
					all = append(all, e.Seq)
				}
			}
			return all
		}
		var moved []publish.Entry
		for _, m := range d.Move {
			moved = append(moved, m.Entry)
			if before[m.From-1].Seq != m.Entry.Seq || after[m.To-1].Seq != m.Entry.Seq {
				t.Errorf("%d does not move from %d to %d", m.Entry.Seq, m.From, m.To)
			}
		}
		stay, stayed := seqs(before, slices.Concat(d.Leave, moved)...), seqs(after, slices.Concat(d.Enter, moved)...)
		if !slices.Equal(stay, stayed) {
			t.Fatalf("%v and %v differ beside %s", stay, stayed, told(d))
		}
		// No other choice leaves more of them where they are.
		common, order := seqs(before, d.Leave...), seqs(after, d.Enter...)
		best := 0
		for set := range 1 << len(common) {
			var chosen []publish.Entry
			for i, seq := range common {
				if set>>i&1 == 0 {
					chosen = append(chosen, shows(seq, ""))
				}
			}
			if left := len(common) - len(chosen); left > best && slices.Equal(seqs(before, slices.Concat(d.Leave, chosen)...), seqs(after, slices.Concat(d.Enter, chosen)...)) {
				best = left
			}
		}
		if len(stay) != best || len(order) != len(common) {
			t.Errorf("%d of %v stay, %d could: %s", len(stay), common, best, told(d))
		}
	})
}

func TestAPreviewTellsTextsApartThatBeginAlike(t *testing.T) {
	a := article(1, "a")
	a.Summary, a.Content = "", "<p>"+strings.Repeat("words and words ", 100)+"</p>"
	short := article(2, "a")
	short.Summary, short.Content = "<p>No more than this.</p>", ""
	s := &shelf{articles: []feed.Stored{a, short}}
	seen := func(detail feed.Detail) []publish.Entry {
		o := output()
		o.Content = detail
		entries, _, err := publish.Preview(t.Context(), s, compile(t, o, "", nil), infos(), feed.Publication{Since: start}, start)
		if err != nil {
			t.Fatal(err)
		}
		return entries
	}
	full := seen(feed.DetailFull)
	for detail, want := range map[feed.Detail]string{
		feed.DetailFull: "", feed.DetailSummary: "1[text]", feed.DetailNone: "2[text] 1[text]",
	} {
		if got := told(publish.Compare(full, seen(detail))); got != want {
			t.Errorf("%s: got %q, want %q", detail, got, want)
		}
	}
}
