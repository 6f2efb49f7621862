package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sluice/cmd/internal/cli"
	"sluice/cmd/internal/web"
	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A trouble is a publisher of whom real requests are made, once for each of his answers;
// what fetch said of them is then played over weeks of fake time.
type trouble struct {
	reply  fetchtest.Reply // from the day on which it begins
	url    string          // instead of the publisher's
	limits fetch.Options
	begins int                // day; before it he answers as the others do
	ends   int                // day on which he answers again; 0: never
	items  func(day int) bool // on which days something new comes; nil: on all
	markup string             // in each item
	guid   func(poll, item int) string
	moved  string
}

// day0 is when the weeks begin, of which the last day is day 39.
var day0 = time.Date(2026, time.October, 18, 9, 0, 0, 0, time.UTC)

const lastDay = 39

func troubles(t *testing.T) map[string]trouble {
	t.Helper()
	tls := fetchtest.NewTLS(t)
	weekdays := func(day int) bool { return (day+6)%7 < 5 }
	fine := func(d int) bool { return d%3 != 1 }
	return map[string]trouble{
		"harbour-post":   {begins: 99},
		"lighthouse":     {begins: 99, items: weekdays},
		"quiet-cove":     {begins: 99, items: func(d int) bool { return d == 30 || d == 37 }},
		"tide-tables":    {begins: 99, items: fine},
		"withdrawn":      {reply: fetchtest.Fails(410), begins: 31},
		"paper-boat":     {reply: fetchtest.Fails(404), begins: 20},
		"walled-garden":  {reply: fetchtest.Fails(403), begins: 36},
		"for-browsers":   {reply: fetchtest.Challenge("8f-FRA"), begins: 37},
		"asked-too-much": {reply: fetchtest.Busy(429, "93600"), begins: 38},
		"server-trouble": {reply: fetchtest.Fails(503), begins: 38},
		"no-such-host":   {url: "http://paper.invalid/feed", begins: 34},
		"next-door":      {url: "http://10.0.0.7/feed", begins: 35},
		"old-lock":       {url: tls.Set("/feed", fetchtest.Reply{Body: "x"}), begins: 33},
		"slow-boat":      {reply: fetchtest.Reply{Delay: time.Minute}, limits: fetch.Options{Timeout: 50 * time.Millisecond}, begins: 38},
		"torn-page":      {reply: fetchtest.Reply{Body: "<rss", Header: http.Header{"Content-Length": {"9000"}}}, begins: 37},
		"welcome-page":   {reply: fetchtest.Portal(), begins: 32},
		"new-quay":       {begins: 30, ends: 99, moved: "https://new-quay.example/feed.xml"},
		"retired":        {begins: 99, items: func(d int) bool { return d < 14 }},
		"odd-dates":      {begins: 99, markup: "<pubDate>yesterday</pubDate><enclosure url=\"https://x.example/a.mp3\" type=\"audio/mpeg\" length=\"long\"/>"},
		"new-names":      {begins: 99, guid: func(poll, item int) string { return fmt.Sprintf("%d-%d", poll, item) }},
		"hostile":        {begins: 99, markup: "<pubDate>never</pubDate>"},
	}
}

// player answers what publishers said, by day.
type player struct {
	troubles map[string]trouble
	answers  map[string]fetch.Answer
	errs     map[string]error

	mu    sync.Mutex
	polls map[string]int
}

// record makes the real requests.
func record(t *testing.T, all map[string]trouble) *player {
	t.Helper()
	p := &player{troubles: all, answers: map[string]fetch.Answer{}, errs: map[string]error{}, polls: map[string]int{}}
	pub := fetchtest.New(t)
	for name, tr := range all {
		if tr.begins > lastDay || tr.moved != "" {
			continue
		}
		limits := tr.limits
		limits.AllowPrivate = []string{"127.0.0.1"}
		client, err := fetch.New(limits)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		target := fetch.Target{URL: tr.url, Name: name + ".example"}
		if target.URL == "" {
			target.URL = pub.Set("/"+name, tr.reply)
		}
		if name == "next-door" {
			target.Name = "" // else its address is a secret
		}
		p.answers[name], p.errs[name] = client.Fetch(t.Context(), target)
		if tr.url == "http://paper.invalid/feed" && !errors.Is(p.errs[name], fetch.ErrNoHost) { // this machine has no resolver
			p.errs[name] = fmt.Errorf("fetch %s: %w; check url", target.Name, fetch.ErrNoHost)
		}
		if p.errs[name] == nil && name != "welcome-page" {
			t.Fatalf("%s answered", name)
		}
	}
	return p
}

