package app_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
	"sluice/feed"
	"sluice/storage"
)

// copied is the item one as another source has it.
var copied = strings.Replace(one, "1|", "b-1|", 1)

func TestASplitIsServedWhenItIsDone(t *testing.T) {
	s := newStand(t, []string{"a", "b"}, "  - {name: all}\n  - {name: each, dedup: none}\n  - {name: b, from: [b]}\n")
	s.stage.show("/a", rss(one))
	s.poll()
	s.stage.show("/b", rss(copied, two))
	s.poll()
	s.expect("all", "Letters bought", "Crane falls")
	ids, _ := s.shown("all")

	// The second of two leaves the first, which keeps its place and id.
	b, _ := s.shown("b")
	done, err := s.app.Split(t.Context(), control.SplitRequest{Output: "all", Article: b[0]})
	if err != nil || done.Article.Source != "b" || len(done.Left.Articles) != 1 || len(done.Rest.Articles) != 1 || done.Rest.ID != ids[1] {
		t.Fatalf("got %+v, %v", done, err)
	}
	s.expect("all", "Crane falls", "Letters bought", "Crane falls")
	if now, _ := s.shown("all"); now[2] != ids[1] {
		t.Errorf("ids %v became %v", ids, now)
	}
	s.poll()
	s.restart()
	s.expect("all", "Crane falls", "Letters bought", "Crane falls")
	s.expect("each", "Crane falls", "Letters bought", "Crane falls")
}

func TestAnArticleIsNamedByItsIDOrAnAddressThatIsItsOwn(t *testing.T) {
	s := newStand(t, []string{"a", "b"}, "  - {name: all}\n  - {name: a, from: [a]}\n  - {name: two, was: [zwei], from: [a, b]}\n")
	s.stage.show("/a", rss(one, three))
	s.poll()
	s.stage.show("/b", rss(copied, two))
	s.poll()
	split := func(output, article string) error {
		_, err := s.app.Split(t.Context(), control.SplitRequest{Output: output, Article: article})
		return err
	}
	err := split("all", "https://t.example/1?utm_source=x")
	if many, ok := errors.AsType[*control.ManyError](err); !ok || len(many.Articles) != 2 || many.Articles[0].Source != "a" || many.Articles[1].Source != "b" {
		t.Errorf("an address of two: %v", err)
	}
	for name, tc := range map[string]struct {
		output, article string
		want            error
		says            string
	}{
		"an address that is one article's alone": {"all", "https://t.example/2", storage.ErrAlone, "article stands alone"},
		"an unknown address":                     {"all", "https://t.example/9", feed.ErrNoArticle, "no such article: https://t.example/9"},
		"an article of another output's source":  {"a", "https://t.example/2", feed.ErrNoArticle, "it does not read source b"},
		"an unknown output":                      {"none", "https://t.example/2", control.ErrNoOutput, `unknown output "none": there are all, a, two`},
		"an earlier name of an output":           {"zwei", "https://t.example/2", control.ErrNoOutput, `unknown output "zwei": it is called two now`},
	} {
		t.Run(name, func(t *testing.T) {
			err := split(tc.output, tc.article)
			if err == nil || !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %v, want %q", err, tc.says)
			}
		})
	}
	// Of several that an address names, one alone is of an output's sources.
	if err := split("a", "https://t.example/1"); err != nil {
		t.Error(err)
	}
	s.expect("all", "Crane falls", "Letters bought", "Crane falls", "Frost in April")
}

func TestWithoutADaemonASourceThatWasRenamedIsItself(t *testing.T) {
	s := newStand(t, []string{"a", "b"}, "  - {name: all}\n")
	s.stage.show("/a", rss(one))
	s.poll()
	s.stage.show("/b", rss(copied))
	s.poll()
	if err := s.app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	later := parseConfig(t, fmt.Sprintf("storage: {path: %q}\nsources: [{name: a, url: %[2]q}, {name: new, was: [b], url: %[2]q}]\noutputs: [{name: new, from: [new]}]\n", s.db, s.url))
	done, err := app.Split(t.Context(), later, app.EngineOptions{}, control.SplitRequest{Output: "new", Article: "https://t.example/1"})
	if err != nil || len(done.Rest.Articles) != 1 || done.Rest.Articles[0].Source != "a" {
		t.Fatalf("got %+v, %v", done, err)
	}
	s.start()
	s.expect("all", "Crane falls", "Crane falls")
}

