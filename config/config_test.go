package config_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/config"
	"sluice/feed"

	"github.com/google/go-cmp/cmp"
)

// good is a file that later lines may be added to.
const good = "sources:\n  - {name: a, url: https://example.org/a, tags: [news]}\n  - {name: b-1, url: https://example.org/b}\n" +
	"  - {name: b-2, url: https://example.org/b2, tags: [news, world]}\noutputs:\n  - {name: all}\n"

// source is a file with one source that has the given keys.
func source(keys string) string {
	return "sources:\n  - name: a\n    url: https://example.org/a\n    " + keys + "\noutputs: [{name: all}]\n"
}

// output is a file with one output that has the given keys.
func output(keys string) string {
	return "sources:\n  - {name: a, url: https://example.org/a, tags: [news]}\n  - {name: b-1, url: https://example.org/b, was: [old-b]}\n" +
		"outputs:\n  - name: all\n    " + keys + "\n"
}

// environment is what ${NAME} sees in tests.
func environment(name string) (string, bool) {
	value, ok := map[string]string{
		"HOST": "example.org", "NUMBER": "8", "EMPTY": "", "SPELL": "15m", "YES": "true", "SECRET": "s3cr3t",
	}[name]
	return value, ok
}

func parse(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Parse("c.yaml", []byte(text), environment)
	if err != nil {
		invalid, ok := errors.AsType[*config.Invalid](err)
		if !ok {
			t.Fatal(err)
		}
		t.Fatalf("%v\n%s", invalid.Problems, text)
	}
	return c
}

// problems returns what is wrong with a file, without the file's name.
func problems(t *testing.T, text string) []string {
	t.Helper()
	c, err := config.Parse("c.yaml", []byte(text), environment)
	invalid, ok := errors.AsType[*config.Invalid](err)
	if !ok || c != nil {
		t.Fatalf("got %v, %v, want an *Invalid alone\n%s", c, err, text)
	}
	var lines []string
	for _, p := range invalid.Problems {
		lines = append(lines, strings.TrimPrefix(p.String(), "c.yaml:"))
	}
	return lines
}

func TestDefaults(t *testing.T) {
	c := parse(t, "sources:\n  - name: a\n    url: https://example.org/a\noutputs:\n  - name: all\n")
	keep := c.Sources[0].Keep
	want := &config.Config{
		Server: config.Server{
			Listen: []string{"127.0.0.1:8080"}, Admin: "127.0.0.1:8081", Control: config.NewPath("sluice.db.sock"), BaseURL: "http://127.0.0.1:8080",
		},
		Storage: config.Storage{Path: config.NewPath("sluice.db"), MaxAge: 365 * 24 * time.Hour, MaxPerSource: 10_000},
		Ingest: config.Ingest{
			Interval: time.Hour, MinInterval: 15 * time.Minute, MaxInterval: 24 * time.Hour, Workers: 64,
			PerHost: config.PerHost{Parallel: 1, Spacing: time.Second}, Timeout: time.Minute, MaxBody: 15 << 20,
		},
		Sources: []config.Source{{Name: "a", URL: c.Sources[0].URL, Interval: time.Hour, Keep: keep, Identity: feed.IdentityAuto}},
		Outputs: []config.Output{{
			Name: "all", Kind: feed.KindArticles, Title: "all", Sources: []feed.SourceID{"a"}, Keep: keep,
			Dedup: feed.DedupStory, Order: feed.OrderSeen, Limit: 100, Content: feed.DetailFull,
		}},
	}
	if diff := cmp.Diff(c, want, cmp.Comparer(config.Address.Equal), cmp.Comparer(config.Path.Equal),
		cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Keep" }, cmp.Ignore())); diff != "" {
		t.Errorf("got (-), want (+):\n%s", diff)
	}
	if !keep.Always() || !c.Outputs[0].Keep.Always() {
		t.Error("the default rule does not keep everything")
	}
	if got := c.Sources[0].URL.Reveal(); got != "https://example.org/a" {
		t.Errorf("got %q", got)
	}
}

