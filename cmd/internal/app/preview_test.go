package app_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
	"sluice/config"
	"sluice/feed"

	"github.com/google/go-cmp/cmp"
)

// ask is a preview of what a configuration would make of an output.
func ask(output string, with *config.Config) control.PreviewRequest {
	p := app.Propose(with, output)
	return control.PreviewRequest{Output: output, With: &p}
}

// titles of entries, in their order.
func titles(list []control.PreviewEntry) string {
	var all []string
	for _, e := range list {
		all = append(all, e.Title)
	}
	return strings.Join(all, ", ")
}

// with is a configuration over the stand's sources, as the file says them, and nothing else.
func (s *stand) with(sources, outputs string) *config.Config {
	return parseConfig(s.T, "sources:\n"+strings.ReplaceAll(sources, "URL", s.url)+"outputs:\n"+outputs)
}

func TestAPreviewIsTheSameBesideADaemonAndWithoutOne(t *testing.T) {
	s := newStand(t, []string{"a", "b"}, "  - {name: all}\n  - {name: a, from: [a]}\n")
	s.stage.show("/a", rss(one, three))
	s.poll()
	s.stage.show("/b", rss(copied, two))
	s.poll()
	const both = "  - {name: a, url: URL/a}\n  - {name: b, url: URL/b}\n"
	requests := map[string]control.PreviewRequest{
		"now":             {Output: "all"},
		"a rule":          ask("all", s.with(both, "  - {name: all, keep: 'words > 11'}\n")),
		"each article":    ask("all", s.with(both, "  - {name: all, dedup: none, order: published}\n")),
		"a source less":   ask("all", s.with("  - {name: b, url: URL/b}\n", "  - {name: all}\n")),
		"sources renamed": ask("all", s.with("  - {name: x, was: [a], url: URL/a}\n  - {name: y, was: [b], url: URL/b}\n", "  - {name: all}\n")),
		"a new source":    ask("all", s.with(both+"  - {name: c, url: URL/c}\n", "  - {name: all}\n")),
		"a new output":    ask("new", s.with(both, "  - {name: new, limit: 1}\n")),
		"an output less":  ask("a", s.with(both, "  - {name: all}\n")),
		"without texts":   ask("all", s.with(both, "  - {name: all, content: none}\n")),
		"titles":          ask("all", s.with(both, "  - {name: all, title_template: '{{.Source}}: {{.Title}}'}\n")),
	}
	before := map[string]control.Previewed{}
	for name, req := range requests {
		said, err := s.app.Preview(t.Context(), req)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		before[name] = said
	}
	check := func(name string, entries, enter, leave string, change, move int) {
		t.Helper()
		said := before[name]
		if titles(said.Entries) != entries || titles(said.Enter) != enter || titles(said.Leave) != leave || len(said.Change) != change || len(said.Move) != move {
			t.Errorf("%s: %+v", name, said)
		}
	}
	const held = "Letters bought, Crane falls, Frost in April"
	check("now", held, "", "", 0, 0)
	check("a rule", held, "", "Letters bought, Frost in April", 0, 0)
	check("a source less", held, "Crane falls", "Crane falls, Frost in April", 0, 0)
	check("sources renamed", held, "", "", 0, 0)
	check("a new source", held, "", "", 0, 0)
	check("an output less", "Crane falls, Frost in April", "", "Crane falls, Frost in April", 0, 0)
	check("titles", held, "", "", 3, 0)
	check("without texts", held, "", "", 3, 0)
	if got := before["without texts"].Change[0]; len(got.What) != 1 || got.What[0] != "text" {
		t.Errorf("summaries alone: %+v", got)
	}
	if got := before["each article"]; titles(got.Enter) != "Crane falls" || len(got.Leave) != 0 || len(got.Change) != 1 || got.Change[0].What[0] != "others" {
		t.Errorf("each article: %+v", got)
	}
	if got := before["a new source"]; len(got.Unknown) != 1 || got.Unknown[0] != "c" {
		t.Errorf("a new source: %+v", got)
	}
	if got := before["a new output"]; got.Had || !got.Has || len(got.Enter) != 1 || len(got.Entries) != 0 {
		t.Errorf("a new output: %+v", got)
	}
	if err := s.app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, req := range requests {
		said, err := app.Preview(t.Context(), s.cfg, app.EngineOptions{}, req)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d := cmp.Diff(said, before[name]); d != "" {
			t.Errorf("%s (alone, beside a daemon):\n%s", name, d)
		}
	}
	s.start()
	s.expect("all", strings.Split(held, ", ")...)
	if got := s.ask("/feeds/new.rss"); got.Code != 404 {
		t.Errorf("an output that was only previewed answers %d", got.Code)
	}
}