func TestMendingAStoryTellsNoSecret(t *testing.T) {
	const secret = "s3cret-t0ken"
	s := newStand(t, nil, "  - {name: all}\n")
	s.cfg = parseConfig(t, fmt.Sprintf("server: {listen: '127.0.0.1:0', admin: ''}\nstorage: {path: %q}\ningest: {allow_private: [127.0.0.1], per_host: {parallel: 16, spacing: 0s}}\n"+
		"sources: [{name: a, url: %q}, {name: b, url: %q}]\noutputs: [{name: all, dedup: article}]\n", s.db, s.url+"/a?token="+secret, s.url+"/b"))
	if _, err := s.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Guids become ids here: one of an address and one of which nothing can be shown.
	item := func(guid, path string) string {
		return fmt.Sprintf(`<item><guid>%s</guid><link>https://t.example/%s</link><title>%s %s</title><description>On %[2]s.</description></item>`, guid, path, secret, path)
	}
	s.stage.show("/a", []byte(`<rss version="2.0"><channel><title>T</title><link>https://t.example/</link><description>d</description>`+
		item("https://t.example/?token="+secret, "x")+item("urn:"+secret+":2", "y")+`</channel></rss>`))
	s.stage.show("/b", rss(two))
	s.poll()
	ids, _ := s.shown("all")
	if len(ids) != 3 {
		t.Fatalf("ids %q", ids)
	}
	var said []string
	for i, words := range [][2]string{{ids[0], ids[1]}, {ids[1], ids[2]}, {ids[0], ids[2]}, {"https://t.example/x", "https://t.example/" + secret}} {
		story, err := s.app.Join(t.Context(), control.JoinRequest{Articles: words})
		if (err == nil) != (i < 2) {
			t.Errorf("join %q: %+v, %v", words, story, err)
		}
		_, alone := s.app.Split(t.Context(), control.SplitRequest{Output: "all", Article: words[0]})
		if alone == nil {
			t.Errorf("split %q: it is not alone in its identity", words[0])
		}
		said = append(said, fmt.Sprint(story, err, alone))
	}
	for _, words := range append(ids, "https://t.example/x", "https://t.example/?token="+secret) {
		x, err := s.app.Explain(t.Context(), control.ExplainRequest{Output: "all", Article: words})
		if err != nil || len(x.Articles) != 1 || !x.Articles[0].In || len(x.Articles[0].Story.Articles) != 3 {
			t.Errorf("explain %q: %+v, %v", words, x, err)
		}
		said = append(said, fmt.Sprint(x))
	}
	for _, text := range said {
		if strings.Contains(text, secret) || !strings.Contains(text, feed.Hidden) {
			t.Errorf("said: %s", text)
		}
	}
}

func TestOfAnAddressTheArticlesOfTheOutputAreExplainedFirstAndOthersAreCounted(t *testing.T) {
	var names []string
	for i := range 12 {
		names = append(names, fmt.Sprint("s", i))
	}
	s := newStand(t, names, "  - {name: all}\n  - {name: last, from: [s11], keep: 'title != \"Crane falls\"'}\n")
	for _, name := range names {
		s.stage.show("/"+name, rss(one))
	}
	s.poll()
	x, err := s.app.Explain(t.Context(), control.ExplainRequest{Output: "last", Article: "https://t.example/1?utm_source=x"})
	if err != nil || len(x.Articles) != 10 || x.More != 2 {
		t.Fatalf("got %d and %d more, %v", len(x.Articles), x.More, err)
	}
	for i, a := range x.Articles {
		rule := "from"
		if i == 0 {
			rule = `keep: title != "Crane falls"`
		}
		if a.In || a.Rule != rule || len(a.Story.Articles) != 12 || a.Output != "last" {
			t.Errorf("article %d: %+v", i, a)
		}
	}
}

func TestAnExplanationWithoutADaemonMovesNothing(t *testing.T) {
	s := newStand(t, []string{"a", "b"}, "  - {name: all}\n")
	s.stage.show("/a", rss(one))
	s.poll()
	s.stage.show("/b", rss(two))
	s.poll()
	if err := s.app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	later := parseConfig(t, fmt.Sprintf("storage: {path: %q}\nsources: [{name: new, was: [b], url: %q}]\noutputs: [{name: new}]\n", s.db, s.url))
	for words, want := range map[string]string{"https://t.example/2": "it is entry 1", "https://t.example/1": "its source a is not among those of the output"} {
		x, err := app.Explain(t.Context(), later, app.EngineOptions{}, control.ExplainRequest{Output: "new", Article: words})
		if err != nil || len(x.Articles) != 1 || x.Articles[0].Reason != want {
			t.Errorf("%s: got %+v, %v", words, x, err)
		}
	}
	s.start() // with the names that it had
	s.expect("all", "Letters bought", "Crane falls")
	ledger, err := s.app.Store().Publications(t.Context())
	if err != nil || len(ledger) != 1 || ledger[0].Output != "all" {
		t.Errorf("the ledger has %+v, %v", ledger, err)
	}
}

func TestStoriesAreToldAndMendedWhilePollsBuildOutputs(t *testing.T) {
	s := newStand(t, []string{"a", "b"}, "  - {name: all, keep: 'words > 1'}\n")
	s.stage.show("/a", rss(one, two))
	s.poll()
	s.stage.show("/b", rss(copied, three))
	s.poll()
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for range 5 {
				x, err := s.app.Explain(t.Context(), control.ExplainRequest{Output: "all", Article: "https://t.example/1"})
				if err != nil || len(x.Articles) != 2 || !x.Articles[0].In || !x.Articles[1].In {
					t.Errorf("got %+v, %v", x, err)
				}
			}
		})
	}
	mended := control.JoinRequest{Articles: [2]string{"https://t.example/2", "https://t.example/3"}}
	for i := range 5 {
		s.stage.show("/b", rss(copied, three+strings.Repeat(" It lasts.", i)))
		if _, err := s.app.Join(t.Context(), mended); err != nil {
			t.Error(err)
		}
		s.expect("all", "Crane falls", "Letters bought")
		s.poll()
		if _, err := s.app.Split(t.Context(), control.SplitRequest{Output: "all", Article: mended.Articles[0]}); err != nil {
			t.Error(err)
		}
	}
	work.Wait()
}