// Fetch implements ingest.Fetcher.
func (p *player) Fetch(_ context.Context, target fetch.Target) (fetch.Answer, error) {
	u, err := url.Parse(target.URL)
	if err != nil {
		return fetch.Answer{}, err
	}
	name := strings.TrimSuffix(u.Hostname(), ".example")
	tr, day := p.troubles[name], int(time.Since(day0)/(24*time.Hour))
	p.mu.Lock()
	p.polls[name]++
	poll := p.polls[name]
	p.mu.Unlock()
	ans := fetch.Answer{Status: 200, Final: u, ContentType: "application/rss+xml"}
	if day >= tr.begins && (tr.ends == 0 || day < tr.ends) {
		if tr.moved == "" {
			ans = p.answers[name]
			ans.Final = u
			return ans, p.errs[name]
		}
		ans.Final, err = url.Parse(tr.moved)
		if err != nil {
			return ans, err
		}
		ans.Moved = ans.Final
	}
	ans.ETag = fmt.Sprintf(`"%d"`, day)
	if target.ETag == ans.ETag && tr.guid == nil {
		ans.Status, ans.NotModified = 304, true
		return ans, nil
	}
	ans.Body = []byte(troubled(name, tr, day, poll))
	ans.Received = int64(len(ans.Body) / 3)
	return ans, nil
}

// troubled is a document with the items of the last ten days.
func troubled(name string, tr trouble, today, poll int) string {
	title := strings.ReplaceAll(strings.ToUpper(name[:1])+name[1:], "-", " ")
	if name == "hostile" {
		title = `&lt;script&gt;alert(1)&lt;/script&gt;"'&lt;img src=x onerror=alert(1)&gt; &#x202e;sdrawkcab ` + strings.Repeat("W", 300)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<rss version="2.0"><channel><title>%s</title><link>https://%s.example/</link><description>d</description>`, title, name)
	for day := today; day > max(today-10, -1); day-- {
		if tr.items != nil && !tr.items(day) {
			continue
		}
		for n := range 1 + (day*7+len(name))%5 {
			guid := fmt.Sprintf("%d-%d", day, n)
			if tr.guid != nil {
				guid = tr.guid(poll, day*10+n)
			}
			at := day0.Add(time.Duration(day)*24*time.Hour - time.Duration(n)*time.Minute)
			date := "<pubDate>" + at.Format(time.RFC1123Z) + "</pubDate>"
			if tr.markup != "" {
				date = tr.markup
			}
			fmt.Fprintf(&b, `<item><guid isPermaLink="false">%s</guid><link>https://%s.example/%d/%d</link><title>%s, day %d, %d</title>%s<description>`,
				guid, name, day, n, name, day, n, date)
			for i := range 30 {
				fmt.Fprintf(&b, "%s%c%c%d ", name[:3], 'a'+(day*5+n*11+i*i)%26, 'a'+(n+i*day)%26, (day*31+n*7+i)%97)
			}
			b.WriteString("</description></item>")
		}
	}
	return b.String() + "</channel></rss>"
}

// dayOfTrouble is what the pages and the command say after weeks with these publishers.
type dayOfTrouble struct {
	page, list, table, json, one string
	header                       http.Header // of the page
}

// live plays the weeks through the real loop and the real store.
func live(t *testing.T) (is dayOfTrouble) {
	t.Helper()
	dir := t.TempDir()
	p := record(t, troubles(t))
	names := make([]string, 0, len(p.troubles))
	for name := range p.troubles {
		names = append(names, name)
	}
	slices.Sort(names)
	config := fmt.Sprintf("storage: {path: %q}\nserver: {control: %q}\ningest: {interval: 6h}\nsources:\n", filepath.Join(dir, "store.db"), filepath.Join(dir, "none.sock"))
	for _, name := range names {
		config += fmt.Sprintf("  - {name: %s, url: \"https://%s.example/feed?token=s3cret\"}\n", name, name)
	}
	config += "  - {name: laid-up, url: \"https://laid-up.example/feed\", disabled: true}\noutputs:\n  - name: all\n"
	path := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(day0))
		store := bolttest.OpenAt(t, filepath.Join(dir, "store.db"))
		p.run(t, store, names)
		is.list, _ = shownAt(t, store, "/status?state=failing")
		is.page, is.header = shownAt(t, store, "/status")
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		is.table = command(t, "status", "-c", path)
		is.json = command(t, "status", "--json", "-c", path)
		is.one = command(t, "status", "walled-garden", "-c", path)
	})
	return is
}