func TestAReloadMakesOfAnOutputWhatThePreviewSaid(t *testing.T) {
	const both = "  - {name: a, url: URL/a}\n  - {name: b, url: URL/b}\n"
	for name, tt := range map[string]struct{ output, sources, outputs string }{
		"a rule":             {"all", both, "  - {name: all, keep: 'words > 11'}\n"},
		"a source's rule":    {"all", "  - {name: a, url: URL/a, keep: 'title != \"Crane falls\"'}\n  - {name: b, url: URL/b}\n", "  - {name: all}\n"},
		"each article":       {"all", both, "  - {name: all, dedup: none, order: published}\n"},
		"preferred":          {"all", both, "  - {name: all, prefer: [b], title_template: '{{.Name}} {{.Title}}'}\n"},
		"fewer":              {"all", both, "  - {name: all, limit: 2}\n"},
		"fewer of a source":  {"all", both, "  - {name: all, per_source: 1}\n"},
		"a source less":      {"all", "  - {name: b, url: URL/b}\n", "  - {name: all}\n"},
		"a source renamed":   {"all", "  - {name: x, was: [a], url: URL/a}\n  - {name: b, url: URL/b}\n", "  - {name: all, from: [x]}\n"},
		"sources become one": {"all", "  - {name: x, was: [b, a], url: URL/a}\n", "  - {name: all, title_template: '{{.Name}} {{.Title}}'}\n"},
		"an output renamed":  {"all", both, "  - {name: new, was: [all], content: none}\n"},
		"a new output":       {"new", both, "  - {name: new, from: [b]}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, []string{"a", "b"}, "  - {name: all}\n")
			s.stage.show("/a", rss(one, three))
			s.poll()
			s.stage.show("/b", rss(copied, two))
			s.poll()
			next := parseConfig(t, fmt.Sprintf("server: {listen: '127.0.0.1:0', admin: '', base_url: 'https://out.example'}\nstorage: {path: %q}\n", s.db)+
				"ingest: {allow_private: [127.0.0.1], per_host: {parallel: 16, spacing: 0s}}\nsources:\n"+strings.ReplaceAll(tt.sources, "URL", s.url)+"outputs:\n"+tt.outputs)
			said, err := s.app.Preview(t.Context(), ask(tt.output, next))
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{}
			for _, e := range slices.Concat(said.Entries, said.Enter) {
				want[e.ID] = e.Title
			}
			for _, c := range said.Change {
				want[c.ID] = c.Title
			}
			for _, e := range said.Leave {
				delete(want, e.ID)
			}
			s.cfg = next
			if _, err := s.app.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
			ids, shown := s.shown(next.Outputs[0].Name)
			got := map[string]string{}
			for i, id := range ids {
				got[id] = shown[i]
			}
			if d := cmp.Diff(want, got); d != "" || len(got) == 0 {
				t.Errorf("entries by id (said, made):\n%s", d)
			}
			if again, err := s.app.Preview(t.Context(), ask(next.Outputs[0].Name, next)); err != nil || len(again.Enter)+len(again.Leave)+len(again.Change)+len(again.Move) != 0 {
				t.Errorf("a preview of what is in use: %+v, %v", again, err)
			}
		})
	}
}

