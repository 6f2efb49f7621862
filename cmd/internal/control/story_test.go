package control_test

import (
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
		Joins: map[uint64]feed.Joined{3: {To: 1, How: feed.HowText}, 5: {To: 3, How: feed.HowNear, Operator: true}},
	}
	story := control.NewStory(s, func(a feed.Stored) feed.Stored {
		a.Title = strings.Replace(a.Title, "secret", "***", 1)
		return a
	})
	var got []string
	for _, a := range story.Articles {
		got = append(got, fmt.Sprint(a.ID, " ", a.Title, " ", a.How, " ", a.ByHand))
	}
	want := []string{"id1 *** 1  false", "id2 *** 2 url false", "id3 *** 3 text false", "id4 *** 4 text false", "id5 *** 5 near true"}
	if story.ID != "id1" || cmp.Diff(got, want) != "" {
		t.Errorf("story %s: %s", story.ID, cmp.Diff(got, want))
	}
	if none := control.NewStory(feed.Story{}, nil); none.ID != "" || none.Articles == nil {
		t.Errorf("of nothing: %+v", none)
	}
}