func (p *player) run(t *testing.T, store *bolt.Store, names []string) {
	t.Helper()
	plan := ingest.Plan{Min: 15 * time.Minute, Max: 24 * time.Hour, Authority: "example.org", Fetcher: p}
	for _, name := range append(slices.Clone(names), "laid-up") {
		address := "https://" + name + ".example/feed?token=s3cret"
		plan.Sources = append(plan.Sources, ingest.Source{
			Source: feed.Source{
				Name: feed.SourceID(name), URL: address, Host: name, Interval: 6 * time.Hour, Identity: feed.IdentityAuto, Disabled: name == "laid-up",
			},
			Target: fetch.Target{URL: address},
		})
	}
	runner := ingest.New(store, slog.New(slog.DiscardHandler), ingest.Options{Chance: func() float64 { return 0.25 }})
	if err := runner.SetPlan(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithDeadline(t.Context(), day0.Add(lastDay*24*time.Hour+150*time.Minute))
	defer cancel()
	if err := runner.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if err := store.Reschedule(t.Context(), map[feed.SourceID]storage.Schedule{}); err != nil {
		t.Fatal(err)
	}
}

// shownAt is a page of the admin listener, made of a store.
func shownAt(t *testing.T, store *bolt.Store, address string) (page string, header http.Header) {
	t.Helper()
	now := time.Now()
	status := func(ctx context.Context) (web.Status, error) {
		states, err := store.States(ctx)
		return web.Status{
			Now: now, Sources: states, BaseURL: "https://feeds.example.org",
			Address: func(id feed.SourceID) string { return "https://" + string(id) + ".example/feed?token=***" },
			Backup:  now.Add(-31 * time.Hour), Store: storage.Usage{Articles: 1234, Bytes: 84 << 20, Free: 12 << 20}, Loaded: now.Add(-100 * time.Minute), Refused: now.Add(-9 * time.Minute),
			Reasons: []string{`/etc/sluice/config.yaml:14:5: outputs[0].limt: unknown key; did you mean "limit"?`},
			Outputs: []web.StatusOutput{
				{
					Listed: web.Listed{Name: "coast", Title: "Along the coast", Entries: 100, Sources: 22, Modified: now.Add(-3 * time.Hour)},
					Readers: web.OutputReaders{
						Output: "coast", Counted: true, Subscribers: 312, Requests: 48_210, NotModified: 45_800,
						Families: []web.FamilyReaders{{Family: "Feedly", Subscribers: 201}, {Family: "NetNewsWire", Subscribers: 80}, {Family: "other", Subscribers: 31}},
					},
				},
				{Listed: web.Listed{Name: "crew", Title: "For the crew", Entries: 1, Sources: 3, Modified: now.Add(-40 * time.Hour), Private: true}},
				{Listed: web.Listed{Name: "empty", Sources: 1}},
			},
		}, err
	}
	h := web.Admin(slog.New(slog.DiscardHandler), web.AdminPages{Metrics: http.NotFoundHandler(), Status: status})
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	req.Host = "127.0.0.1"
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	if rec.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", address, rec.Code, rec.Body)
	}
	return rec.Body.String(), rec.Result().Header
}

// command runs the program, and returns what it prints.
func command(t *testing.T, args ...string) string {
	t.Helper()
	var out, log bytes.Buffer
	env := cli.Env{Args: args, Stdout: &out, Stderr: &log, Getenv: func(string) string { return "" }, Exit: func(int) {}}
	if code := cli.Main(t.Context(), env); code != 0 {
		t.Errorf("%q: exit status %d\n%s", args, code, log.Bytes())
	}
	return out.String()
}

func TestADayOfTrouble(t *testing.T) {
	is := live(t)
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(is.json), "", " "); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{"page.html": is.page, "table.txt": is.table, "status.json": indented.String(), "source.txt": is.one} {
		golden(t, filepath.Join("testdata", "status", name), got)
	}
	guide := filepath.Join("..", "..", "..", "docs", "guide", "status.md")
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(text), "```json\n")
	golden(t, guide, before+"```json\n"+example(t, is.json, "walled-garden")+"\n```\n")
	for what, text := range map[string]string{"page": is.page, "table": is.table, "json": is.json, "source": is.one, "list": is.list} {
		if strings.Contains(text, "s3cret") {
			t.Errorf("the %s tells a secret", what)
		}
	}
	if strings.Contains(is.page, "<script") || strings.Contains(is.page, "<img") {
		t.Error("the page has what a publisher said as markup")
	}
}

// example is one source of a status, as the guide shows it.
func example(t *testing.T, status, name string) string {
	t.Helper()
	var all struct {
		Sources []json.RawMessage `json:"sources"`
	}
	if err := json.Unmarshal([]byte(status), &all); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all.Sources, func(s json.RawMessage) bool { return bytes.Contains(s, []byte(`"name":"`+name+`"`)) })
	var indented bytes.Buffer
	if err := json.Indent(&indented, all.Sources[i], "", "  "); err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`\[[\s0-9,]+\]`).ReplaceAllStringFunc(indented.String(), func(days string) string { // in one line
		return strings.Join(strings.Fields(days), "")
	})
}

// golden compares a text with a file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s (-want +got; make golden rewrites it):\n%s", path, d)
	}
}