func TestAPreviewTellsNoSecretOfEitherConfiguration(t *testing.T) {
	const ours, theirs = "s3cret-t0ken", "an0ther-s3cret"
	s := newStand(t, nil, "  - {name: all}\n")
	s.cfg = parseConfig(t, fmt.Sprintf("server: {listen: '127.0.0.1:0', admin: ''}\nstorage: {path: %q}\ningest: {allow_private: [127.0.0.1], per_host: {parallel: 16, spacing: 0s}}\n"+
		"sources: [{name: a, url: %q}, {name: b, url: %q}]\noutputs: [{name: all}]\n", s.db, s.url+"/a?token="+ours, s.url+"/b?token=b-"+ours))
	if _, err := s.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.stage.show("/a", rss("1|https://t.example/1?token="+ours+"|Told "+ours+" and "+theirs+"|x"))
	s.stage.show("/b", rss("2|https://t.example/2?token=b-"+ours+"|A b-"+ours+" title|y"))
	s.poll()
	next := parseConfig(t, fmt.Sprintf("sources: [{name: new, was: [a], url: %q, auth: {bearer: %s}}, {name: other, was: [b], url: %q}]\n"+
		"outputs: [{name: all, title_template: 'Now {{.Title}}'}]\n", s.url+"/a?token="+ours, theirs, s.url+"/b?token="+theirs))
	req := ask("all", next)
	if text, err := json.Marshal(req); err != nil || strings.Contains(string(text), theirs) || strings.Contains(string(text), ours) {
		t.Errorf("sent %s, %v", text, err)
	}
	said, err := s.app.Preview(t.Context(), req)
	if err != nil || len(said.Entries) != 2 || len(said.Change) != 2 {
		t.Fatalf("got %+v, %v", said, err)
	}
	if text := fmt.Sprint(said); strings.Contains(text, ours) {
		t.Errorf("the daemon said %s", text)
	}
	// Several sources become one: what is secret of each stays so.
	merged := parseConfig(t, fmt.Sprintf("sources: [{name: one, was: [b, a], url: %q}]\noutputs: [{name: all}]\n", s.url+"/c"))
	if both, err := s.app.Preview(t.Context(), ask("all", merged)); err != nil || len(both.Entries) != 2 || len(both.Leave)+len(both.Enter) != 0 || strings.Contains(fmt.Sprint(both), ours) {
		t.Errorf("merged: %+v, %v", both, err)
	}
	app.HidePreview(&said.Preview, next)
	i := slices.IndexFunc(said.Change, func(c control.PreviewChange) bool { return c.Source == "new" })
	if change := said.Change[max(i, 0)]; i < 0 || strings.Contains(change.Title, theirs) || !strings.Contains(change.Title, feed.Hidden) {
		t.Errorf("the command would show %+v", change)
	}
}

func TestAPreviewOfAnUnknownOutputNamesThoseThatThereAre(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all}\n")
	for _, req := range []control.PreviewRequest{{Output: "al"}, ask("al", s.with("  - {name: a, url: URL/a}\n", "  - {name: other}\n"))} {
		if _, err := s.app.Preview(t.Context(), req); !errors.Is(err, control.ErrNoOutput) || !strings.Contains(err.Error(), `unknown output "al": there are all`) {
			t.Errorf("got %v", err)
		}
	}
	bad := ask("all", s.cfg)
	bad.With.Output.Keep = control.Rule{Text: `nothing == "s3cret"`, Shown: `nothing == "***"`}
	if _, err := s.app.Preview(t.Context(), bad); err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "output all: keep: ") {
		t.Errorf("a rule of another version: %v", err)
	}
}

func TestAPreviewKnowsSourcesOfListsByTheirAddress(t *testing.T) {
	s := newStand(t, nil, "  - {name: all}\n")
	follow := func(name string) *config.Config {
		list := filepath.Join(t.TempDir(), "list.opml")
		text := fmt.Sprintf(`<opml version="2.0"><head><title>x</title></head><body><outline type="rss" text=%q xmlUrl="%s/a"/></body></opml>`, name, s.url)
		if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return parseConfig(t, fmt.Sprintf("server: {listen: '127.0.0.1:0', admin: '', base_url: 'https://out.example'}\nstorage: {path: %q}\n"+
			"ingest: {allow_private: [127.0.0.1]}\nsources_opml: [%q]\noutputs: [{name: all, title_template: '{{.Name}} {{.Title}}'}]\n", s.db, list))
	}
	s.cfg = follow("Ten")
	if _, err := s.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.stage.show("/a", rss(one))
	s.poll()
	other := follow("Zehn")
	beside, err := s.app.Preview(t.Context(), ask("all", other))
	if err != nil || len(beside.Enter)+len(beside.Leave)+len(beside.Unknown) != 0 || len(beside.Change) != 1 || beside.Change[0].Title != "zehn Crane falls" {
		t.Errorf("beside a daemon: %+v, %v", beside, err)
	}
	if err := s.app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	alone, err := app.Preview(t.Context(), s.cfg, app.EngineOptions{}, ask("all", other))
	if d := cmp.Diff(alone, beside); err != nil || d != "" {
		t.Errorf("without one: %v\n%s", err, d)
	}
}