func TestEveryKeyIsRead(t *testing.T) {
	c, err := config.Load("testdata/good/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := c.Sources[1]
	got := []any{
		c.Server.Listen, c.Server.Admin, c.Server.AdminRemote, c.Server.Control, c.Server.BaseURL, c.Server.TLS,
		c.Storage.Path, c.Ingest.Interval, c.Ingest.MinInterval, c.Ingest.MaxInterval, c.Ingest.Workers, c.Ingest.PerHost,
		c.Ingest.Timeout, c.Ingest.MaxBody, c.Ingest.UserAgent, c.Ingest.AllowPrivate,
		s.Name, s.Was, s.URL.Reveal(), s.URL.Public(), s.Interval, s.Tags, s.Headers["Accept-Language"].Reveal(), s.Title,
		s.Auth.Bearer.Reveal(), s.Proxy.Reveal(), s.Proxy.Public(), s.AllowPrivate, s.HTTP1, s.InsecureTLS, s.IgnoreValidators,
		s.Keep.Always(), s.Identity, s.Disabled, c.Sources[2].Headers["X-Example"].Reveal(), c.Sources[2].Auth.Password.Reveal(),
		c.Outputs[0].Keep.Rule(), c.Outputs[0].From, c.Outputs[0].Feed(),
	}
	want := []any{
		[]string{"127.0.0.1:9080", "[::1]:9080", "unix:/run/sluice/http"},
		"unix:/run/sluice/admin", true, config.NewPath("/run/sluice/control"),
		"https://feeds.example.org/sluice",
		config.TLS{Cert: config.NewPath("/etc/sluice/cert.pem"), Key: config.NewPath("/etc/sluice/key.pem")},
		config.NewPath("/var/lib/sluice/store"), 90 * time.Minute, time.Second, 36 * time.Hour, 8,
		config.PerHost{Parallel: 64},
		500 * time.Second, int64(1 << 20), "example (+https://example.org/)",
		[]string{"10.0.0.0/8", "fd00::1", "feeds.lan"},
		feed.SourceID("everything"),
		[]feed.SourceID{"older", "oldest"},
		"https://reader:pass@example.org:8443/feed?token=abc&page=1", "https://***@example.org:8443/feed?token=***&page=1",
		7 * 24 * time.Hour,
		[]string{"news", "world news", "2024"},
		"en", "100 % of the news",
		"token", "socks5://user:pass@127.0.0.1:1080", "socks5://***@127.0.0.1:1080",
		[]string{"192.168.1.1"},
		true, true, true,
		true, feed.IdentityGUID, true, "1", "12345",
		"title != \"\" &&\n  !(\"sport\" in categories)\n",
		[]string{"tag:news", "a*", "local"},
		feed.Output{
			Name: "all", Was: []string{"everything"}, Kind: feed.KindArticles, Title: "Everything", Description: "What there is",
			Sources: []feed.SourceID{"local", "everything", "again"}, Dedup: feed.DedupArticle, Prefer: []feed.SourceID{"local"}, Order: feed.OrderPublished,
			Limit: 100_000, Window: 30 * 24 * time.Hour, PerSource: 5, Content: feed.DetailSummary,
			TitleTemplate: `{{if .Author}}{{.Author}}: {{end}}{{.Title}} ({{.Published.Format "2006"}})`,
		},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got (-), want (+):\n%s", diff)
	}
	wantFeed := feed.Source{
		Name: "everything", Was: s.Was, URL: s.URL.Reveal(), Title: s.Title, Tags: s.Tags,
		Interval: s.Interval, Identity: feed.IdentityGUID, Disabled: true,
	}
	if diff := cmp.Diff(s.Feed(), wantFeed); diff != "" {
		t.Errorf("source: got (-), want (+):\n%s", diff)
	}
}

func TestOutputsChooseTheirSources(t *testing.T) {
	tests := map[string]struct {
		from string
		want []feed.SourceID
	}{
		"no from means all":                     {"", []feed.SourceID{"a", "b-1", "b-2"}},
		"an empty list means all":               {"from: []", []feed.SourceID{"a", "b-1", "b-2"}},
		"a name":                                {"from: [b-2]", []feed.SourceID{"b-2"}},
		"names come in the order of the file":   {"from: [b-2, a]", []feed.SourceID{"a", "b-2"}},
		"a tag":                                 {"from: [tag:news]", []feed.SourceID{"a", "b-2"}},
		"a pattern":                             {`from: ["b-*"]`, []feed.SourceID{"b-1", "b-2"}},
		"a pattern of one character":            {`from: ["b-?"]`, []feed.SourceID{"b-1", "b-2"}},
		"a source that is meant twice is there": {`from: [a, tag:news, "*"]`, []feed.SourceID{"a", "b-1", "b-2"}},
		"a tag without a source adds none":      {`from: [tag:nothing, a]`, []feed.SourceID{"a"}},
		"what matches nothing is not all":       {`from: ["x*"]`, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := parse(t, strings.Replace(good, "{name: all}", "{name: all, "+tt.from+"}", 1))
			if diff := cmp.Diff(c.Outputs[0].Sources, tt.want); diff != "" {
				t.Errorf("got (-), want (+):\n%s", diff)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string
	}{
		"a tag that no source has":        {output(`from: [tag:sport]`), []string{"c.yaml:6:12: outputs[0].from[0]: no source has this tag"}},
		"a tag that is misspelt":          {output(`from: [tag:nwes]`), []string{`c.yaml:6:12: outputs[0].from[0]: no source has this tag, did you mean "tag:news"?`}},
		"a pattern that matches nothing":  {output(`from: [a, "c-*"]`), []string{"c.yaml:6:15: outputs[0].from[1]: no source has a name like this"}},
		"no sources":                      {"sources: []\noutputs: [{name: all}]", []string{"c.yaml:1:1: sources: there are none: nothing is polled"}},
		"no outputs":                      {"sources: [{name: a, url: https://example.org/}]\noutputs:", []string{"c.yaml:1:1: outputs: there are none: nothing is served"}},
		"a source preferred that is none": {output("from: [a]\n    prefer: [a, b-1]"), []string{"c.yaml:7:17: outputs[0].prefer[1]: this source is not among those of the output (from)"}},
		"a source preferred without use":  {output("prefer: [a]\n    dedup: none"), []string{"c.yaml:6:13: outputs[0].prefer: it has no effect with dedup: none, where every article is an entry"}},
		"a source preferred":              {output("prefer: [b-1]\n    dedup: article"), nil},
		"nothing else about a usual file": {good, nil},
		"a limit behind a proxy":          {"server: {base_url: https://feeds.example.org, reader_limit: 9}\n" + good, []string{"c.yaml:1:61: server.reader_limit: readers come by a proxy on this machine, which is not among trusted_proxies: all of them count as one address, or by a unix socket as none"}},
		"a limit behind a trusted proxy":  {"server: {base_url: https://feeds.example.org, reader_limit: 9, trusted_proxies: [127.0.0.1]}\n" + good, nil},
		"a limit at the front":            {"server: {base_url: https://feeds.example.org, reader_limit: 9, listen: ':80'}\n" + good, nil},
		"a limit on a machine of one":     {"server: {reader_limit: 9}\n" + good, nil},
		"trust in everybody":              {"server: {trusted_proxies: [10.0.0.0/8, 0.0.0.0/0, ::/0]}\n" + good, []string{"c.yaml:1:40: server.trusted_proxies[1]: everybody is believed, also who says that he is somebody else", "c.yaml:1:51: server.trusted_proxies[2]: everybody is believed, also who says that he is somebody else"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, w := range parse(t, tt.text).Warnings {
				got = append(got, w.String())
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("got (-), want (+):\n%s", diff)
			}
		})
	}
}

func TestValuesFromOutside(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "secret")
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("secret", "from a file\n")
	write("dos", "from a file\r\n")
	write("two", "from a file\n\n")
	tests := map[string]struct{ value, want string }{
		"a variable":                         {"${SECRET}", "s3cr3t"},
		"a variable inside a text":           {"a-${SECRET}-b", "a-s3cr3t-b"},
		"two variables":                      {`"${SECRET}${NUMBER}"`, "s3cr3t8"},
		"an empty variable is set":           {`x${EMPTY}`, "x"},
		"a literal ${":                       {"$${SECRET}", "${SECRET}"},
		"a literal ${ before a variable":     {"$${x} ${SECRET}", "${x} s3cr3t"},
		"a dollar alone":                     {"5$ and $HOME", "5$ and $HOME"},
		"a number":                           {"12345", "12345"},
		"what a variable holds is not read":  {"$${${NUMBER}}", "${8}"},
		"a file without its line end":        {"{file: " + file + "}", "from a file"},
		"a file with a DOS line end":         {"{file: " + dir + "/dos}", "from a file"},
		"a file's path may hold a variable":  {`{file: "` + dir + `/se${EMPTY}cret"}`, "from a file"},
		"blanks around a quoted text remain": {`" x "`, " x "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := parse(t, source("auth:\n      password: "+tt.value))
			if got := c.Sources[0].Auth.Password.Reveal(); got != tt.want {
				t.Errorf("%s: got %q, want %q", tt.value, got, tt.want)
			}
		})
	}
	t.Run("only the last line end is taken off", func(t *testing.T) {
		got := problems(t, source("title: {file: "+dir+"/two}"))
		if want := []string{"4:12: sources[0].title: must be one line without control characters"}; !cmp.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("every type may come from a variable", func(t *testing.T) {
		c := parse(t, "ingest: {workers: \"${NUMBER}\", interval: '${SPELL}', websub: false}\n"+
			"server: {admin_remote: '${YES}', listen: '${EMPTY}127.0.0.1:80'}\n"+
			"sources: [{name: a, url: \"https://${HOST}/${SECRET}/feed\"}]\noutputs: [{name: all}]\n")
		if c.Ingest.Workers != 8 || c.Ingest.Interval != 15*time.Minute || !c.Server.AdminRemote {
			t.Errorf("got %+v", c)
		}
		if got := c.Sources[0].URL.Public(); got != "https://***/***/feed" {
			t.Errorf("shown as %q", got)
		}
		if got := c.Sources[0].URL.Reveal(); got != "https://example.org/s3cr3t/feed" {
			t.Errorf("is %q", got)
		}
	})
}

func TestLoadTellsAMissingFileFromABadOne(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing.yaml")
	if _, err := config.Load(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: got %v, want %v", err, fs.ErrNotExist)
	}
	_, err := config.Load(t.TempDir())
	if _, invalid := errors.AsType[*config.Invalid](err); err == nil || invalid {
		t.Errorf("a folder: got %v, want an error of the file system", err)
	}
	t.Setenv("SLUICE_TEST_URL", "https://example.org/")
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte("sources: [{name: a, url: \"${SLUICE_TEST_URL}\"}]\noutputs: [{name: all}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(file)
	if err != nil || c.Sources[0].URL.Reveal() != "https://example.org/" {
		t.Errorf("the environment: got %v, %v", c, err)
	}
}

func TestAliasesMayRepeatButNotMultiply(t *testing.T) {
	var repeat, multiply strings.Builder
	repeat.WriteString("sources:\n  - {name: s, url: https://example.org/, headers: &h {X-A: a, X-B: b}}\n")
	for i := range 1000 {
		fmt.Fprintf(&repeat, "  - {name: s%d, url: https://example.org/, headers: *h}\n", i)
	}
	repeat.WriteString("outputs: [{name: all}]")
	if c := parse(t, repeat.String()); c.Sources[1000].Headers["X-B"].Reveal() != "b" {
		t.Error("the repeated headers are not there")
	}

	multiply.WriteString("sources:\n  - &s {name: s, url: https://example.org/, tags: &t [")
	multiply.WriteString(strings.Repeat("x,", 2000) + "x]}\n")
	multiply.WriteString(strings.Repeat("  - *s\n", 2000))
	begin := time.Now()
	got := problems(t, multiply.String())
	if !slicesContain(got, "aliases make this file more than ten times larger") {
		t.Errorf("got %d problems, want one about aliases", len(got))
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("took %v", took)
	}

	var laughs strings.Builder
	laughs.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := range 30 {
		fmt.Fprintf(&laughs, "a%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d,", i), 9), i)
	}
	if got := problems(t, laughs.String()+"sources: *a30"); !slicesContain(got, "want a mapping") && !slicesContain(got, "aliases") {
		t.Errorf("got %q", got)
	}
	if got := problems(t, "sources: &s [*s]\n"); !slicesContain(got, "want a mapping") {
		t.Errorf("an alias inside itself: got %q", got)
	}
}

func slicesContain(lines []string, part string) bool {
	for _, l := range lines {
		if strings.Contains(l, part) {
			return true
		}
	}
	return false
}

func TestTheBaseIsInTheFormThatDocumentsCanHold(t *testing.T) {
	for written, want := range map[string]string{
		"https://feeds.example.org":         "https://feeds.example.org",
		"https://feeds.example.org/":        "https://feeds.example.org",
		"HTTPS://Feeds.Example.ORG:8443/A/": "https://feeds.example.org:8443/A",
		"https://bücher.example/café":       "https://xn--bcher-kva.example/caf%C3%A9",
		"https://bücher.example:8443":       "https://xn--bcher-kva.example:8443",
		"http://[::1]:8080/a%20b":           "http://[::1]:8080/a%20b",
		`https://feeds.example.org/a"b`:     "https://feeds.example.org/a%22b",
	} {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte("server: {base_url: '"+written+"'}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := config.Load(path)
		if err != nil || cfg.Server.BaseURL != want {
			t.Errorf("%s: got %q, %v; want %q", written, cfg.Server.BaseURL, err, want)
		}
	}
}
