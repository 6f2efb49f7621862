package control_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/control"
	"sluice/feed"

	"github.com/google/go-cmp/cmp"
)

func TestStoriesAreMendedOverTheSocket(t *testing.T) {
	a := control.Article{ID: "https://a.example/1", Source: "a", URL: "https://a.example/1", Title: "<One> & more"}
	b := control.Article{ID: "tag:b", Source: "b", How: feed.HowNear, ByHand: true}
	story := control.Story{ID: a.ID, Articles: []control.Article{a, b}}
	parted := control.Parted{Article: b, Left: control.Story{ID: b.ID, Articles: []control.Article{b}}, Rest: story}
	path, _ := serve(t, daemon{
		split: func(req control.SplitRequest) (control.Parted, error) {
			if req != (control.SplitRequest{Output: "all", Article: "x"}) {
				return control.Parted{}, fmt.Errorf("asked for %+v", req)
			}
			return parted, nil
		},
		join: func(req control.JoinRequest) (control.Story, error) {
			if req.Articles != [2]string{"x", "y"} {
				return control.Story{}, fmt.Errorf("asked for %+v", req)
			}
			return story, nil
		},
	})
	client := dial(t, path, time.Minute)
	if got, err := client.Split(t.Context(), control.SplitRequest{Output: "all", Article: "x"}); err != nil || cmp.Diff(got, parted) != "" {
		t.Errorf("split: %v, %s", err, cmp.Diff(got, parted))
	}
	if got, err := client.Join(t.Context(), control.JoinRequest{Articles: [2]string{"x", "y"}}); err != nil || cmp.Diff(got, story) != "" {
		t.Errorf("join: %v, %s", err, cmp.Diff(got, story))
	}
}

func TestAnExplanationComesOverTheSocketAsItIs(t *testing.T) {
	at := time.Date(2026, 11, 2, 8, 4, 5, 999, time.FixedZone("", 3600))
	a := feed.Stored{
		Article: feed.Article{Source: "a", URL: "https://a.example/1", Title: "<One>"}, ID: "tag:a", FirstSeen: at, Date: at.Add(-time.Hour),
		Changed: at.Add(time.Minute), Revision: 2, Backlog: true,
	}
	x := control.NewExplanation(a, feed.GUIDsChange)
	x.Output, x.In, x.Reason = "all", true, "it is < entry 2"
	x.Story = control.NewStory(feed.Story{Articles: []feed.Stored{a}}, func(a feed.Stored) feed.Stored { return a })
	path, _ := serve(t, daemon{explain: func(req control.ExplainRequest) (control.Explained, error) {
		if req != (control.ExplainRequest{Output: "all", Article: "tag:a"}) {
			return control.Explained{}, fmt.Errorf("asked for %+v", req)
		}
		return control.Explained{Articles: []control.Explanation{x}, More: 3}, nil
	}})
	got, err := dial(t, path, time.Minute).Explain(t.Context(), control.ExplainRequest{Output: "all", Article: "tag:a"})
	if err != nil || cmp.Diff(got, control.Explained{Articles: []control.Explanation{x}, More: 3}) != "" {
		t.Fatalf("got %+v, %v", got, err)
	}
	text, err := json.Marshal(got.Articles[0])
	want := `{"output":"all","id":"tag:a","in":true,"reason":"it is \u003c entry 2","rule":"",` +
		`"story":{"id":"tag:a","articles":[{"id":"tag:a","source":"a","url":"https://a.example/1","how":"","title":"\u003cOne\u003e"}]},"first_seen":"2026-11-02T07:04:05Z",` +
		`"source":"a","url":"https://a.example/1","title":"\u003cOne\u003e","date":"2026-11-02T06:04:05Z","backlog":true,"updates":2,"updated":"2026-11-02T07:05:05Z","guids":"change"}`
	if err != nil || string(text) != want {
		t.Errorf("got  %s, %v\nwant %s", text, err, want)
	}
	a.Revision = 0
	if x := control.NewExplanation(a, ""); x.Edited != nil {
		t.Errorf("never updated, and updated at %s", x.Edited)
	}
}

func TestAnArticleIsPlacedByItsDateWhereItWasNoNews(t *testing.T) {
	poll := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		a    feed.Stored
		want bool
	}{
		"news":                                  {feed.Stored{FirstSeen: poll, Place: poll}, false},
		"of a new source, dated":                {feed.Stored{FirstSeen: poll, Place: poll.Add(-time.Hour)}, true},
		"of more than may stand above the rest": {feed.Stored{FirstSeen: poll, Place: poll, Backlog: true}, true},
	} {
		if got := control.NewExplanation(tc.a, "").Dated; got != tc.want {
			t.Errorf("%s: %t, want %t", name, got, tc.want)
		}
	}
}

func TestAnAddressOfManyArticlesComesWithThem(t *testing.T) {
	had := &control.ManyError{Address: "https://a.example/", Articles: []control.Article{{ID: "1", Source: "a"}, {ID: "2", Source: "b"}}}
	path, _ := serve(t, daemon{join: func(control.JoinRequest) (control.Story, error) {
		return control.Story{}, fmt.Errorf("join: %w", had)
	}})
	_, err := dial(t, path, time.Minute).Join(t.Context(), control.JoinRequest{})
	got, ok := errors.AsType[*control.ManyError](err)
	if !ok || cmp.Diff(got, had) != "" || err.Error() != "join: "+had.Error() {
		t.Errorf("got %v: %s", err, cmp.Diff(got, had))
	}
}

func TestAStorySaysByWhatEachOfItsArticlesIsOfIt(t *testing.T) {
	stored := func(seq, identity uint64, how feed.How) feed.Stored {
		return feed.Stored{Article: feed.Article{Title: fmt.Sprint("secret ", seq)}, Seq: seq, Identity: identity, How: how, ID: fmt.Sprint("id", seq)}
	}
	s := feed.Story{
		Root: 1, Articles: []feed.Stored{stored(1, 1, ""), stored(2, 1, feed.HowURL), stored(3, 3, ""), stored(4, 3, feed.HowGUID), stored(5, 5, "")},
		Joins: map[uint64]feed.Joined{
			3: {To: 1, How: feed.HowText, Reason: "body", Score: 0.98765, Late: true, Via: 4}, 5: {To: 3, How: feed.HowNear, Late: true, Operator: true},
		},
	}
	story := control.NewStory(s, func(a feed.Stored) feed.Stored {
		a.Title = strings.Replace(a.Title, "secret", "***", 1)
		return a
	})
	var got []string
	for _, a := range story.Articles {
		got = append(got, fmt.Sprint(a.ID, " ", a.Title, " ", a.How, " ", a.Joined, " ", a.Rule, " ", a.Score, " ", a.Late, " ", a.Via, " ", a.ByHand))
	}
	want := []string{
		"id1 *** 1    0 false  false", "id2 *** 2 url id1  0 false  false", "id3 *** 3 text id1 body 0.988 true id4 false",
		"id4 *** 4 guid id3  0 false  false", "id5 *** 5 near id3  0 false  true",
	}
	if story.ID != "id1" || cmp.Diff(got, want) != "" {
		t.Errorf("story %s: %s", story.ID, cmp.Diff(got, want))
	}
	if none := control.NewStory(feed.Story{}, nil); none.ID != "" || none.Articles == nil {
		t.Errorf("of nothing: %+v", none)
	}
}
